import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeCertificate } from '../support/certificate.js';
import { buildCli, type Cli, type CliBuild } from '../support/cli.js';
import { startHttpProxy, startSocksProxy, type TestProxy } from '../support/proxies.js';
import { type SocketUpstream, startSocketUpstream } from '../support/socket-upstream.js';

const MODEL = 'gpt-5.5';
const KEY = 'sk-test-client-key';
let build: CliBuild;
let cli: Cli;
let upstream: SocketUpstream;
let authority: string;
let proxy: TestProxy | undefined;

beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  const tls = makeCertificate();
  cli = await build.open();
  upstream = await startSocketUpstream(MODEL, { tls });
  authority = join(cli.home, 'authority.pem');
  await writeFile(authority, tls.cert);
});
afterEach(async () => {
  await cli.close();
  await upstream.close();
  await proxy?.close();
  proxy = undefined;
});

async function ask(env: Readonly<Record<string, string>>): Promise<{ status: number; text: string }> {
  const through = proxy === undefined ? '' : `, proxy-url: "${proxy.url}"`;
  await cli.writeConfig(`api-keys: [${KEY}]
host: 127.0.0.1
port: 0
codex-api-key:
  - { api-key: up-key, base-url: ${upstream.url}, websockets: true, models: [{ name: ${MODEL} }]${through} }
`);
  const { details } = await cli.json(['start'], { env });
  const reply = await fetch(`${String(details['url'])}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, input: 'ping' }),
  });
  return { status: reply.status, text: await reply.text() };
}

test.each([
  { way: 'directly', start: undefined },
  { way: 'through an HTTP proxy', start: startHttpProxy },
  { way: 'through a SOCKS5 proxy', start: startSocksProxy },
])('wss goes $way, and trusts whom NODE_EXTRA_CA_CERTS names', async ({ start }) => {
  proxy = await start?.();
  expect(await ask({ NODE_EXTRA_CA_CERTS: authority })).toMatchObject({
    status: 200,
    text: expect.stringContaining('ping'),
  });
  expect([upstream.frames.length, upstream.posts.length]).toEqual([1, 0]);
  if (proxy !== undefined) expect(proxy.targets).toEqual([new URL(upstream.url).host]);
});

test('an upstream that nobody vouches for gets neither a frame nor a request', async () => {
  expect((await ask({})).status).toBe(502);
  expect([upstream.upgrades.length, upstream.frames.length, upstream.posts.length]).toEqual([0, 0, 0]);
});
