import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildDaemonEntry, type DaemonHome, openDaemonHome, until } from '../../support/daemon-process.js';

const CONFIG = `host: 127.0.0.1
port: 0
api-keys: [sk-client-key-one]
payload:
  system-prompts:
    - models: [{ name: "*" }]
      prompt-file: prompts/rules.md
`;

let entry: Awaited<ReturnType<typeof buildDaemonEntry>>;
let home: DaemonHome;
let promptPath: string;
beforeAll(async () => {
  entry = await buildDaemonEntry();
});
afterAll(() => entry.remove());
beforeEach(async () => {
  home = await openDaemonHome(entry.path, CONFIG);
  await mkdir(join(home.root, 'prompts'));
  promptPath = join(home.root, 'prompts', 'rules.md');
});
afterEach(() => home.close());

async function servedPrompts(): Promise<Record<string, string>> {
  const { listen } = await home.management.getStatus({});
  return ((await (await fetch(listen.url)).json()) as { prompts?: Record<string, string> }).prompts ?? {};
}
const untilPrompt = (text: string | undefined): Promise<unknown> =>
  until(servedPrompts, (prompts) => prompts['prompts/rules.md'] === text);

test('a prompt file is read with the config, and again whenever it changes', async () => {
  await writeFile(promptPath, 'Be brief.\n');
  await home.start();
  expect(await servedPrompts()).toEqual({ 'prompts/rules.md': 'Be brief.' });
  await writeFile(promptPath, 'Be kind.');
  await untilPrompt('Be kind.');
  await writeFile(`${promptPath}.new`, 'Be both.');
  await rename(`${promptPath}.new`, promptPath);
  await untilPrompt('Be both.');
  expect(await home.management.reload({})).toMatchObject({ changed: false });
});

test('one that is missing is named in the status, until it is there', async () => {
  await home.start();
  const left = (await home.management.getStatus({})).warnings.filter(({ code }) => code === 'prompt_left_out');
  expect(left).toMatchObject([{ message: expect.stringContaining('prompts/rules.md') }]);
  await writeFile(promptPath, 'Here.');
  await untilPrompt('Here.');
  const { warnings } = await home.management.getStatus({});
  expect(warnings.some(({ code }) => code === 'prompt_left_out')).toBe(false);
  await rm(promptPath);
  await untilPrompt(undefined);
});
