import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild } from '../../support/cli.js';

const run = promisify(execFile);
let build: CliBuild;
let cli: Cli;
let bash: string;
beforeAll(async () => {
  build = await buildCli();
  cli = await build.open();
  bash = (await cli.run(['completion', 'bash'])).stdout;
});
afterAll(async () => {
  await cli.close();
  await build.remove();
});

/** What bash offers for the last of these words. */
async function offered(...words: string[]): Promise<string[]> {
  const list = words.map((word) => `'${word}'`).join(' ');
  const script = `${bash}\nCOMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _cliproxyctl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['--norc', '-c', script]);
  return stdout.trim().split('\n');
}

test('the bash script parses', async () => {
  await expect(run('bash', ['-n', '-c', bash])).resolves.toMatchObject({ stderr: '' });
});

test.each([
  { words: ['cliproxyctl', 'sta'], has: ['start', 'status'], hasNot: ['stop'] },
  { words: ['cliproxyctl', 'keys', ''], has: ['add', 'list', 'revoke'], hasNot: ['start'] },
  { words: ['cliproxyctl', 'keys', 'add', '--'], has: ['--stdin', '--json', '--config'], hasNot: ['--follow'] },
  { words: ['cliproxyctl', 'logs', '-'], has: ['--follow', '-f', '--lines'], hasNot: ['--stdin'] },
  {
    words: ['cliproxyctl', 'setup', '--provider', ''],
    has: ['claude-api-key', 'openai-compatibility'],
    hasNot: ['--yes'],
  },
  { words: ['cliproxyctl', 'lo'], has: ['login', 'logout', 'logs'], hasNot: ['stop'] },
  { words: ['cliproxyctl', 'login', '--method', ''], has: ['browser', 'device', 'token', 'import'], hasNot: ['--yes'] },
  { words: ['cliproxyctl', 'login', 'c'], has: ['claude', 'codex', 'copilot'], hasNot: ['gemini'] },
  { words: ['cliproxyctl', 'credentials', ''], has: ['import', 'export', 'refresh', 'rename'], hasNot: ['start'] },
  { words: ['cliproxyctl', 'quota', '--'], has: ['--watch', '--refresh'], hasNot: ['--yes'] },
  { words: ['cliproxyctl', 'completion', ''], has: ['bash', 'zsh', 'fish'], hasNot: ['status'] },
  { words: ['cliproxyctl', 'help', 'mo'], has: ['models'], hasNot: ['start'] },
])('bash offers the right words after $words', async ({ words, has, hasNot }) => {
  const offers = await offered(...words);
  for (const word of has) expect(offers).toContain(word);
  for (const word of hasNot) expect(offers).not.toContain(word);
});

test('zsh gets a function for every command, each with its options', async () => {
  const { code, stdout } = await cli.run(['completion', 'zsh']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^#compdef cliproxyctl\n/);
  for (const name of ['status', 'keys_add', 'config_validate', 'demo'])
    expect(stdout).toContain(`_cliproxyctl_${name}() {`);
  expect(stdout).toContain("'--provider[");
  expect(stdout).toContain(':value:(claude-api-key gemini-api-key codex-api-key openai-compatibility)');
  // No apostrophe of a description may end a quoted word.
  for (const line of stdout.split('\n')) expect(line.replaceAll("'\\''", '').split("'").length % 2).toBe(1);
});

test('fish gets a line for every command, option and value', async () => {
  const { code, stdout } = await cli.run(['completion', 'fish']);
  expect(code).toBe(0);
  expect(stdout).toContain("complete -c cliproxyctl -n '__cliproxyctl_at' -f -a 'status'");
  expect(stdout).toContain("complete -c cliproxyctl -n '__cliproxyctl_at keys' -f -a 'revoke'");
  expect(stdout).toContain("-n '__cliproxyctl_in logs' -s f -l follow");
  expect(stdout).toContain("-l provider -x -a 'claude-api-key gemini-api-key codex-api-key openai-compatibility'");
});

test('every command of the help is offered', async () => {
  const { stdout } = await cli.run(['--help']);
  const names = Array.from(stdout.matchAll(/^ {2}([a-z]+) .*$/gm), ([, name]) => name ?? '');
  expect(names.length).toBeGreaterThan(14);
  const offers = await offered('cliproxyctl', '');
  for (const name of names) expect(offers).toContain(name);
});
