import { homedir } from 'node:os';
import envPaths from 'env-paths';
import { expect, test } from 'vitest';
import { authDirFor, expandHome, resolvePaths } from '../../../src/shared/paths.js';

test('are where env-paths puts them', () => {
  const paths = resolvePaths({ env: process.env });
  const usual = envPaths('cliproxyctl', { suffix: '' });
  if (process.env['CLIPROXY_HOME'] === undefined)
    expect([paths.configDir, paths.dataDir]).toEqual([usual.config, usual.data]);
  else expect(paths.configDir).toBe(process.env['CLIPROXY_HOME']);
});

test.each([
  {
    name: 'Linux',
    platform: 'linux' as const,
    homedir: '/home/me',
    env: {},
    expected: {
      configDir: '/home/me/.config/cliproxyctl',
      dataDir: '/home/me/.local/share/cliproxyctl',
      stateDir: '/home/me/.local/state/cliproxyctl',
      logDir: '/home/me/.local/state/cliproxyctl/logs',
      runDir: '/home/me/.local/state/cliproxyctl/run',
    },
  },
  {
    name: 'Linux with XDG variables',
    platform: 'linux' as const,
    homedir: '/home/me',
    env: { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', XDG_STATE_HOME: '/s', XDG_RUNTIME_DIR: '/run/user/1' },
    expected: {
      configDir: '/c/cliproxyctl',
      dataDir: '/d/cliproxyctl',
      stateDir: '/s/cliproxyctl',
      logDir: '/s/cliproxyctl/logs',
      runDir: '/run/user/1/cliproxyctl',
    },
  },
  {
    name: 'macOS',
    platform: 'darwin' as const,
    homedir: '/Users/me',
    env: {},
    expected: {
      configDir: '/Users/me/Library/Preferences/cliproxyctl',
      dataDir: '/Users/me/Library/Application Support/cliproxyctl',
      stateDir: '/Users/me/Library/Application Support/cliproxyctl/state',
      logDir: '/Users/me/Library/Logs/cliproxyctl',
      runDir: '/Users/me/Library/Application Support/cliproxyctl/run',
    },
  },
  {
    name: 'Windows',
    platform: 'win32' as const,
    homedir: 'C:\\Users\\me',
    env: { APPDATA: 'C:\\Roaming', LOCALAPPDATA: ' ' },
    expected: {
      configDir: 'C:\\Roaming\\cliproxyctl\\Config',
      dataDir: 'C:\\Users\\me\\AppData\\Local\\cliproxyctl\\Data',
      stateDir: 'C:\\Users\\me\\AppData\\Local\\cliproxyctl\\State',
      logDir: 'C:\\Users\\me\\AppData\\Local\\cliproxyctl\\Log',
      runDir: 'C:\\Users\\me\\AppData\\Local\\cliproxyctl\\Run',
    },
  },
  {
    name: 'CLIPROXY_HOME',
    platform: 'darwin' as const,
    homedir: '/home/me',
    env: { CLIPROXY_HOME: '~/gateway', XDG_CONFIG_HOME: '/c' },
    expected: {
      configDir: '/home/me/gateway',
      dataDir: '/home/me/gateway',
      stateDir: '/home/me/gateway/state',
      logDir: '/home/me/gateway/logs',
      runDir: '/home/me/gateway/run',
    },
  },
])('$name has its own places', ({ platform, homedir, env, expected }) => {
  expect(resolvePaths({ platform, homedir, env })).toEqual(expected);
});

test.each([
  ['~', '/home/me'],
  ['~/a', '/home/me/a'],
  ['~other/a', '~other/a'],
  ['/a/~', '/a/~'],
])('%s expands to %s', (path, expected) => {
  expect(expandHome(path, '/home/me')).toBe(expected);
});

test.each([
  ['~/.cli-proxy-api', {}, '/home/me/.cli-proxy-api'],
  ['', {}, '/home/me/.cli-proxy-api'],
  ['/srv/auths', { CLIPROXY_HOME: '/g' }, '/srv/auths'],
  ['~/.cli-proxy-api', { CLIPROXY_HOME: '/g' }, '/g/auths'],
])('auth-dir %j with %j is %s', (authDir, env, expected) => {
  expect(authDirFor(authDir, { env, homedir: '/home/me' })).toBe(expected);
});

test('the home folder of the system is the default', () => {
  expect(expandHome('~')).toBe(homedir());
});
