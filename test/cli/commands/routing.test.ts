import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { errorReply, type SimulatedUpstream, startSimulatedUpstream } from '../../support/upstream.js';

let build: CliBuild;
let cli: Cli;
let upstream: SimulatedUpstream;
beforeAll(async () => {
  build = await buildCli();
  cli = await build.open();
  upstream = await startSimulatedUpstream({ kind: 'openai-chat', models: ['up-1'] });
  await cli.writeConfig(`host: 127.0.0.1
port: 0
api-keys: [sk-client-key-0123456789]
openai-compatibility:
  - name: acme
    base-url: ${upstream.url}
    api-key-entries: [{ api-key: k }]
    models: [{ name: up-1, alias: fast }]
`);
}, 60_000);
afterAll(async () => {
  await cli.close();
  await upstream.close();
  await build.remove();
});

test('a failing credential is shown, explained, kept over a restart, reset and tested', {
  timeout: 60_000,
}, async () => {
  const started = await cli.json(['start']);
  const [credential] = (await cli.json(['credentials'])).details['credentials'] as [{ id: string }];
  const { id } = credential;
  expect((await cli.run(['credentials', 'show', id])).stdout).toMatch(/acme[\s\S]*fast +up-1 +ready/);
  expect((await cli.run(['route', 'explain', '--model', 'fast(high)'])).stdout).toMatch(
    /fast\(high\) -> fast[\s\S]*fast -> up-1[\s\S]*1 +acme .*ready/,
  );

  upstream.script(errorReply('openai-chat', 'unauthorized'));
  const reply = await fetch(`${String(started.details['url'])}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-client-key-0123456789', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'fast', messages: [{ role: 'user', content: 'hello' }] }),
  });
  expect(reply.status).toBe(401);
  const requestId = reply.headers.get('x-request-id') ?? '';
  const explained = await cli.run(['route', 'explain', '--request', requestId]);
  expect(explained.stdout).toMatch(
    /fast for a openai-chat client[\s\S]*acme .*auth \(401\), rests 30 min[\s\S]*failed after/,
  );
  expect((await cli.json(['route', 'explain', '--request', requestId])).details).toMatchObject({
    id: requestId,
    state: 'failed',
    tried: [{ model: 'up-1', choice: 'turn', verdict: { blame: 'credential' } }],
  });
  expect(await cli.run(['route', 'explain', '--request', 'nothing'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('there is no request "nothing"'),
  });
  expect((await cli.run(['credentials', 'show', id])).stdout).toMatch(/cooling .* after auth \(401\), probed in/);

  await cli.json(['restart']);
  expect(JSON.parse(await readFile(join(cli.home, 'state', 'routing.json'), 'utf8')).cooldowns).toHaveLength(1);
  expect((await cli.json(['route', 'explain', '--model', 'fast'])).details).toMatchObject({ served: false });
  expect((await cli.run(['route', 'explain', '--model', 'fast'])).stdout).toContain('would be refused');

  expect((await cli.run(['credentials', 'reset', id])).stdout).toContain('reset 1 credential');
  expect((await cli.json(['route', 'explain', '--model', 'fast'])).details).toMatchObject({ served: true });
  expect((await cli.json(['route', 'explain', '--model', 'fast', '--client-key', '00000000'])).details).toMatchObject({
    served: false,
    client: { key: '00000000', mayCall: false },
  });
  expect((await cli.json(['credentials', 'reset', '--all'])).details).toEqual({ reset: [id] });

  expect(await cli.json(['credentials', 'test', id])).toMatchObject({ code: 0, ok: true, details: { works: true } });
  upstream.script(errorReply('openai-chat', 'server'));
  const failed = await cli.run(['credentials', 'test', id]);
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.stdout).toMatch(/fails: acme .*\(500 after \d+ ms\)/);
});

test.each([
  { args: ['credentials', 'reset'], code: 2, says: 'give one id, or --all' },
  { args: ['credentials', 'reset', 'x', '--all'], code: 2, says: 'give one id, or --all' },
  { args: ['route', 'explain'], code: 2, says: '--model' },
  { args: ['route', 'explain', '--model', 'm', '--request', 'r'], code: 2, says: 'give one of --model and --request' },
])('$args is refused with words', async ({ args, code, says }) => {
  const result = await cli.run(args);
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(says);
});
