import { describe, expect, test } from 'vitest';
import { openCatalog } from '../../../src/daemon/models/catalog.js';
import { withConfigAccounts } from '../../../src/daemon/process/config-account-store.js';
import { configAccounts } from '../../../src/daemon/process/config-accounts.js';
import { kiloAccount } from '../../../src/daemon/providers/kilo/account.js';
import { kiroAccount } from '../../../src/daemon/providers/kiro/account.js';
import { openAccountCompiler } from '../../../src/daemon/runtime/accounts.js';
import { openMemoryStore } from '../../../src/daemon/storage/memory/memory-store.js';
import type { CredentialStore, StoredCredential } from '../../../src/daemon/storage/ports.js';
import { accountContext, sideCalls } from '../../support/accounts.js';
import { manualClock } from '../../support/manual-clock.js';
import { configOf } from '../../support/runtime.js';

const FILE = '/home/me/.aws/sso/cache/kiro-auth-token.json';
const IDE = { accessToken: 'aoaIDE', refreshToken: 'aorIDE', expiresAt: '2027-01-01T00:00:00Z', region: 'eu-west-1' };

/** Credential files, and a config that may change, seen as one. */
function open(yaml: string, files: Record<string, string> = {}) {
  const state = { yaml, files };
  const kept = openMemoryStore();
  const own = openMemoryStore({ 'kiro-ann.json': { type: 'kiro', access_token: 'aoaANN', email: 'ann@example.com' } });
  const followed = new Map<string, () => void>();
  const store = withConfigAccounts({
    store: own,
    kept,
    accounts: () => configAccounts(configOf(state.yaml)),
    readText: async (path) => {
      if (path === '/forbidden') throw new Error('EACCES');
      return state.files[path];
    },
    follow(path, onChange) {
      followed.set(path, onChange);
      return () => followed.delete(path);
    },
  });
  return { state, kept, own, store, followed };
}

const inConfig = async (store: CredentialStore): Promise<readonly StoredCredential[]> =>
  (await store.list()).credentials.filter(({ name }) => name.startsWith('config-'));
async function only(store: CredentialStore): Promise<StoredCredential> {
  const [first, ...more] = await inConfig(store);
  if (first === undefined || more.length > 0) throw new Error('there is not one account in the config');
  return first;
}

function compiled(yaml: string, accounts: readonly StoredCredential[]) {
  const compiler = openAccountCompiler({
    providers: [kiroAccount, kiloAccount],
    catalog: openCatalog(),
    http: sideCalls({}).http,
    clock: manualClock(),
    renew: async () => undefined,
  });
  return compiler.compile(configOf(yaml), accounts);
}

describe('an account of the config', () => {
  test('is listed beside those of files, which stay as they are', async () => {
    const { store } = open('kiro: [{ access-token: aoaX }]\nkilo: [{ api-key: k1 }]');
    const names = (await store.list()).credentials.map(({ name }) => name);
    expect(names).toEqual([
      expect.stringMatching(/^config-kilo-[0-9a-f]{12}\.json$/),
      expect.stringMatching(/^config-kiro-[0-9a-f]{12}\.json$/),
      'kiro-ann.json',
    ]);
  });

  test('keeps its name when settings change, and loses it with its secret', async () => {
    const { store, state } = open('kiro: [{ access-token: aoaX }]');
    const before = await only(store);
    state.yaml = 'kiro: [{ access-token: aoaX, preferred-endpoint: codewhisperer }]';
    expect(await only(store)).toMatchObject({ name: before.name, fields: { preferred_endpoint: 'codewhisperer' } });
    expect((await only(store)).revision).not.toBe(before.revision);
    state.yaml = 'kiro: [{ access-token: aoaY }]';
    expect((await only(store)).name).not.toBe(before.name);
    state.yaml = '';
    expect(await inConfig(store)).toEqual([]);
  });

  test('with the same secret twice is one, and the first entry counts', async () => {
    const { store } = open('kiro: [{ access-token: aoaX, region: eu-west-1 }, { access-token: aoaX }]');
    expect((await only(store)).fields['region']).toBe('eu-west-1');
  });

  test.each([
    { name: 'removed', run: (store: CredentialStore, at: string) => store.remove(at) },
    { name: 'renamed', run: (store: CredentialStore, at: string) => store.rename(at, 'x.json') },
    {
      name: 'taken the place of',
      run: (store: CredentialStore, at: string) => store.rename('kiro-ann.json', at),
    },
    {
      name: 'changed but for its tokens',
      run: async (store: CredentialStore, at: string) =>
        store.write(at, { ...(await store.read(at))?.fields, disabled: true }),
    },
  ])('cannot be $name: its entry is the user’s', async ({ run }) => {
    const { store } = open('kiro: [{ access-token: aoaX, refresh-token: aorX }]');
    const { name } = await only(store);
    await expect(run(store, name)).rejects.toMatchObject({ code: 'credential_in_config' });
  });

  test.each(['kiro: [{ region: eu-west-1 }]', 'kilo: [{ priority: 1 }]', 'kilo: [{ anonymous: false }]'])(
    'without a secret is none: %s',
    async (yaml) => {
      expect(await inConfig(open(yaml).store)).toEqual([]);
    },
  );
});

describe('tokens of a Kiro entry', () => {
  const YAML = 'kiro: [{ access-token: aoaX, refresh-token: aorX }]';
  const renewed = { access_token: 'aoaNEW', refresh_token: 'aorNEW', expires_at: '2027-01-01T00:00:00Z' };

  test('that were renewed are kept beside the config, over a restart too', async () => {
    const { store, kept, own } = open(YAML);
    const before = await only(store);
    const room = await store.reserve(before);
    await room.write({ ...before.fields, ...renewed });
    await room.release();
    expect((await only(store)).fields).toMatchObject({ type: 'kiro', region: 'us-east-1', ...renewed });
    const again = withConfigAccounts({
      store: own,
      kept,
      accounts: () => configAccounts(configOf(YAML)),
      readText: async () => undefined,
      follow: () => () => undefined,
    });
    expect((await only(again)).fields).toMatchObject(renewed);
    expect(await own.read(before.name)).toBeUndefined();
  });

  test('that another process renewed meanwhile are not written over', async () => {
    const { store } = open(YAML);
    const before = await only(store);
    await store.write(before.name, { ...before.fields, ...renewed }, before.revision);
    const late = { ...before.fields, access_token: 'aoaLATE' };
    await expect(store.write(before.name, late, before.revision)).rejects.toMatchObject({ code: 'credential_changed' });
    expect((await only(store)).fields).toMatchObject(renewed);
  });

  test('of which there is a refresh token only are asked for at once', async () => {
    const { store } = open('kiro: [{ refresh-token: aorX }]');
    const { fields } = await only(store);
    const facts = kiroAccount.read(fields);
    expect(facts).toMatchObject({ canRefresh: true, expiresAt: 1 });
    const { http, calls } = sideCalls({ '/refreshToken': () => ({ body: { accessToken: 'aoaNEW', expiresIn: 60 } }) });
    expect(await kiroAccount.refresh(fields, accountContext({}, { http }))).toMatchObject({ kind: 'renewed' });
    expect(JSON.parse(Buffer.from(calls[0]?.body ?? '').toString())).toEqual({ refreshToken: 'aorX' });
  });

  test.each([
    { url: 'https://d-1234567890.awsapps.com/start', host: 'oidc.eu-west-1.amazonaws.com' },
    { url: 'https://view.awsapps.com/start', host: 'oidc.us-east-1.amazonaws.com' },
  ])('of a login at $url are renewed at $host, with the client of the entry', async ({ url, host }) => {
    const client = 'client-id: c1, client-secret: s1, region: eu-west-1';
    const { store } = open(`kiro: [{ access-token: a, refresh-token: aorX, start-url: '${url}', ${client} }]`);
    const { http, calls } = sideCalls({ '/token': () => ({ body: { accessToken: 'aoaNEW' } }) });
    await kiroAccount.refresh((await only(store)).fields, accountContext({}, { http }));
    expect(calls.map((call) => new URL(call.url).host)).toEqual([host]);
  });
});

describe('a token file', () => {
  const YAML = `kiro: [{ token-file: ${FILE}, preferred-endpoint: codewhisperer }]`;

  test('is read as the IDE writes it, with what the entry adds, and is never renewed here', async () => {
    const { store } = open(YAML, { [FILE]: JSON.stringify(IDE) });
    const { fields } = await only(store);
    expect(fields).toMatchObject({ ...IDE, type: 'kiro', preferred_endpoint: 'codewhisperer' });
    expect(kiroAccount.read(fields)).toMatchObject({ canRefresh: false, expiresAt: Date.parse(IDE.expiresAt) });
  });

  test('that the IDE renews is followed, and no longer once the entry is gone', async () => {
    const { store, state, followed } = open(YAML, { [FILE]: JSON.stringify(IDE) });
    let changes = 0;
    const watch = store.watch(() => {
      changes++;
    });
    followed.get(FILE)?.();
    expect(changes).toBe(1);
    state.files[FILE] = JSON.stringify({ ...IDE, accessToken: 'aoaNEXT' });
    expect((await only(store)).fields).toMatchObject({ accessToken: 'aoaNEXT' });
    state.yaml = '';
    await store.list();
    expect([...followed.keys()]).toEqual([]);
    state.yaml = YAML;
    await store.list();
    await watch.close();
    expect([...followed.keys()]).toEqual([]);
  });

  test.each([
    { name: 'is not there', path: '/nowhere', content: undefined },
    { name: 'cannot be read', path: '/forbidden', content: undefined },
    { name: 'is no JSON object', path: '/half.json', content: '{"accessToken": "aoaSECRET' },
  ])('that $name is said, with its place and without its content', async ({ name, path, content }) => {
    const { store } = open(`kiro: [{ token-file: ${path} }]`, content === undefined ? {} : { [path]: content });
    const { unreadable } = await store.list();
    expect(unreadable).toMatchObject([{ reason: `the token file ${path} of kiro[0] ${name}` }]);
  });
});

describe('settings of entries reach the account', () => {
  test('kiro-preferred-endpoint counts for accounts that name none, those of files too', async () => {
    const yaml = `kiro-preferred-endpoint: ide
kiro: [{ access-token: aoaX, agent-task-type: spectask, origin: CLI, optout: false, proxy-url: 'http://127.0.0.1:9' },
       { access-token: aoaY, preferred-endpoint: amazonq }]`;
    const { credentials } = compiled(yaml, (await open(yaml).store.list()).credentials);
    const hosts = credentials.map(({ upstream, models }) => {
      const [offer] = models;
      if (offer === undefined) throw new Error('no model');
      return upstream.endpoint({ model: offer.model, client: 'openai-chat', operation: 'generate', stream: true })?.url;
    });
    expect(hosts.sort()).toEqual([
      'https://codewhisperer.us-east-1.amazonaws.com/generateAssistantResponse',
      'https://codewhisperer.us-east-1.amazonaws.com/generateAssistantResponse',
      'https://q.us-east-1.amazonaws.com/generateAssistantResponse',
    ]);
    expect(credentials.map(({ label }) => label).sort()).toEqual([
      'kiro (ann@example.com)',
      expect.stringMatching(/^kiro \(token [0-9a-f]{8}\)$/),
      expect.stringMatching(/^kiro \(token [0-9a-f]{8}\)$/),
    ]);
    expect(credentials.find(({ proxyUrl }) => proxyUrl !== undefined)?.proxyUrl).toBe('http://127.0.0.1:9');
  });

  test('a Kilo key has what every key may have', async () => {
    const yaml = `kilo:
  - api-key: eyJ.k.1
    organization-id: org-0001
    base-url: https://gateway.example.com/v1/
    prefix: work
    priority: 3
    weight: 2
    max-concurrent: 4
    request-retry: 1
    disable-cooling: true
    excluded-models: ['*/secret']
    headers: { X-Team: blue }
    models: [{ name: z-ai/glm-5, alias: glm }, { name: a/secret }, { name: minimax/minimax-m2.5:free }]
`;
    const { credentials, unusable } = compiled(yaml, await inConfig(open(yaml).store));
    expect(unusable).toEqual([]);
    expect(credentials).toMatchObject([
      { prefix: 'work', priority: 3, weight: 2, maxConcurrent: 4, requestRetry: 1, disableCooling: true },
    ]);
    const [credential] = credentials;
    expect(credential?.models.map(({ alias, model }) => [alias, model.id])).toEqual([
      ['glm', 'z-ai/glm-5'],
      ['minimax/minimax-m2.5:free', 'minimax/minimax-m2.5:free'],
    ]);
    expect(credential?.label).toMatch(/^kilo \(key [0-9a-f]{8}, org-0001\)$/);
    const [offer] = credential?.models ?? [];
    if (credential === undefined || offer === undefined) throw new Error('no credential');
    const asked = { model: offer.model, client: 'openai-chat', operation: 'generate', stream: false } as const;
    expect(credential.upstream.endpoint(asked)?.url).toBe('https://gateway.example.com/v1/chat/completions');
  });

  test('an address of Kilo in clear text is refused, since the key would travel with it', async () => {
    const yaml = 'kilo: [{ api-key: k1, base-url: "http://gateway.example.com" }]';
    const { unusable } = compiled(yaml, await inConfig(open(yaml).store));
    expect(unusable).toMatchObject([{ reason: expect.stringContaining('base_url') }]);
  });

  test('Kilo without a key is used only where that is asked for, and for free models only', async () => {
    const yaml = 'kilo: [{ anonymous: true }]';
    const { credentials } = compiled(yaml, await inConfig(open(yaml).store));
    expect(credentials.map(({ label, models }) => [label, models.map(({ alias }) => alias)])).toEqual([
      ['kilo (no key)', ['kilo-auto/free', 'openrouter/free']],
    ]);
  });
});
