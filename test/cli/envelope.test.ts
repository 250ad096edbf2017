import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildCli, type Cli, type CliBuild, readEnvelope } from '../support/cli.js';

let build: CliBuild;
let cli: Cli;
beforeAll(async () => {
  build = await buildCli();
  cli = await build.open();
  await cli.writeConfig(
    'host: 127.0.0.1\nport: 0\napi-keys:\n  - sk-test-client-key-0001\n  - sk-test-client-key-0002\n',
  );
});
afterAll(async () => {
  await cli.close();
  await build.remove();
});

describe('every command answers --json with one envelope', () => {
  test.each([
    { args: ['status'], command: 'status', code: 3, error: 'the daemon is not running' },
    { args: ['models'], command: 'models', code: 3, error: 'the daemon is not running' },
    { args: ['credentials'], command: 'credentials', code: 3, error: 'the daemon is not running' },
    { args: ['credentials', 'list'], command: 'credentials list', code: 3, error: 'the daemon is not running' },
    { args: ['quota'], command: 'quota', code: 3, error: 'the daemon is not running' },
    { args: ['logout', 'ann'], command: 'logout', code: 3, error: 'the daemon is not running' },
    { args: ['login'], command: 'login', code: 2, error: 'missing provider' },
    { args: ['reload'], command: 'reload', code: 3, error: 'the daemon is not running' },
    { args: ['logs', '--follow'], command: 'logs', code: 3, error: 'the daemon is not running' },
    { args: ['stop'], command: 'stop', code: 0, error: undefined },
    { args: ['setup'], command: 'setup', code: 0, error: undefined },
    { args: ['keys'], command: 'keys', code: 0, error: undefined },
    { args: ['keys', 'list'], command: 'keys list', code: 0, error: undefined },
    { args: ['config', 'path'], command: 'config path', code: 0, error: undefined },
    { args: ['config', 'show'], command: 'config show', code: 0, error: undefined },
    { args: ['config', 'validate'], command: 'config validate', code: 0, error: undefined },
    { args: ['config', 'schema'], command: 'config schema', code: 0, error: undefined },
    { args: ['completion', 'bash'], command: 'completion', code: 0, error: undefined },
    { args: ['help'], command: 'cliproxyctl', code: 0, error: undefined },
    { args: ['--version'], command: 'cliproxyctl', code: 0, error: undefined },
    { args: ['status', '--help'], command: 'status', code: 0, error: undefined },
  ])('$args', async ({ args, command, code, error }) => {
    const answer = await cli.json(args);
    expect(answer).toMatchObject({ command, code, ok: code === 0 });
    expect(answer.details['error']).toBe(error);
    expect(answer.stderr).toBe('');
  });
});

describe('wrong usage is exit code 2, in words and as envelope', () => {
  test.each([
    { args: ['nonsense'], message: 'unknown command "nonsense"', error: 'unknown command', command: 'cliproxyctl' },
    { args: ['keys', 'nonsense'], message: 'unknown command "nonsense"', error: 'unknown command', command: 'keys' },
    {
      args: ['help', 'nonsense'],
      message: 'unknown command "nonsense"',
      error: 'unknown command',
      command: 'cliproxyctl',
    },
    {
      args: ['status', '--nonsense'],
      message: "unknown option '--nonsense'",
      error: "unknown option '--nonsense'",
      command: 'status',
    },
    {
      args: ['keys', 'revoke'],
      message: "missing required argument 'id'",
      error: "missing required argument 'id'",
      command: 'keys revoke',
    },
    { args: ['completion', 'tcsh'], message: "'tcsh' is invalid", error: "'tcsh' is invalid", command: 'completion' },
    { args: ['logs', '-n', '0'], message: 'whole number from 1', error: 'whole number from 1', command: 'logs' },
    {
      args: ['setup', '--base-url', 'http://x'],
      message: '--base-url belongs to a provider',
      error: '--base-url belongs',
      command: 'setup',
    },
  ])('$args', async ({ args, message, error, command }) => {
    const plain = await cli.run(args);
    expect(plain).toMatchObject({ code: 2, stdout: '' });
    expect(plain.stderr).toMatch(/^error: /);
    expect(plain.stderr).toContain(message);
    expect(plain.stderr).toMatch(/\nhint: /);

    const answer = await cli.json(args);
    expect(answer).toMatchObject({ code: 2, ok: false, command, stderr: '' });
    expect(String(answer.details['error'])).toContain(error);
  });

  test('--json counts wherever it stands, after a bad flag or before the command', async () => {
    for (const args of [
      ['status', '--nonsense', '--json'],
      ['--json', 'status', '--nonsense'],
    ]) {
      const { code, stdout } = await cli.run(args);
      expect(code).toBe(2);
      expect(readEnvelope(stdout).details['error']).toBe("unknown option '--nonsense'");
    }
  });

  test('no command at all prints the help on stderr', async () => {
    const { code, stdout, stderr } = await cli.run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: cliproxyctl');
  });

  test('a mistyped command is answered with the one that was meant', async () => {
    expect((await cli.run(['statsu'])).stderr).toContain('did you mean status?');
  });
});

test('a broken pipe on stdout is no error', async () => {
  const child = cli.spawn(['config', 'schema']);
  child.stdout?.destroy();
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((done) => child.once('close', done));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('NO_COLOR and a pipe both mean no escape codes', async () => {
  const { stdout, stderr } = await cli.run(['keys']);
  expect(stdout + stderr).not.toContain('\u001b');
  const forced = await cli.run(['keys'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
  expect(forced.stdout).not.toContain('\u001b');
  const coloured = await cli.run(['keys'], { env: { FORCE_COLOR: '1' } });
  expect(coloured.stdout).toContain('\u001b');
});
