import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PEER_HEADER } from '../../../src/shared/contract/management/management.js';
import { requestOverSocket, socketPathFor } from '../../../src/shared/local-socket.js';
import {
  buildDaemonEntry,
  type DaemonHome,
  openDaemonHome,
  type StartedDaemon,
  until,
} from '../../support/daemon-process.js';
import { startTokenEndpoint } from '../../support/token-endpoint.js';

const KEY = 'my-management-key';
const CONFIG = `# mine
port: 0
workers: 2
api-keys: [sk-client-key-one]
remote-management:
  secret-key: ${KEY} # hide me
`;
const FILE = { type: 'acme', access_token: 'at-secret-ann', api_url: 'http://127.0.0.1:9', email: 'ann@example.com' };

let entry: { path: string; remove(): Promise<void> };
let home: DaemonHome;
let daemon: StartedDaemon;
beforeAll(async () => {
  entry = await buildDaemonEntry('test/support/daemon-accounts-entry.ts');
});
afterAll(() => entry.remove());
beforeEach(async () => {
  home = await openDaemonHome(entry.path, CONFIG);
  await mkdir(join(home.root, 'auths'), { mode: 0o700 });
  await writeFile(join(home.root, 'auths', 'acme-ann.json'), JSON.stringify(FILE), { mode: 0o600 });
});
afterEach(() => home.close());

const start = async (env: Record<string, string> = {}): Promise<void> => {
  daemon = await home.start({ env });
};
const call = async (path: string, init: RequestInit & { key?: string } = {}) => {
  if (daemon.message.type !== 'ready') throw new Error(daemon.output());
  const { key = KEY, headers = {}, ...rest } = init;
  return fetch(`${daemon.message.status.listen.url}/v0/management${path}`, {
    ...rest,
    headers: { ...(key === '' ? {} : { authorization: `Bearer ${key}` }), ...(headers as Record<string, string>) },
  });
};
const onDisk = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(home.root, 'auths', name), 'utf8'));

describe('a daemon', () => {
  beforeEach(() => start());

  test('hides its key in the config, and takes it over the main port', async () => {
    const text = await readFile(home.configPath, 'utf8');
    expect(text).toMatch(/^# mine\nport: 0\n/);
    expect(text).toMatch(/secret-key: .*\$2[aby]\$10\$\S+ # hide me\n$/);
    expect(text).not.toContain(KEY);
    expect((await call('/auth-files', { key: '' })).status).toBe(401);
    expect((await call('/auth-files', { key: 'wrong' })).status).toBe(401);
    expect((await call('/auth-files')).status).toBe(200);
    expect(await home.logText()).not.toContain(KEY);
  });

  test('lists, changes, adds and removes credential files, in use at once', async () => {
    const list = async () =>
      (
        (await (await call('/auth-files')).json()) as {
          files: { name: string; status: string; priority?: number; path: string; size: number }[];
        }
      ).files;
    expect(await list()).toMatchObject([
      {
        name: 'acme-ann.json',
        status: 'active',
        path: join(home.root, 'auths', 'acme-ann.json'),
        size: JSON.stringify(FILE).length,
      },
    ]);
    const patch = (path: string, body: unknown) => call(path, { method: 'PATCH', body: JSON.stringify(body) });
    expect((await patch('/auth-files/fields', { name: 'acme-ann.json', priority: 7 })).status).toBe(200);
    expect((await patch('/auth-files/status', { name: 'acme-ann.json', disabled: true })).status).toBe(200);
    expect(await onDisk('acme-ann.json')).toEqual({ ...FILE, priority: 7, disabled: true });
    expect(await list()).toMatchObject([{ status: 'disabled', priority: 7 }]);

    const form = new FormData();
    form.append('file', new File([JSON.stringify({ ...FILE, email: 'bob@example.com' })], 'acme-bob.json'));
    expect((await call('/auth-files', { method: 'POST', body: form })).status).toBe(200);
    expect((await stat(join(home.root, 'auths', 'acme-bob.json'))).mode & 0o777).toBe(0o600);
    expect((await list()).map(({ name }) => name)).toEqual(['acme-ann.json', 'acme-bob.json']);
    expect((await call('/auth-files?name=acme-ann.json', { method: 'DELETE' })).status).toBe(200);
    expect((await list()).map(({ name }) => name)).toEqual(['acme-bob.json']);
  });

  test('gives placeholders over TCP, takes them back, and gives the file itself on its local socket', async () => {
    const path = '/auth-files/download?name=acme-ann.json';
    const text = await (await call(path)).text();
    expect(text).not.toContain('at-secret-ann');
    const body = JSON.stringify({ ...(JSON.parse(text) as object), note: 'edited' });
    expect((await call('/auth-files?name=acme-ann.json', { method: 'POST', body })).status).toBe(200);
    expect(await onDisk('acme-ann.json')).toEqual({ ...FILE, note: 'edited' });
    const local = await requestOverSocket(socketPathFor(home.runDir), { method: 'GET', path: `/v0/management${path}` });
    expect(JSON.parse(local.text)).toEqual({ ...FILE, note: 'edited' });
  });

  test('does not believe what a client says of where it is', async () => {
    const headers = { [PEER_HEADER]: '192.0.2.1', 'x-forwarded-for': '192.0.2.1' };
    expect((await call('/auth-files', { headers })).status).toBe(200);
    expect((await call('/auth-files', { headers: { origin: 'https://evil.example' } })).status).toBe(403);
  });

  test('serves pages of its own, under whatever allowed name they were opened', async () => {
    if (daemon.message.type !== 'ready') throw new Error(daemon.output());
    const { url } = daemon.message.status.listen;
    expect((await call('/auth-files', { headers: { origin: url } })).status).toBe(200);
    expect((await call('/auth-files', { headers: { origin: url, 'sec-fetch-site': 'same-origin' } })).status).toBe(200);
    expect((await call('/auth-files', { headers: { origin: `${url}0` } })).status).toBe(403);
  });

  test('shuts an address out after five wrong keys, whichever worker they came to', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 8 }, () => call('/auth-files', { key: 'wrong' }).then(({ status }) => status)),
    );
    expect(statuses.toSorted()).toEqual([401, 401, 401, 401, 401, 403, 403, 403]);
    const refused = await call('/auth-files');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      error: expect.stringMatching(/^IP banned .* Try again in (30m0s|29m\d+s)$/),
    });
  });

  test('follows the config: another key, and none at all', async () => {
    await home.writeConfig(CONFIG.replace(KEY, 'the-next-key'));
    await home.management.reload({});
    expect((await call('/auth-files')).status).toBe(401);
    expect((await call('/auth-files', { key: 'the-next-key' })).status).toBe(200);
    expect(await readFile(home.configPath, 'utf8')).not.toContain('the-next-key');
    await home.writeConfig('port: 0\nworkers: 2\n');
    await until(
      () => call('/auth-files'),
      ({ status }) => status === 404,
    );
  });
});

test('a file that was told to have ended is renewed: "refresh now" of web UIs', async () => {
  const vendor = await startTokenEndpoint();
  try {
    const path = join(home.root, 'auths', 'acme-ann.json');
    const expired = new Date(Date.now() + 86_400_000).toISOString();
    await writeFile(path, JSON.stringify({ ...FILE, refresh_token: 'rt-0', token_url: vendor.url, expired }));
    await start();
    const body = JSON.stringify({ name: 'acme-ann.json', expired: new Date(Date.now() - 60_000).toISOString() });
    expect((await call('/auth-files/fields', { method: 'PATCH', body })).status).toBe(200);
    const renewed = await until(
      () => onDisk('acme-ann.json'),
      (file) => (file as { access_token?: string }).access_token === 'at-1',
    );
    expect(renewed).toMatchObject({ refresh_token: 'rt-1', email: 'ann@example.com' });
    expect(vendor.count()).toBe(1);
  } finally {
    await vendor.close();
  }
});

test('MANAGEMENT_PASSWORD opens a daemon without a key in its config', async () => {
  await home.writeConfig('port: 0\napi-keys: [sk-client-key-one]\n');
  await start({ MANAGEMENT_PASSWORD: ' from-outside ' });
  expect((await call('/auth-files', { key: 'from-outside' })).status).toBe(200);
  expect((await call('/auth-files', { key: '' })).status).toBe(401);
});
