import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../../src/daemon/ir/model.js';
import { openCatalog } from '../../../src/daemon/models/catalog.js';
import { toListed } from '../../../src/daemon/runtime/account-models.js';
import { openAccountCompiler, type StoredAccount } from '../../../src/daemon/runtime/accounts.js';
import { fakeAccountProvider } from '../../support/fake-account.js';
import { configOf } from '../../support/runtime.js';

const catalog = openCatalog();
const model = (id: string): ModelInfo => ({ id, userDefined: false, traits: new Set(['no-sampling'] as const) });
const MODELS = ['claude-opus-4-5-20251101', 'claude-haiku-4-5-20251001'].map(model).map(toListed);

const compiler = () =>
  openAccountCompiler({
    providers: [fakeAccountProvider()],
    catalog,
    http: { send: () => Promise.reject(new Error('no network')) },
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    renew: async () => undefined,
  });

const account = (fields: JsonObject = {}, more: Partial<StoredAccount> = {}): StoredAccount => ({
  name: 'acme-ann.json',
  revision: 'r1',
  fields: { type: 'acme', email: 'ann@example.com', access_token: 'at', api_url: 'http://127.0.0.1:9', ...fields },
  models: MODELS,
  ...more,
});

function compiled(fields: JsonObject, yaml = '') {
  const [credential] = compiler().compile(configOf(yaml), [account(fields)]).credentials;
  if (credential === undefined) throw new Error('nothing came of it');
  return credential;
}

describe('priority', () => {
  const CONFIGURED = 'oauth-provider-priority: { acme: 10 }';
  test.each<{ fields: JsonObject; yaml?: string; priority: number }>([
    { fields: { priority: 0 }, yaml: CONFIGURED, priority: 0 },
    { fields: {}, yaml: CONFIGURED, priority: 10 },
    { fields: { priority: '7' }, yaml: CONFIGURED, priority: 7 },
    { fields: { priority: -3 }, yaml: CONFIGURED, priority: -3 },
    { fields: { priority: 'high' }, yaml: CONFIGURED, priority: 10 },
    { fields: {}, priority: 0 },
  ])('$fields with $yaml is $priority', ({ fields, yaml, priority }) => {
    expect(compiled(fields, yaml).priority).toBe(priority);
  });
});

test('settings of the file count, in both spellings', () => {
  expect(
    compiled({
      weight: 3,
      prefix: '/team/',
      'proxy-url': 'http://proxy:8080',
      'disable-cooling': true,
      request_retry: 2,
      note: 'of the team',
      disabled: true,
      plan: 'max',
      expired: '2026-11-01T18:00:00+02:00',
    }),
  ).toMatchObject({
    weight: 3,
    prefix: 'team',
    proxyUrl: 'http://proxy:8080',
    disableCooling: true,
    requestRetry: 2,
    disabled: true,
    label: 'claude (ann@example.com)',
    account: { name: 'acme-ann.json', note: 'of the team', plan: 'max', expiresAt: Date.parse('2026-11-01T16:00:00Z') },
  });
});

test('what a setting cannot mean counts as absent', () => {
  const credential = compiled({ weight: 'much', prefix: 'a/b', request_retry: -1, disable_cooling: 'perhaps' });
  expect(credential.weight).toBe(1);
  expect(credential).not.toHaveProperty('prefix');
  expect(credential).not.toHaveProperty('requestRetry');
  expect(credential).not.toHaveProperty('disableCooling');
});

describe('models', () => {
  const names = (fields: JsonObject, yaml?: string) =>
    compiled(fields, yaml).models.map((offer) => [offer.alias, offer.model.id, offer.forceMapping]);
  const [opus = '', haiku = ''] = MODELS.map(({ id }) => id);

  test('are those the vendor lists, traits included', () => {
    expect(names({})).toEqual([
      [opus, opus, false],
      [haiku, haiku, false],
    ]);
    expect(compiled({}).models[0]?.model.traits.has('no-sampling')).toBe(true);
  });

  test('are those of the catalogue where no list is known', () => {
    const { models: _, ...plain } = account();
    const [credential] = compiler().compile(configOf(''), [plain]).credentials;
    expect(credential?.models.map((offer) => offer.model)).toEqual(catalog.list('claude'));
  });

  test('an alias takes the place of its model, a fork stands beside it, and the own one wins', () => {
    const yaml = `oauth-model-alias:
  acme:
    - { name: ${haiku}, alias: big }
    - { name: ${haiku}, alias: small, fork: true, force-mapping: true }`;
    expect(names({ model_aliases: [{ name: opus, alias: 'BIG' }] }, yaml)).toEqual([
      ['BIG', opus, false],
      [haiku, haiku, false],
      ['small', haiku, true],
    ]);
  });

  test('an alias may point to a short name, with a thinking suffix', () => {
    const [offer] = compiled({ model_aliases: [{ name: 'claude-opus-4-5(high)', alias: 'deep' }] }).models;
    expect(offer).toMatchObject({ alias: 'deep', model: { id: opus }, configuredSuffix: 'high' });
  });

  test('an alias of a model that no list has is offered too', () => {
    expect(names({ model_aliases: [{ name: 'acme-next', alias: 'next' }] }).at(-1)).toEqual([
      'next',
      'acme-next',
      false,
    ]);
  });

  test('are left out by the file and by the channel', () => {
    expect(names({ excluded_models: 'claude-opus*' })).toEqual([[haiku, haiku, false]]);
    expect(names({}, 'oauth-excluded-models: { acme: ["*haiku*"] }')).toEqual([[opus, opus, false]]);
    expect(compiled({ excluded_models: ['*'] }).disabled).toBe(true);
  });
});

test('rules of the file come before those of the channel', () => {
  const rule = (action: string) => ({ status: 429, match: ['slow'], action });
  const yaml = `oauth-request-scoped-errors: { acme: [{ status: 429, match: [slow], action: stop }] }`;
  const { rules } = compiled({ request_scoped_errors: [rule('continue')] }, yaml);
  expect(rules.map(({ action }) => action)).toEqual(['continue', 'stop']);
  expect(rules[0]?.matches('too slow')).toBe(true);
});

describe('files of no use', () => {
  test('are listed with the reason', () => {
    const { credentials, unusable } = compiler().compile(configOf(''), [
      account({ type: 'kimi' }, { name: 'kimi-1.json' }),
      account({ access_token: null }, { name: 'acme-broken.json' }),
      account(),
    ]);
    expect(credentials.map(({ account }) => account?.name)).toEqual(['acme-ann.json']);
    expect(unusable.map(({ name, reason }) => [name, reason])).toEqual([
      ['kimi-1.json', 'credentials of type kimi are not supported: kept, and left alone'],
      ['acme-broken.json', 'the credential file has no usable "access_token"'],
    ]);
  });
});

describe('compiled again', () => {
  test('one that came later is like one that stood there at the start', () => {
    const atStart = compiler().compile(configOf(''), [account()]).credentials[0];
    const later = compiler();
    later.compile(configOf(''), []);
    const { upstream: a, renew: b, ...added } = later.compile(configOf(''), [account()]).credentials[0] ?? {};
    const { upstream: c, renew: d, ...expected } = atStart ?? {};
    expect(added).toEqual({ ...expected, provider: expect.anything() });
    expect([a, b, c, d].every((each) => each !== undefined)).toBe(true);
  });

  test('only what has changed is built anew', () => {
    const config = configOf('');
    const compile = compiler();
    const bob = account({}, { name: 'acme-bob.json' });
    const before = compile.compile(config, [account(), bob]).credentials;
    const after = compile.compile(config, [
      account({ access_token: 'at-2' }, { revision: 'r2' }),
      { ...bob },
    ]).credentials;
    expect(after.map((credential, index) => credential === before[index])).toEqual([false, true]);
    expect(after[0]?.id).toBe(before[0]?.id);
  });

  test('another config keeps the upstream of an unchanged file, with its short-lived tokens', () => {
    const compile = compiler();
    const [before] = compile.compile(configOf(''), [account()]).credentials;
    const [after] = compile.compile(configOf('oauth-provider-priority: { acme: 5 }'), [account()]).credentials;
    expect(after?.priority).toBe(5);
    expect(after?.upstream).toBe(before?.upstream);
  });
});
