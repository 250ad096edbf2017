import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Dialect,
  openTranslator,
  translateRequest,
  translateResponse,
} from '../../../src/daemon/sdk/translate.js';

const DIALECTS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate'] as const;
const REQUESTS = {
  'openai-chat': { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
  'openai-responses': { model: 'm', input: 'hi' },
  'anthropic-messages': { model: 'm', max_tokens: 90, messages: [{ role: 'user', content: 'hi' }] },
  'gemini-generate': { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
} as const satisfies Record<Dialect, object>;
const ANSWER = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'up',
  choices: [{ index: 0, message: { role: 'assistant', content: 'grüß dich' }, finish_reason: 'stop' }],
};
const CHUNKS = [{ role: 'assistant', content: '' }, { content: 'grüß ' }, { content: 'dich' }].map((delta) => ({
  ...ANSWER,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: null }],
}));
const END = { ...ANSWER, object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] };
const STREAM = `${[...CHUNKS, END].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`;

const pairs = DIALECTS.flatMap((from) => DIALECTS.map((to) => ({ from, to })));
test.each(pairs)('a request of $from reaches $to, and nothing of a plain one is lost', ({ from, to }) => {
  const { body, warnings } = translateRequest({ from, to, body: REQUESTS[from], model: 'up' });
  expect(JSON.stringify(body)).toContain('hi');
  expect(warnings).toEqual([]);
  if (to !== 'gemini-generate') expect(body['model']).toBe('up');
});

test('what the upstream cannot express is named, and what must not be dropped is refused', () => {
  const between = { from: 'openai-chat', to: 'anthropic-messages' } as const;
  const { warnings } = translateRequest({ ...between, body: { ...REQUESTS['openai-chat'], seed: 3 } });
  expect(warnings.map(({ path }) => path)).toEqual(['seed']);
  expect(() => translateRequest({ ...between, body: { model: 'm', messages: 'none' } })).toThrow('messages');
});

test.each(DIALECTS)('an answer reaches a client of %s, whole and as a stream cut anywhere', (from) => {
  const options = { from, to: 'openai-chat', request: { ...REQUESTS[from], stream: true }, model: 'mine' } as const;
  expect(JSON.stringify(translateResponse({ ...options, body: ANSWER }))).toContain('grüß dich');
  const whole = openTranslator(options);
  const once = whole.push(STREAM) + whole.end();
  expect(once).toContain('grüß ');
  const cut = openTranslator(options);
  let text = '';
  for (const byte of Buffer.from(STREAM)) text += cut.push(Uint8Array.of(byte));
  text += cut.end();
  const shape = (stream: string): string => stream.replace(/[a-z]+_[0-9a-f]{20,}|chatcmpl-?[0-9a-f]+|\d{9,}/g, '*');
  expect(shape(text)).toBe(shape(once));
});

test("a stream that is cut off ends with an error of the client's dialect", () => {
  const translator = openTranslator({
    from: 'anthropic-messages',
    to: 'openai-chat',
    request: REQUESTS['anthropic-messages'],
    model: 'mine',
  });
  translator.push(STREAM.slice(0, 300));
  expect(translator.end()).toContain('event: error\n');
});

test('tool names that the upstream refuses come back as the client wrote them', () => {
  const name = `long_${'x'.repeat(80)}`;
  const request = {
    ...REQUESTS['openai-chat'],
    tools: [{ type: 'function', function: { name, parameters: { type: 'object' } } }],
  };
  const between = { from: 'openai-chat', to: 'anthropic-messages' } as const;
  const { body, restore } = translateRequest({ ...between, body: request });
  const wire = JSON.stringify(body['tools']).match(/"name":"([^"]+)"/)?.[1] ?? '';
  expect(wire.length).toBeLessThanOrEqual(64);
  const answer = {
    id: 'm1',
    type: 'message',
    role: 'assistant',
    model: 'up',
    content: [{ type: 'tool_use', id: 'toolu_1', name: wire, input: {} }],
    stop_reason: 'tool_use',
    usage: { input_tokens: 1, output_tokens: 1 },
  };
  expect(JSON.stringify(translateResponse({ ...between, request, restore, model: 'm', body: answer }))).toContain(name);
});

describe('the package entry', () => {
  let folder: string;
  const run = promisify(execFile);

  /** A package laid out as the published one, where nothing else is installed. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-translate-'));
    await run(process.execPath, [resolve('scripts/build.js'), join(folder, 'dist')]);
    await cp('package.json', join(folder, 'package.json'));
    await mkdir(join(folder, 'docs'));
    await cp('docs/examples', join(folder, 'docs/examples'), { recursive: true });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('runs the documented example without any other package', async () => {
    const { stdout } = await run(process.execPath, [join(folder, 'docs/examples/translate.js')]);
    expect(stdout).toContain('"model":"acme-large"');
    expect(stdout).toContain('left out: top_k');
    expect(stdout).toContain('event: content_block_delta\n');
    expect(stdout).toMatch(/event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/);
  });

  test('needs nothing that Node alone has', async () => {
    const source = await readFile(join(folder, 'dist/sdk/translate.js'), 'utf8');
    expect(source).not.toMatch(/\bimport\b[^;]*['"]|\brequire\(|\bBuffer\b|\bprocess\b/);
    const { code } = await transform(source, { format: 'iife', globalName: 'translate' });
    const web = { crypto, TextEncoder, TextDecoder, atob, btoa, translate: {}, given: REQUESTS['openai-chat'], STREAM };
    const program = `${code}
      const between = { from: 'openai-chat', to: 'anthropic-messages' };
      const { body } = translate.translateRequest({ ...between, body: given });
      const out = translate.openTranslator({ from: 'gemini-generate', to: 'openai-chat', request: { contents: [] , model: 'm' }, model: 'm' });
      JSON.stringify(body) + out.push(STREAM) + out.end()`;
    expect(runInNewContext(program, web)).toContain('"max_tokens"');
  });

  test('has types that stand without those of Node', async () => {
    const program = `import { openTranslator, translateRequest } from '../dist/types/daemon/sdk/translate.js';
const { body, restore } = translateRequest({ from: 'openai-chat', to: 'gemini-generate', body: { model: 'm' } });
export const text: string = openTranslator({ from: 'openai-chat', to: 'gemini-generate', request: body, restore, model: 'm' }).end();
// @ts-expect-error: no such dialect
translateRequest({ from: 'openai', to: 'gemini-generate', body: {} });
`;
    await writeFile(join(folder, 'docs/use.ts'), program);
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      '',
      '--lib',
      'es2023',
    ];
    await run(process.execPath, [resolve('node_modules/typescript-native/bin/tsc'), ...flags, 'docs/use.ts'], {
      cwd: folder,
    });
  });
});
