import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseConfig, requireConfig } from '../src/shared/config/load.js';
import { PNG_BYTES } from './support/images.js';
import { account, startVendorGateway, type VendorGateway } from './support/vendor-gateway.js';
import { codexFile, type FakeCodex, startFakeCodex } from './support/vendors/codex.js';
import { type FakeGeminiImages, GEMINI_KEY, startFakeGeminiImages } from './support/vendors/gemini-images.js';

const PAGE = readFileSync('docs/images.md', 'utf8');
const blocks = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');

let gemini: FakeGeminiImages;
let codex: FakeCodex;
let gateway: VendorGateway;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'docs-images-'));
  gemini = await startFakeGeminiImages(['gemini-3.1-flash-image-preview']);
  codex = await startFakeCodex([]);
  gateway = await startVendorGateway(
    `oauth-endpoints: { codex: { api: '${codex.origin}/backend-api' } }
gemini-api-key: [{ api-key: ${GEMINI_KEY}, base-url: ${gemini.origin} }]`,
    [account('codex-ann.json', codexFile())],
  );
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([gemini.close(), codex.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** An example as a user would run it, in a folder of its own and against this gateway. */
async function run(code: string): Promise<void> {
  const scope = {
    OpenAI,
    toFile,
    process: { env: { CLIPROXYCTL_KEY: gateway.key } },
    readFile: (name: string) => readFile(join(folder, name)),
    writeFile: (name: string, bytes: Buffer) => writeFile(join(folder, name), bytes),
  };
  const body = code.replaceAll('http://127.0.0.1:8317', gateway.url);
  const example: unknown = new Function(...Object.keys(scope), `return (async () => {${body}})()`);
  if (typeof example === 'function') await example(...Object.values(scope));
}

test('the examples run one after the other, and leave the pictures that they name', async () => {
  const examples = blocks('js');
  expect(examples).toHaveLength(2);
  for (const example of examples) await run(example);
  for (const name of ['square.png', 'blue.png']) {
    expect(existsSync(join(folder, name)), name).toBe(true);
    expect(readFileSync(join(folder, name))).toEqual(PNG_BYTES);
  }
});

test('the config of the page loads without a warning, and says what the page says', () => {
  const [yaml = ''] = blocks('yaml');
  const { config, warnings } = requireConfig(parseConfig(`api-keys: [k-1]\n${yaml}`, { path: 'config.yaml' }));
  expect(warnings).toEqual([]);
  expect(config.images).toEqual({ 'link-ttl': 30 * 60_000, 'link-store-mb': 100 });
  expect(config['openai-compatibility'][0]?.models[0]).toMatchObject({ alias: 'draw', image: true });
});

test('models of the table are those that the lists have', async () => {
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
  const ids = (await client.models.list()).data.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(['gpt-image-2', 'gpt-image-1.5', 'gpt-image-1', 'gpt-image-1-mini']));
});
