import { beforeEach, describe, expect, test } from 'vitest';
import type { CredentialSummary } from '../../../../src/shared/contract/credentials.js';
import { authFiles } from '../../../../src/shared/contract/management/auth-files.js';
import { NOW, openTestManagement, type TestManagement } from '../../../support/management.js';

const BASE = '/v0/management/auth-files';
const CLAIMS = {
  'https://api.openai.com/auth': {
    chatgpt_account_id: 'acc-1',
    chatgpt_plan_type: 'plus',
    chatgpt_subscription_active_until: '2026-12-01T00:00:00Z',
    user_id: 'u-secret',
  },
};
const idToken = `e30.${Buffer.from(JSON.stringify(CLAIMS)).toString('base64url')}.sig`;
const ANN = {
  type: 'claude',
  access_token: 'sk-ant-oat01-ann',
  refresh_token: 'sk-ant-ort01-ann',
  email: 'ann@example.test',
  expired: '2027-01-01T00:00:00Z',
  last_refresh: '2026-11-01T09:00:00+01:00',
  proxy_url: 'http://ann:hidden@proxy.example:3128',
  headers: { 'User-Agent': 'mine', 'X-Extra': 'extra-secret' },
  priority: 10,
  other: { nested: ['kept', { password: 'hunter2' }] },
};
const BOB = { type: 'codex', id_token: idToken, access_token: 'at-bob', refresh_token: 'rt-bob', websockets: true };
const SECRETS = [
  'sk-ant-oat01-ann',
  'sk-ant-ort01-ann',
  'hidden',
  'extra-secret',
  'hunter2',
  'at-bob',
  'rt-bob',
  idToken,
];

const summary = (name: string, more: Partial<CredentialSummary> = {}): CredentialSummary => ({
  id: `id-${name}`,
  provider: 'claude',
  label: name,
  source: 'file',
  name,
  disabled: false,
  priority: 0,
  weight: 1,
  models: 1,
  state: 'ready',
  ...more,
});

let api: TestManagement;
const start = (config?: string): void => {
  api = openTestManagement({
    files: { 'claude-ann.json': ANN, 'codex-bob.json': BOB },
    ...(config === undefined ? {} : { config }),
  });
  api.summaries = [summary('claude-ann.json'), summary('codex-bob.json', { provider: 'codex' })];
};
beforeEach(() => start());

const listed = async (query = '') => {
  const { body } = await api.ask(`${BASE}${query}`);
  return authFiles.listAuthFiles.output.parse(body).files;
};
const upload = (files: Readonly<Record<string, string>>, asked = {}) => {
  const form = new FormData();
  for (const [name, content] of Object.entries(files)) form.append('file', new File([content], name));
  return api.ask(BASE, { method: 'POST', body: form, ...asked });
};

describe('the list', () => {
  test('has what a web UI shows, and nothing secret', async () => {
    const { text } = await api.ask(BASE);
    for (const secret of [...SECRETS, 'u-secret']) expect(text).not.toContain(secret);
    const [ann, bob] = await listed();
    expect(ann).toMatchObject({
      id: 'claude-ann.json',
      // SHA-256 of `claude:/home/ann/.cli-proxy-api/claude-ann.json`, as related gateways have it.
      auth_index: 'a570bc2ea9afa7e5',
      type: 'claude',
      label: 'ann@example.test',
      status: 'active',
      account_type: 'oauth',
      last_refresh: '2026-11-01T08:00:00.000Z',
      priority: 10,
      size: 100,
    });
    expect(bob).toMatchObject({
      websockets: true,
      id_token: {
        chatgpt_account_id: 'acc-1',
        plan_type: 'plus',
        chatgpt_subscription_active_until: '2026-12-01T00:00:00Z',
      },
    });
    expect(Object.keys(bob?.id_token ?? {})).toHaveLength(3);
  });

  test.each([
    ['?name=codex-bob.json', ['codex-bob.json']],
    ['?name=nobody.json', []],
    ['?auth_index=0000000000000000', []],
  ])('%s narrows it', async (query, names) => {
    expect((await listed(query)).map(({ name }) => name)).toEqual(names);
  });

  test('is narrowed by the index it gave', async () => {
    const [, bob] = await listed();
    expect(await listed(`?auth_index=${bob?.auth_index}`)).toMatchObject([{ name: 'codex-bob.json' }]);
  });

  test.each([
    [
      { state: 'disabled', disabled: true },
      { status: 'disabled', disabled: true },
    ],
    [
      { state: 'cooling', coolingUntil: NOW + 60_000, reason: 'rate-limited' },
      {
        status: 'active',
        unavailable: true,
        status_message: 'rate-limited',
        next_retry_after: '2026-11-01T10:06:00.000Z',
      },
    ],
    [{ refresh: { state: 'refreshing' } }, { status: 'refreshing' }],
    [
      { refresh: { state: 'login-needed', reason: 'revoked' } },
      { status: 'error', status_message: 'log in again: revoked' },
    ],
    [
      { state: 'unusable', reason: 'of another program' },
      { status: 'unknown', unavailable: true, status_message: 'of another program' },
    ],
  ] as const)('tells of %j', async (more, shown) => {
    api.summaries = [summary('claude-ann.json', more as Partial<CredentialSummary>)];
    expect((await listed('?name=claude-ann.json'))[0]).toMatchObject(shown);
  });

  test('counts requests in twenty times ten minutes', async () => {
    const at = Date.parse('2026-11-01T09:50:00Z');
    api.summaries = [
      summary('claude-ann.json', { requests: { success: 3, failed: 1, recent: [{ at, success: 2, failed: 1 }] } }),
    ];
    const [ann] = await listed();
    expect(ann).toMatchObject({ success: 3, failed: 1 });
    expect(ann?.recent_requests).toHaveLength(20);
    expect(ann?.recent_requests.at(-2)).toMatchObject({ success: 2, failed: 1 });
    expect(ann?.recent_requests.at(-1)).toMatchObject({
      success: 0,
      failed: 0,
      time: expect.stringMatching(/^\d\d:\d\d-\d\d:\d\d$/),
    });
  });
});

describe('a download', () => {
  const download = (asked = {}) => api.ask(`${BASE}/download?name=claude-ann.json`, asked);

  test('over TCP has placeholders for every secret, and all else', async () => {
    const { text, body, headers } = await download();
    for (const secret of SECRETS) expect(text).not.toContain(secret);
    expect(body).toMatchObject({
      type: 'claude',
      email: 'ann@example.test',
      headers: { 'User-Agent': 'mine' },
      priority: 10,
    });
    expect(headers.get('content-disposition')).toBe('attachment; filename="claude-ann.json"');
    expect((await download()).text).toBe(text);
  });

  test('has the secrets over the local socket, and where the config allows it', async () => {
    expect((await download({ peer: undefined })).body).toEqual(ANN);
    start('remote-management: {secret-key: hash-of-test-management-key, allow-credential-download: true}');
    expect((await download()).body).toEqual(ANN);
  });

  test.each([
    ['', 400, 'invalid name'],
    ['?name=..%2Fconfig.json', 400, 'invalid name'],
    ['?name=a%5Cb.json', 400, 'invalid name'],
    ['?name=config.yaml', 400, 'name must end with .json'],
    ['?name=nobody.json', 404, 'file not found'],
  ])('of %s is %i %s', async (query, status, error) => {
    expect(await api.ask(`${BASE}/download${query}`)).toMatchObject({ status, body: { error } });
  });

  test('of a file that cannot be read says why', async () => {
    api.problems.set('codex-bob.json', 'it is encrypted');
    expect(await api.ask(`${BASE}/download?name=codex-bob.json`)).toMatchObject({
      status: 500,
      body: { error: 'failed to read file: it is encrypted' },
    });
  });

  test('comes back unchanged', async () => {
    const { text } = await download();
    expect(await api.ask(`${BASE}?name=claude-ann.json`, { method: 'POST', body: text })).toMatchObject({
      status: 200,
    });
    expect(api.files.get('claude-ann.json')).toEqual(ANN);
  });

  test('comes back with changes of what is no secret', async () => {
    const fields = JSON.parse((await download()).text);
    await upload({
      'claude-ann.json': JSON.stringify({
        ...fields,
        note: 'mine',
        headers: { ...fields.headers, 'User-Agent': 'yours' },
      }),
    });
    expect(api.files.get('claude-ann.json')).toEqual({
      ...ANN,
      note: 'mine',
      headers: { ...ANN.headers, 'User-Agent': 'yours' },
    });
  });
});

describe('placeholders', () => {
  const masked = async (): Promise<Record<string, unknown>> =>
    (await api.ask(`${BASE}/download?name=claude-ann.json`)).body as Record<string, unknown>;
  const send = (name: string, fields: unknown) =>
    api.ask(`${BASE}?name=${name}`, { method: 'POST', body: JSON.stringify(fields) });

  test.each(['base_url', 'token_endpoint', 'token_uri', 'enterprise_domain', 'type'])(
    'send no stored secret to a new place: %s',
    async (name) => {
      expect(await send('claude-ann.json', { ...(await masked()), [name]: 'https://evil.example' })).toMatchObject({
        status: 422,
      });
      expect(api.files.get('claude-ann.json')).toEqual(ANN);
    },
  );

  test('stand for nothing in another file, at another place, or within a text', async () => {
    const { access_token: token, refresh_token: refresh } = await masked();
    for (const [name, fields] of [
      ['new.json', { type: 'claude', access_token: token }],
      ['codex-bob.json', { ...BOB, access_token: token }],
      ['claude-ann.json', { ...ANN, access_token: refresh }],
      ['claude-ann.json', { ...ANN, note: token }],
      ['claude-ann.json', { ...ANN, access_token: `Bearer ${String(token)}` }],
    ] as const) {
      expect(await send(name, fields)).toMatchObject({
        status: 400,
        body: { error: expect.stringContaining('placeholder') },
      });
    }
    expect([...api.files]).toEqual([
      ['claude-ann.json', ANN],
      ['codex-bob.json', BOB],
    ]);
  });

  test('are taken back by a change of single members', async () => {
    const { headers } = await masked();
    const body = { name: 'claude-ann.json', headers: { ...(headers as object), 'X-New': 'new' } };
    expect(await api.ask(`${BASE}/fields`, { method: 'PATCH', body })).toMatchObject({ status: 200 });
    expect(api.files.get('claude-ann.json')).toEqual({ ...ANN, headers: { ...ANN.headers, 'X-New': 'new' } });
  });
});

describe('an upload', () => {
  const NEW = JSON.stringify({ type: 'claude', access_token: 'new' });

  test('of one file', async () => {
    expect(await upload({ 'new.json': NEW })).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(api.files.get('new.json')).toEqual({ type: 'claude', access_token: 'new' });
  });

  test('of several', async () => {
    expect((await upload({ 'a.json': NEW, 'b.json': NEW })).body).toEqual({
      status: 'ok',
      uploaded: 2,
      files: ['a.json', 'b.json'],
    });
  });

  test('of several, some of no use', async () => {
    const { status, body } = await upload({ 'a.json': NEW, 'b.txt': NEW, 'c.json': '[]', 'd.json': '{"no":"type"}' });
    expect(status).toBe(207);
    expect(body).toMatchObject({
      status: 'partial',
      uploaded: 1,
      files: ['a.json'],
      failed: [{ name: 'b.txt', error: 'file must be .json' }, { name: 'c.json' }, { name: 'd.json' }],
    });
  });

  test.each([
    { name: 'nothing', files: {}, status: 400, error: 'no files uploaded' },
    { name: 'another kind', files: { 'a.txt': NEW }, status: 400, error: 'file must be .json' },
    { name: 'a path', files: { '../a.json': NEW }, status: 400, error: 'invalid name' },
    { name: 'no JSON', files: { 'a.json': 'sk-secret' }, status: 500, error: 'invalid auth file: it is not JSON' },
  ])('of $name is $status', async ({ files, status, error }) => {
    expect(await upload(files)).toMatchObject({ status, body: { error } });
    expect(api.files.size).toBe(2);
  });

  test.each([
    ['', 'invalid name'],
    ['..%2Fa.json', 'invalid name'],
    ['a.yaml', 'name must end with .json'],
  ])('under the name "%s" is refused', async (name, error) => {
    expect(await api.ask(`${BASE}?name=${name}`, { method: 'POST', body: NEW })).toMatchObject({
      status: 400,
      body: { error },
    });
  });
});

describe('a deletion', () => {
  const remove = (body: unknown, query = '') => api.ask(`${BASE}${query}`, { method: 'DELETE', body });

  test.each([
    { name: 'names', body: { names: ['claude-ann.json'] } },
    { name: 'a list', body: ['claude-ann.json'] },
    { name: 'a name', body: { name: 'claude-ann.json' } },
    { name: 'the query', body: undefined, query: '?name=claude-ann.json' },
  ])('by $name', async ({ body, query }) => {
    expect(await remove(body, query)).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect([...api.files.keys()]).toEqual(['codex-bob.json']);
  });

  test('of several tells which', async () => {
    expect((await remove({ names: ['claude-ann.json', 'codex-bob.json'] })).body).toEqual({
      status: 'ok',
      deleted: 2,
      files: ['claude-ann.json', 'codex-bob.json'],
    });
  });

  test('of several, one of them unknown', async () => {
    expect(await remove(undefined, '?name=claude-ann.json&name=nobody.json')).toMatchObject({
      status: 207,
      body: { status: 'partial', deleted: 1, failed: [{ name: 'nobody.json', error: 'auth file not found' }] },
    });
  });

  test.each(['true', '1', '*'])('of all by all=%s', async (all) => {
    expect((await remove(undefined, `?all=${all}`)).body).toEqual({ status: 'ok', deleted: 2 });
    expect(api.files.size).toBe(0);
  });

  test.each([
    [{ names: ['nobody.json'] }, 404, 'auth file not found'],
    [{ names: ['../config.json'] }, 400, 'invalid name'],
    [{ names: [] }, 400, 'invalid name'],
    [{}, 400, 'invalid name'],
    ['not json', 400, 'invalid name'],
  ])('of %j is %i', async (body, status, error) => {
    expect(await remove(body)).toMatchObject({ status, body: { error } });
    expect(api.files.size).toBe(2);
  });
});

describe('the status', () => {
  const set = (body: unknown) => api.ask(`${BASE}/status`, { method: 'PATCH', body });

  test('is written into the file, and nothing else', async () => {
    expect((await set({ name: 'claude-ann.json', disabled: true })).body).toEqual({ status: 'ok', disabled: true });
    expect(api.files.get('claude-ann.json')).toEqual({ ...ANN, disabled: true });
    await set({ name: 'claude-ann.json', disabled: false });
    expect(api.files.get('claude-ann.json')).toEqual({ ...ANN, disabled: false });
  });

  test('may name the file by its index', async () => {
    const [ann] = await listed();
    await set({ name: '', auth_index: ann?.auth_index, disabled: true });
    expect(api.files.get('claude-ann.json')).toMatchObject({ disabled: true });
  });

  test('of a key in the config is its exclusion of all models', async () => {
    api.summaries = [{ ...summary('x'), source: 'config', name: undefined, id: 'cafe' }];
    expect((await set({ name: 'cafe', disabled: true })).body).toEqual({
      status: 'ok',
      disabled: true,
      via: 'config:excluded-models',
      excluded_pattern: '*',
    });
    expect(api.updates).toEqual([{ id: 'cafe', disabled: true }]);
  });

  test.each([
    [{ disabled: true }, 400, 'name is required'],
    [{ name: 'claude-ann.json' }, 400, 'disabled is required'],
    [{ name: 'claude-ann.json', disabled: 'yes' }, 400, 'disabled is required'],
    [[], 400, 'invalid request body'],
    ['x', 400, 'invalid request body'],
    [{ name: 'nobody.json', disabled: true }, 404, 'auth file not found'],
  ])('by %j is %i', async (body, status, error) => {
    expect(await set(body)).toMatchObject({ status, body: { error } });
  });
});

describe('models', () => {
  test.each([
    ['?name=claude-ann.json', 200, { models: [{ id: 'my-model', display_name: 'my-model', type: 'claude' }] }],
    ['?name=nobody.json', 200, { models: [] }],
    ['', 400, { error: 'name is required' }],
  ])('of %s', async (query, status, body) => {
    expect(await api.ask(`${BASE}/models${query}`)).toMatchObject({ status, body });
  });
});
