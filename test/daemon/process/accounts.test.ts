import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type SimulatedUpstream, startSimulatedUpstream } from '../../../src/cli/demo/upstreams/simulated-upstream.js';
import type { CredentialSummary } from '../../../src/shared/contract/credentials.js';
import { buildDaemonEntry, type DaemonHome, openDaemonHome, until } from '../../support/daemon-process.js';
import { startTokenEndpoint, type TokenEndpoint } from '../../support/token-endpoint.js';

const KEY = 'sk-test-client-key';
const MODEL = 'claude-haiku-4-5-20251001';
const refused = { status: 401, body: { error: { message: 'token expired', type: 'authentication_error' } } };

let entry: Awaited<ReturnType<typeof buildDaemonEntry>>;
let upstream: SimulatedUpstream;
let vendor: TokenEndpoint;
let homes: DaemonHome[];

beforeAll(async () => {
  entry = await buildDaemonEntry('test/support/daemon-accounts-entry.ts');
});
afterAll(() => entry.remove());
beforeEach(async () => {
  homes = [];
  upstream = await startSimulatedUpstream({ kind: 'openai-chat', models: [MODEL, 'acme-large'] });
  vendor = await startTokenEndpoint();
});
afterEach(async () => {
  await Promise.all(homes.map((home) => home.close()));
  await vendor.close();
  await upstream.close();
});

const CONFIG = (more: string): string => `port: 0
api-keys: [${KEY}]
${more}
openai-compatibility:
  # the one with a key
  - name: other
    base-url: ${upstream.url}
    api-key-entries: [{ api-key: up-1 }] # first key
    models: [{ name: acme-large }]
`;

async function openHome(more = '', files: Readonly<Record<string, object>> = { [ANN]: ann() }) {
  const home = await openDaemonHome(entry.path, CONFIG(more));
  homes.push(home);
  await mkdir(join(home.root, 'auths'), { recursive: true });
  for (const [name, content] of Object.entries(files)) await put(home, name, content);
  return home;
}

const ANN = 'acme-ann.json';
const later = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
const ann = (more: object = {}): object => ({
  type: 'acme',
  email: 'ann@example.com',
  access_token: 'at-0',
  refresh_token: 'rt-0',
  api_url: upstream.url,
  token_url: vendor.url,
  expired: later(600),
  unknown: { kept: true },
  ...more,
});
const put = (home: DaemonHome, name: string, content: object): Promise<void> =>
  writeFile(join(home.root, 'auths', name), JSON.stringify(content));
const fileOf = async (home: DaemonHome, name = ANN) =>
  JSON.parse(await readFile(join(home.root, 'auths', name), 'utf8'));

async function start(home: DaemonHome): Promise<string> {
  const { message, output } = await home.start();
  if (message.type !== 'ready') throw new Error(`it did not start: ${output()} ${JSON.stringify(message)}`);
  return message.status.listen.url;
}

const ask = (url: string): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'Hi' }] }),
  });
const list = async (home: DaemonHome): Promise<CredentialSummary[]> =>
  (await home.management.listCredentials({})).credentials.filter(({ source }) => source === 'file');
const untilListed = (home: DaemonHome, isWanted: (files: CredentialSummary[]) => boolean) =>
  until(() => list(home), isWanted);
const idOf = async (home: DaemonHome): Promise<string> => (await list(home))[0]?.id ?? '';

describe.each(['workers: 1', 'workers: 2', 'workers: 0'])('a credential file, with %s', (workers) => {
  test('serves, and after a 401 serves again with a new token that is on disk', async () => {
    const home = await openHome(workers);
    const url = await start(home);
    upstream.script(refused);
    expect((await ask(url)).status).toBe(200);
    expect(upstream.requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer at-0', 'Bearer at-1']);
    expect(await fileOf(home)).toMatchObject({ access_token: 'at-1', refresh_token: 'rt-1', unknown: { kept: true } });
    expect((await list(home))[0]).toMatchObject({ state: 'ready', name: ANN, email: 'ann@example.com' });
    // Whichever worker takes it, it knows the new token.
    for (let count = 0; count < 4; count++) expect((await ask(url)).status).toBe(200);
    expect(vendor.count()).toBe(1);
  });
});

test('files come, change and go while it runs', async () => {
  const home = await openHome('', {});
  const url = await start(home);
  expect((await ask(url)).status).toBe(404);
  await put(home, ANN, ann());
  const [added] = await untilListed(home, (files) => files.length === 1);
  expect((await ask(url)).status).toBe(200);
  await put(home, ANN, ann({ note: 'changed', priority: 4 }));
  const [changed] = await untilListed(home, (files) => files[0]?.note === 'changed');
  expect(changed).toMatchObject({ id: added?.id, priority: 4 });
  await rm(join(home.root, 'auths', ANN));
  await untilListed(home, (files) => files.length === 0);
});

test('nothing is written but what was refreshed, and touching a file does nothing', async () => {
  const others = {
    'kimi-1.json': { type: 'kimi', access_token: 'x' },
    'gemini-a.json': { type: 'gemini' },
    'none.json': {},
  };
  const home = await openHome('', { [ANN]: ann(), ...others });
  await start(home);
  const facts = async () =>
    Promise.all(
      (await readdir(join(home.root, 'auths')))
        .filter((name) => name.endsWith('.json'))
        .map(async (name) => `${name} ${(await stat(join(home.root, 'auths', name))).ino}`),
    );
  const before = await facts();
  await utimes(join(home.root, 'auths', ANN), new Date(), new Date());
  await put(home, 'codex-new.json', { type: 'codex', access_token: 'y' });
  const files = await untilListed(home, (listed) => listed.length === 4);
  expect(files.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
    `${ANN} ready`,
    'codex-new.json unusable',
    'gemini-a.json unusable',
    'kimi-1.json unusable',
  ]);
  expect((await facts()).filter((fact) => !fact.startsWith('codex-new'))).toEqual(before);
});

test('a token that has ended is renewed at the start', async () => {
  const home = await openHome('', { [ANN]: ann({ expired: later(-600) }) });
  await start(home);
  await untilListed(home, (files) => files[0]?.refresh?.state === 'ok');
  expect(await fileOf(home)).toMatchObject({ access_token: 'at-1' });
});

test('a refresh that failed stands in the status, in the list and in the log', async () => {
  const home = await openHome('', { [ANN]: ann({ refresh_token: 'rt-spent', expired: later(-600) }) });
  await start(home);
  const [file] = await untilListed(home, (files) => files[0]?.refresh?.state === 'login-needed');
  expect(file?.refresh).toMatchObject({ reason: 'invalid_grant', at: expect.any(Number) });
  const status = await home.management.getStatus({});
  expect(status.state).toBe('degraded');
  expect(status.problems).toEqual([
    {
      code: 'credential_login_needed',
      message: `the login of ${ANN} is over: invalid_grant`,
      hint: expect.stringContaining('cliproxyctl login'),
    },
  ]);
  const log = await home.logText();
  expect(log).toContain('log in again');
  expect(log).not.toContain('rt-spent');
});

test('two daemons on one folder share one refresh, and both use the new token', async () => {
  const first = await openHome('');
  const second = await openHome(`auth-dir: ${join(first.root, 'auths')}`, {});
  const urls = [await start(first), await start(second)];
  upstream.script([refused, refused]);
  const replies = await Promise.all(urls.map(ask));
  expect(replies.map(({ status }) => status)).toEqual([200, 200]);
  expect(vendor.reused()).toEqual([]);
  expect(vendor.count()).toBe(1);
});

describe('by the management contract', () => {
  test('a file is changed in place, and other members stay', async () => {
    const home = await openHome('');
    const url = await start(home);
    const id = await idOf(home);
    const changed = await home.management.updateCredential({
      id,
      priority: 7,
      weight: 2,
      note: 'team',
      prefix: 'mine',
    });
    expect(changed).toMatchObject({ id, priority: 7, weight: 2, note: 'team', prefix: 'mine' });
    expect(await fileOf(home)).toMatchObject({
      priority: 7,
      note: 'team',
      access_token: 'at-0',
      unknown: { kept: true },
    });
    await home.management.updateCredential({ id, priority: null, prefix: null, disabled: true });
    expect(await fileOf(home)).not.toHaveProperty('priority');
    expect((await list(home))[0]).toMatchObject({ state: 'disabled', disabled: true });
    expect((await ask(url)).status).toBe(404);
  });

  test('an entry of the config file is changed with its comments kept', async () => {
    const home = await openHome('', {});
    await start(home);
    const entryOf = async () => (await home.management.listCredentials({})).credentials[0];
    const id = (await entryOf())?.id ?? '';
    const off = await home.management.updateCredential({ id, disabled: true, priority: 3, weight: 5 });
    expect(off).toMatchObject({ id, state: 'disabled', priority: 3, weight: 5, source: 'config' });
    const text = await readFile(home.configPath, 'utf8');
    expect(text).toContain('# the one with a key');
    expect(text).toContain('# first key');
    expect(text).toMatch(/excluded-models:\s*(\[\s*"?\*|\n\s*- "?\*)/);
    const on = await home.management.updateCredential({ id, disabled: false, prefix: 'p' });
    expect(on).toMatchObject({ state: 'ready', prefix: 'p' });
    expect(await readFile(home.configPath, 'utf8')).not.toContain('excluded-models');
    await expect(home.management.updateCredential({ id: on.id, note: 'x' })).rejects.toMatchObject({
      code: 'setting_not_in_config',
    });
    await expect(home.management.removeCredential({ id: on.id })).rejects.toMatchObject({
      code: 'credential_in_config',
    });
  });

  test('files are brought in, given out, renamed and removed', async () => {
    const home = await openHome('', {});
    await start(home);
    const content = JSON.stringify(ann());
    const given = await home.management.importCredentials({
      files: [
        { name: ANN, content },
        { name: 'acme-bad.json', content: '{"type":"acme"}' },
        { name: 'acme-worse.json', content: 'sk-secret' },
        { name: '../up.json', content },
        { name: 'kimi-1.json', content: '{"type":"kimi"}' },
      ],
    });
    const id = await idOf(home);
    expect(given.imported).toEqual([
      { name: ANN, id, label: 'ann@example.com' },
      { name: 'kimi-1.json', id: expect.any(String), label: 'kimi' },
    ]);
    expect(given.failed.map(({ name }) => name)).toEqual(['acme-bad.json', 'acme-worse.json', '../up.json']);
    expect(JSON.stringify(given)).not.toContain('sk-secret');
    const again = await home.management.importCredentials({ files: [{ name: ANN, content: '{"type":"kimi"}' }] });
    expect(again.failed).toEqual([{ name: ANN, error: 'there is a credential of that name already' }]);

    expect(JSON.parse((await home.management.exportCredential({ id })).content)).toEqual(JSON.parse(content));
    const renamed = await home.management.renameCredential({ id, name: 'acme-team.json' });
    expect(renamed).toMatchObject({ name: 'acme-team.json', email: 'ann@example.com' });
    expect(await home.management.removeCredential({ id: renamed.id })).toEqual({
      removed: 'acme-team.json',
      revoked: false,
    });
    expect((await list(home)).map(({ name }) => name)).toEqual(['kimi-1.json']);
  });

  test('a token is renewed because a person says so, one of another program never', async () => {
    const home = await openHome('', {
      [ANN]: ann(),
      'acme-bob.json': ann({ email: 'bob@example.com', cliproxyctl_read_only: true, expired: later(-600) }),
    });
    await start(home);
    const [mine, theirs] = await untilListed(home, (files) => files.length === 2);
    const summary = await home.management.refreshCredential({ id: mine?.id ?? '' });
    expect(summary.refresh?.state).toBe('ok');
    await expect(home.management.refreshCredential({ id: theirs?.id ?? '' })).rejects.toMatchObject({
      code: 'credential_not_refreshable',
    });
    expect(vendor.reused()).toEqual([]);
    expect(vendor.count()).toBe(1);
  });

  test('quota is told per account, with the reason where there is none', async () => {
    const home = await openHome('');
    await start(home);
    expect(await home.management.getQuota({ refresh: true })).toEqual({
      accounts: [{ credential: await idOf(home), label: 'ann@example.com', provider: 'claude', windows: [] }],
    });
  });
});

test('with encryption on, what is written is sealed, and plain files go on', async () => {
  const home = await openHome('credentials: { encryption: passphrase-file, passphrase-file: secret.txt }');
  await writeFile(join(home.root, 'secret.txt'), 'correct horse battery\n');
  const url = await start(home);
  expect((await ask(url)).status).toBe(200);
  await home.management.updateCredential({ id: await idOf(home), note: 'x' });
  expect(await readFile(join(home.root, 'auths', ANN), 'utf8')).not.toContain('at-0');
  expect((await list(home))[0]).toMatchObject({ state: 'ready', note: 'x' });
});

test('without its passphrase it does not start, and says why', async () => {
  const home = await openHome('credentials: { encryption: passphrase-file, passphrase-file: secret.txt }');
  const { message } = await home.start();
  expect(message).toMatchObject({ type: 'failed', error: { code: 'passphrase_unreadable' } });
});
