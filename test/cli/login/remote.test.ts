import { expect, test } from 'vitest';
import { hasBrowser, isRemote, tunnelCommand } from '../../../src/cli/login/remote.js';

const ssh = { SSH_CONNECTION: '192.0.2.9 50000 192.0.2.7 22' };

test.each([
  { name: 'a desktop', env: { DISPLAY: ':0' }, platform: 'linux', browser: true, remote: false },
  { name: 'Wayland', env: { WAYLAND_DISPLAY: 'wayland-0' }, platform: 'linux', browser: true, remote: false },
  { name: 'WSL', env: { WSL_DISTRO_NAME: 'Debian' }, platform: 'linux', browser: true, remote: false },
  { name: 'a server or a container', env: {}, platform: 'linux', browser: false, remote: false },
  { name: 'macOS', env: {}, platform: 'darwin', browser: true, remote: false },
  { name: 'macOS over SSH', env: ssh, platform: 'darwin', browser: false, remote: true },
  {
    name: 'SSH with a display led along',
    env: { ...ssh, DISPLAY: ':10' },
    platform: 'linux',
    browser: false,
    remote: true,
  },
  {
    name: 'SSH with a browser named',
    env: { ...ssh, BROWSER: 'lynx' },
    platform: 'linux',
    browser: true,
    remote: true,
  },
] as const)('$name: a browser is opened: $browser', ({ env, platform, browser, remote }) => {
  expect({ browser: hasBrowser({ env, platform }), remote: isRemote({ env, platform }) }).toEqual({ browser, remote });
});

test('the tunnel leads to the address and port that this session came in by', () => {
  expect(tunnelCommand('1455', { ...ssh, USER: 'ann' })).toBe('ssh -N -L 1455:127.0.0.1:1455 ann@192.0.2.7');
  expect(tunnelCommand('1455', { SSH_CONNECTION: 'a 1 2001:db8::7 2222', LOGNAME: 'bob' })).toBe(
    'ssh -N -L 1455:127.0.0.1:1455 -p 2222 bob@2001:db8::7',
  );
});
