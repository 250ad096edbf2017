import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

// With a real Secret Service: needs Debian's dbus and gnome-keyring (apt-get install -y dbus gnome-keyring).

const CLI = resolve('bin/cliproxyctl.js');
const NAME = 'claude-ann@example.com.json';
const FILE = { type: 'claude', email: 'ann@example.com', access_token: 'sk-ant-oat01-secret-of-ann' };

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cliproxyctl-keychain-'));
  await mkdir(join(home, 'auths'));
  await writeFile(
    join(home, 'config.yaml'),
    'port: 0\napi-keys: [sk-test-client-key]\nauth-dir: ./auths\ncredentials: { encryption: keychain }\n',
    { mode: 0o600 },
  );
  await writeFile(join(home, NAME), JSON.stringify(FILE));
});
afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

function run(
  command: string,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly out: string }> {
  const { DBUS_SESSION_BUS_ADDRESS: _, ...env } = process.env;
  const child = spawn(command, args, {
    cwd: home,
    env: { ...env, HOME: home, XDG_DATA_HOME: join(home, 'data'), CLIPROXY_HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  const note = (chunk: Buffer): void => {
    out += String(chunk);
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('close', (code) => done({ code, out }));
  });
}

const inSession = (commands: readonly string[]) =>
  run('dbus-run-session', [
    '--',
    'bash',
    '-c',
    [
      'set -e',
      "printf 'pass\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null",
      ...commands.map((command) => `node ${CLI} ${command}`),
    ].join('\n'),
  ]);

test('credential files are sealed with a key that the keychain keeps, and read again by the next daemon', async () => {
  const { code, out } = await inSession([
    'start',
    `credentials import ${NAME}`,
    'restart',
    'credentials list --json',
    'stop',
  ]);
  expect(code, out).toBe(0);
  expect(out).toMatch(/"label":"claude \(ann@example\.com\)"[^}]*"state":"ready"|"state":"ready"[^}]*ann@example\.com/);
  const kept = await readFile(join(home, 'auths', NAME), 'utf8');
  expect(JSON.parse(kept)).toMatchObject({ cliproxyctl_sealed: 1 });
  expect(kept).not.toContain(FILE.access_token);
}, 60_000);

test('without a keychain the start says so, and what to do', async () => {
  const { code, out } = await run(process.execPath, [CLI, 'start']);
  expect(code).toBe(2);
  expect(out).toContain('the keychain is not to be had');
  expect(out).toContain('passphrase-file');
});
