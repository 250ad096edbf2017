import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import { promptPaths, readPrompts } from '../../../src/shared/config/prompts.js';
import { MODEL_OF, startGateway, type TestGateway } from '../../support/gateway.js';

const MODEL = MODEL_OF['openai-chat'];
const RULES = `payload:
  default:
    - models: [{ name: "${MODEL}" }]
      params: { temperature: 0.25 }
  override:
    - models: [{ name: "${MODEL}", from-protocol: claude, headers: { X-Team: "a*" } }]
      params: { seed: 7 }
  filter:
    - models: [{ name: "${MODEL}" }]
      params: [user]
`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway(RULES);
});
afterAll(() => gateway.close());
afterEach(() => gateway.upstreams['openai-chat'].reset());

async function sent(path: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${gateway.key}`, ...headers },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.text()).toBe(200);
  return gateway.upstreams['openai-chat'].requests[0]?.body;
}

const messages = [{ role: 'user', content: 'hello' }];

describe('rules of a running gateway', () => {
  test('change a request that is passed on', async () => {
    expect(await sent('/v1/chat/completions', { model: MODEL, messages, user: 'u' })).toEqual({
      model: MODEL,
      messages,
      temperature: 0.25,
    });
  });

  test('leave what the client said', async () => {
    const body = await sent('/v1/chat/completions', { model: MODEL, messages, temperature: 1 });
    expect(body).toMatchObject({ temperature: 1 });
  });

  test.each([
    [{ 'x-team': 'abc' }, 7],
    [{ 'x-team': 'b' }, undefined],
  ])('change a translated request by its headers: %j', async (headers, seed) => {
    const body = await sent('/v1/messages', { model: MODEL, max_tokens: 50, messages }, headers);
    expect(body).toMatchObject({ temperature: 0.25 });
    expect((body as { seed?: number }).seed).toBe(seed);
  });
});

describe('prompt files', () => {
  let folder: string;
  afterEach(() => rm(folder, { recursive: true }));
  const read = async (files: Readonly<Record<string, string>>, name = 'p.md') => {
    folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-prompts-'));
    for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
    const path = join(folder, 'config.yaml');
    const yaml = `payload: { system-prompts: [{ models: [{ name: "*" }], prompt-file: ${name} }] }`;
    const { config } = requireConfig(parseConfig(yaml, { path }));
    expect(promptPaths(config, path)).toEqual([join(folder, name)]);
    return () => readPrompts(config, path);
  };

  test('are read beside the config, without the white space around them', async () => {
    const readAgain = await read({ 'p.md': '\n Be brief. \n' });
    expect(await readAgain()).toEqual({ texts: { 'p.md': 'Be brief.' }, warnings: [] });
  });

  test.each([
    ['that is missing', {}, 'no such file'],
    ['that is empty', { 'p.md': ' \n' }, 'empty'],
    ['that is too large', { 'p.md': 'x'.repeat(1024 * 1024 + 1) }, '1 MiB'],
  ])('one %s is left out with a warning', async (_, files: Record<string, string>, reason) => {
    const readAgain = await read(files);
    expect(await readAgain()).toEqual({
      texts: {},
      warnings: [{ code: 'prompt_left_out', message: expect.stringContaining(reason) }],
    });
  });

  test('one that leads out of the folder by a link is left out', async () => {
    const readAgain = await read({});
    const outside = await mkdtemp(join(tmpdir(), 'cliproxyctl-outside-'));
    await writeFile(join(outside, 'p.md'), 'secret');
    await symlink(join(outside, 'p.md'), join(folder, 'p.md'));
    const { texts, warnings } = await readAgain();
    await rm(outside, { recursive: true });
    expect(texts).toEqual({});
    expect(warnings).toMatchObject([{ message: expect.stringContaining('leads out of the folder') }]);
  });
});
