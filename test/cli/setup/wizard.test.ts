import { stat } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';
import { openTerminal, type Terminal } from '../../support/terminal.js';

let build: CliBuild;
let cli: Cli;
let terminal: Terminal;
beforeAll(async () => {
  build = await buildCli();
});
afterAll(() => build.remove());
beforeEach(async () => {
  cli = await build.open();
  terminal = await openTerminal({ command: [process.execPath, cli.script, 'setup'], env: cli.env, cwd: cli.home });
});
afterEach(async () => {
  await terminal.close();
  await cli.close();
});

test('a person is led from the first question to a config that loads', { timeout: 60_000 }, async () => {
  await terminal.waitFor(/Which provider[\s\S]*OpenAI-compatible/);
  await terminal.press('Enter');
  await terminal.waitFor(/Its address\? \(https:\/\/api\.anthropic\.com\)/);
  await terminal.press('Enter');
  await terminal.waitFor(/Its API key\?/);
  await terminal.type('sk-ant-secret-0123456789');
  await terminal.waitFor(/\*{24}/);
  await terminal.press('Enter');

  await terminal.waitFor(/Another one\?[\s\S]*OpenAI-compatible/);
  await terminal.press('Down', 'Down', 'Down', 'Down');
  await terminal.waitFor(/❯ OpenAI-compatible/);
  await terminal.press('Enter');
  await terminal.waitFor(/A short name/);
  await terminal.type('no good');
  await terminal.press('Enter');
  await terminal.waitFor(/letters, digits/);
  await terminal.press(...Array.from({ length: 7 }, () => 'BSpace'));
  await terminal.type('ollama');
  await terminal.press('Enter');
  await terminal.waitFor(/ollama\s+\? Its address\?/);
  await terminal.type('http://127.0.0.1:11434/v1');
  await terminal.press('Enter');
  await terminal.waitFor(/Enter if it needs none/);
  await terminal.press('Enter');
  await terminal.waitFor(/Its models\?/);
  await terminal.type('llama3.3, qwen=fast');
  await terminal.press('Enter');

  await terminal.waitFor(/Another one\?[\s\S]*❯ No, that is all/);
  await terminal.press('Enter');
  await terminal.waitFor(/Port of the gateway\? \(8317\)/);
  await terminal.type('18417');
  await terminal.press('Enter');
  await terminal.waitFor(/Write it\?/);
  await terminal.press('Enter');
  const screen = await terminal.waitFor(/exit code 0/);

  expect(screen).toContain('providers configured: codex=0, claude=1, gemini=0, kiro=0, openai-compat=1');
  expect(screen).toContain('cliproxyctl start');
  expect(screen).not.toContain('sk-ant-secret');
  const { config } = requireConfig(parseConfig(await cli.readConfig(), { path: cli.configPath }));
  expect(config.port).toBe(18_417);
  expect(config['claude-api-key'][0]).toMatchObject({ 'api-key': 'sk-ant-secret-0123456789' });
  expect(config['openai-compatibility'][0]).toMatchObject({
    name: 'ollama',
    models: [{ name: 'llama3.3' }, { name: 'qwen', alias: 'fast' }],
  });
  expect(screen).toContain(config['api-keys'][0]);
});

test('Ctrl-C leaves everything as it was', { timeout: 60_000 }, async () => {
  await terminal.waitFor(/Which provider/);
  await terminal.press('Enter');
  await terminal.waitFor(/Its address/);
  await terminal.press('C-c');
  const screen = await terminal.waitFor(/exit code 1/);
  expect(screen).toContain('cancelled, nothing was changed');
  await expect(stat(cli.configPath)).rejects.toThrow('ENOENT');
});

test('a subscription is logged in to once the config is written', { timeout: 60_000 }, async () => {
  await terminal.waitFor(/Which provider/);
  await terminal.press('Down', 'Down', 'Down', 'Down');
  await terminal.waitFor(/❯ Claude subscription/);
  await terminal.press('Enter');
  const again = await terminal.waitFor(/Another one\?[\s\S]*❯ No, that is all/);
  expect(again).not.toMatch(/Another one\?[\s\S]*Claude subscription/);
  await terminal.press('Enter');
  await terminal.waitFor(/Port of the gateway\?/);
  await terminal.type('18418');
  await terminal.press('Enter');
  await terminal.waitFor(/Write it\?/);
  await terminal.press('Enter');
  const card = await terminal.waitFor(/Log in\?/);
  expect(card).toMatch(/started[\s\S]*Claude: gateway use is/);
  await terminal.type('n');
  await terminal.press('Enter');
  expect(await terminal.waitFor(/exit code 1/)).toContain('cancelled, nothing was saved');
  expect(await cli.readConfig()).toContain('port: 18418');
});
