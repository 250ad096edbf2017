import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { openCatalog } from '../../../../src/daemon/models/catalog.js';
import { openHealth } from '../../../../src/daemon/pool/health.js';
import { openPoolState } from '../../../../src/daemon/pool/state.js';
import { antigravityAccount } from '../../../../src/daemon/providers/antigravity/account.js';
import { classifyAntigravity } from '../../../../src/daemon/providers/antigravity/errors.js';
import { baseUrlsOf, projectOf } from '../../../../src/daemon/providers/antigravity/fields.js';
import { openProject } from '../../../../src/daemon/providers/antigravity/project.js';
import { accountSettingsOf } from '../../../../src/daemon/runtime/account-settings.js';
import { openAccountCompiler } from '../../../../src/daemon/runtime/accounts.js';
import { compileSnapshot } from '../../../../src/daemon/runtime/compile.js';
import { summariseCredential } from '../../../../src/daemon/runtime/describe.js';
import { explainRoute } from '../../../../src/daemon/runtime/explain.js';
import { parseConfig, requireConfig } from '../../../../src/shared/config/load.js';
import { accountContext, sideCalls } from '../../../support/accounts.js';
import { configOf } from '../../../support/runtime.js';
import { antigravityFile } from '../../../support/vendors/antigravity.js';

const catalog = openCatalog();
const CLOCK = { now: () => 0, sleep: () => Promise.resolve() };

function compiled(yaml: string, fields: JsonObject = antigravityFile()) {
  const { http } = sideCalls({});
  const compiler = openAccountCompiler({
    providers: [antigravityAccount],
    catalog,
    http,
    clock: CLOCK,
    renew: async () => undefined,
  });
  return compiler.compile(configOf(yaml), [{ name: 'antigravity-ann@example.com.json', revision: '1', fields }]);
}

describe('a credential file', () => {
  test.each<{ name: string; more: JsonObject; expiresAt: number }>([
    { name: 'the instant', more: { expired: '2026-11-01T10:00:00Z' }, expiresAt: Date.parse('2026-11-01T10:00:00Z') },
    { name: 'the start and the length', more: { expired: undefined }, expiresAt: 4_070_905_200_000 + 3_599_000 },
    {
      name: 'the same as texts',
      more: { expired: 'true', timestamp: '1000000', expires_in: '60' },
      expiresAt: 1_060_000,
    },
    { name: 'nothing, which counts as ended', more: { expired: false, timestamp: undefined }, expiresAt: 1 },
    { name: 'no token, which counts as ended', more: { access_token: undefined }, expiresAt: 1 },
  ])('has its end by $name', ({ more, expiresAt }) => {
    expect(antigravityAccount.read(antigravityFile(more))).toMatchObject({ expiresAt, canRefresh: true });
  });

  test('without a refresh token cannot be renewed', () => {
    const { canRefresh } = antigravityAccount.read(antigravityFile({ refresh_token: undefined }));
    expect(canRefresh).toBe(false);
  });

  test.each<JsonObject>([{ access_token: undefined, refresh_token: undefined }, { access_token: 'a\r\nb' }])(
    'with tokens like %j is malformed',
    (more) => {
      expect(() => antigravityAccount.read(antigravityFile(more))).toThrow(/access_token/);
    },
  );

  test('whose project is none is malformed, and is not told with its value', () => {
    expect(() => projectOf({ project_id: 'a b\nsecret' })).toThrow(/^(?!.*secret).*"project_id"/);
  });
});

describe('the hosts', () => {
  const of = (fields: JsonObject, settings = {}) => baseUrlsOf(fields, accountContext(settings));
  test.each<{ name: string; fields?: JsonObject; settings?: object; urls: readonly string[] }>([
    {
      name: 'the vendor’s, the daily one first',
      urls: ['https://daily-cloudcode-pa.googleapis.com', 'https://cloudcode-pa.googleapis.com'],
    },
    {
      name: 'the file’s alone',
      fields: { base_url: 'https://a.example/' },
      settings: { upstreamUrl: 'https://b.example', endpoints: { api: 'https://c.example' } },
      urls: ['https://a.example'],
    },
    { name: 'that of oauth-upstream', settings: { upstreamUrl: 'https://b.example' }, urls: ['https://b.example'] },
    {
      name: 'the configured one alone',
      settings: { endpoints: { api: 'https://c.example' } },
      urls: ['https://c.example'],
    },
    {
      name: 'both that are configured',
      settings: { endpoints: { api: 'http://127.0.0.1:1', daily: 'http://127.0.0.1:2' } },
      urls: ['http://127.0.0.1:2', 'http://127.0.0.1:1'],
    },
  ])('are $name', ({ fields = {}, settings, urls }) => {
    expect(of(fields, settings)).toEqual(urls);
  });

  test('are never asked in clear text', () => {
    expect(() => of({ base_url: 'http://a.example' })).toThrow(/neither https/);
  });
});

describe('a project that the file does not name', () => {
  const { project_id: _, ...file } = antigravityFile();
  const CALL = '/v1internal:loadCodeAssist';

  test('is asked for once, by however many requests', async () => {
    const { http, calls } = sideCalls({ [CALL]: () => ({ body: { cloudaicompanionProject: 'p-1' } }) });
    const project = openProject(file, accountContext({}, { http }));
    expect(await Promise.all([project.ready(), project.ready()])).toEqual([undefined, undefined]);
    expect(project.id()).toBe('p-1');
    expect(project.ready()).toBeUndefined();
    expect(calls).toHaveLength(1);
  });

  test('that cannot be found is the credential’s trouble: another one is tried', async () => {
    const { http } = sideCalls({
      [CALL]: () => ({ status: 403, body: { error: { code: 403, message: `no\n${'x'.repeat(500)}` } } }),
    });
    const failure = await openProject(file, accountContext({}, { http })).ready();
    expect(failure).toMatchObject({
      status: 400,
      message: expect.stringMatching(/^antigravity auth missing project_id \(loadCodeAssist: no x{100,196}/),
    });
    if (failure === undefined) throw new Error('there is none');
    expect(classifyAntigravity(failure)).toEqual({ blame: 'credential', next: 'next-credential', cooldownMs: 60_000 });
  });

  test('that the token may not ask for is a matter of the login', async () => {
    const { http } = sideCalls({ [CALL]: () => ({ status: 401, body: {} }) });
    expect(await openProject(file, accountContext({}, { http })).ready()).toMatchObject({
      reason: 'auth',
      status: 401,
    });
  });
});

describe('the switch of the config', () => {
  const REASON = 'Antigravity is off: `antigravity.enabled: true` in the config switches it on';

  test('is off by default: the credential is there, and says why it is not used', () => {
    const [credential] = compiled('').credentials;
    if (credential === undefined) throw new Error('nothing came of it');
    expect(credential).toMatchObject({ disabled: true, disabledWhy: REASON });
    expect(summariseCredential(credential, openHealth(), 0)).toMatchObject({ state: 'disabled', reason: REASON });
  });

  test('on, it serves', () => {
    const [credential] = compiled('antigravity: {enabled: true}').credentials;
    expect(credential).toMatchObject({ disabled: false });
    expect(credential).not.toHaveProperty('disabledWhy');
  });

  test('does not speak for a file that is disabled itself', () => {
    const [credential] = compiled('', antigravityFile({ disabled: true })).credentials;
    expect(credential).toMatchObject({ disabled: true });
    expect(credential).not.toHaveProperty('disabledWhy');
  });

  test.each([
    { yaml: '', served: false, leftOut: [{ why: REASON }] },
    { yaml: 'antigravity: {enabled: true}', served: true, leftOut: [] },
  ])('is what an explained route says ("$yaml")', ({ yaml, served, leftOut }) => {
    const loaded = requireConfig(parseConfig(`api-keys: [k]\n${yaml}`, { path: '/home/me/config.yaml' }));
    const state = openPoolState();
    const { credentials } = compiled(yaml);
    const parts = { catalog, state, clock: CLOCK, random: () => 0 };
    const snapshot = compileSnapshot(loaded, parts, { accounts: { credentials, unusable: [] } });
    const told = explainRoute(snapshot, { model: 'claude-opus-4-6-thinking' }, 0);
    expect(told).toMatchObject({ served, leftOut });
  });
});

test.each([
  { yaml: 'antigravity: {oauth: {client-id: own, client-secret: s}}', id: 'own' },
  {
    yaml: 'oauth-clients: {antigravity: {client-id: first}}\nantigravity: {oauth: {client-id: own, client-secret: s}}',
    id: 'first',
  },
  { yaml: '', id: undefined },
])('the client is $id with $yaml', ({ yaml, id }) => {
  expect(accountSettingsOf(configOf(yaml), antigravityAccount).clientId).toBe(id);
});

test('models answer to their vendors’ names, too', () => {
  const [credential] = compiled('antigravity: {enabled: true}').credentials;
  const names = credential?.models.map(({ alias, model }) => `${alias}=${model.id}`);
  expect(names).toEqual(
    expect.arrayContaining([
      'claude-opus-4-6-thinking=claude-opus-4-6-thinking',
      'claude-opus-4-6=claude-opus-4-6-thinking',
      'gemini-3-flash=gemini-3-flash',
      'gemini-3-flash-preview=gemini-3-flash',
    ]),
  );
  expect(new Set(names).size).toBe(names?.length);
});
