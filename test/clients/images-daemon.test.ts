import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createManagementClient, socketTransport } from '../../src/shared/contract/client.js';
import { lifecycle } from '../../src/shared/contract/lifecycle.js';
import { socketPathFor } from '../../src/shared/local-socket.js';
import { resolvePaths } from '../../src/shared/paths.js';
import { buildCli, type Cli, type CliBuild } from '../support/cli.js';
import { PNG_BYTES, pngFile } from '../support/images.js';
import { type FakeOpenAiImages, IMAGE_KEY, startFakeOpenAiImages } from '../support/vendors/openai-images.js';

const KEY = 'sk-test-client-key';
const MODEL = 'gpt-image-2';

let vendor: FakeOpenAiImages;
let build: CliBuild;
let cli: Cli;
let url: string;

beforeAll(async () => {
  [vendor, build] = await Promise.all([startFakeOpenAiImages([MODEL]), buildCli()]);
  cli = await build.open();
  await cli.writeConfig(`api-keys: [${KEY}]
port: 0
workers: 2
codex-api-key: [{ api-key: ${IMAGE_KEY}, base-url: ${vendor.url}, models: [{ name: ${MODEL} }] }]
`);
  const started = await cli.json(['start', '--config', cli.configPath]);
  expect(started.ok, JSON.stringify(started)).toBe(true);
  const socket = socketPathFor(resolvePaths({ env: cli.env }).runDir);
  url = (await createManagementClient(lifecycle, socketTransport(socket)).getStatus({})).listen.url;
}, 120_000);
afterAll(async () => {
  await cli.close();
  await build.remove();
  await vendor.close();
});

test('a link that one worker gave is served by every worker', async () => {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: KEY, maxRetries: 0 });
  const asked = { model: MODEL, prompt: 'x', image: pngFile(), response_format: 'url' } as const;
  const { data } = await client.images.edit(asked);
  const link = data?.[0]?.url ?? '';
  // Each on a connection of its own: the workers take turns.
  for (let round = 0; round < 8; round++) {
    const reply = await fetch(link, { headers: { connection: 'close' } });
    expect(reply.status).toBe(200);
    expect(Buffer.from(await reply.arrayBuffer())).toEqual(PNG_BYTES);
  }
}, 60_000);
