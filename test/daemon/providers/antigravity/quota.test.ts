import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { openCatalog } from '../../../../src/daemon/models/catalog.js';
import { openHealth } from '../../../../src/daemon/pool/health.js';
import { openQuotaBook } from '../../../../src/daemon/pool/quota.js';
import { antigravityAccount } from '../../../../src/daemon/providers/antigravity/account.js';
import { listAntigravityModels } from '../../../../src/daemon/providers/antigravity/models.js';
import { readAntigravityQuota } from '../../../../src/daemon/providers/antigravity/quota.js';
import type { CredentialSummary } from '../../../../src/shared/contract/credentials.js';
import { NOW, openTestManagement } from '../../../support/management.js';
import { openRenewal, type Renewal } from '../../../support/oauth/renewal.js';
import { modelNamed } from '../../../support/provider.js';
import {
  ANTIGRAVITY_PROJECT,
  antigravityFile,
  callsOf,
  errorInfo,
  type FakeAntigravity,
  modelEntry,
  rpcError,
  startFakeAntigravity,
} from '../../../support/vendors/antigravity.js';

const RESETS_AT = Date.parse('2027-01-02T03:04:05Z');

let vendor: FakeAntigravity;
let renewal: Renewal;
beforeEach(async () => {
  vendor = await startFakeAntigravity();
  renewal = openRenewal(vendor.endpoints);
});
afterEach(async () => {
  await renewal.close();
  await vendor.close();
});

const list = (models: JsonObject, more: JsonObject = {}): void => {
  vendor.models = { status: 200, body: { models, ...more } };
};
const read = (more: JsonObject = {}) => readAntigravityQuota(antigravityFile(more), renewal.context);

describe('the quota', () => {
  test('is what is left of each model', async () => {
    list({ 'gemini-3-flash': modelEntry(0.75, { displayName: 'Gemini 3 Flash' }) });
    expect(await read()).toEqual({
      windows: [
        {
          id: 'gemini-3-flash',
          title: 'Gemini 3 Flash',
          usedPercent: 25,
          exhausted: false,
          models: 'gemini-3-flash',
          resetsAt: RESETS_AT,
        },
      ],
      source: 'usage-call',
      at: renewal.clock.now(),
      isComplete: true,
    });
    expect(vendor.seen.at(-1)?.body).toEqual({ project: ANTIGRAVITY_PROJECT });
  });

  test.each<{ name: string; quotaInfo: JsonObject | undefined; used: number | undefined }>([
    {
      name: 'nothing said but the reset, which is a zero left out',
      quotaInfo: { resetTime: '2027-01-02T03:04:05Z' },
      used: 100,
    },
    { name: 'nothing said at all', quotaInfo: {}, used: undefined },
    { name: 'no quota', quotaInfo: undefined, used: undefined },
    { name: 'a text', quotaInfo: { remainingFraction: '0.5' }, used: 50 },
    { name: 'a zero', quotaInfo: { remainingFraction: 0 }, used: 100 },
  ])('with $name is $used % used', async ({ quotaInfo, used }) => {
    list({ 'claude-sonnet-4-6': modelEntry(1, { quotaInfo }) });
    const { windows } = await read();
    expect(windows[0]?.usedPercent).toBe(used);
    expect(windows[0]?.exhausted).toBe(used === undefined ? undefined : used === 100);
  });

  test('leaves out what is no model of a client', async () => {
    const ids = ['gemini-3-flash', 'claude-a', 'gpt-a', 'imagen-a', 'chat_20706', 'tab_flash', 'rev19'];
    list(Object.fromEntries(ids.map((id) => [id, modelEntry(1)])));
    expect((await read()).windows.map(({ id }) => id)).toEqual(ids.slice(0, 4));
  });

  test('is asked of the other host where the first has trouble, of whatever kind', async () => {
    let asked = 0;
    const answers = [rpcError(500, 'internal'), vendor.models];
    Object.defineProperty(vendor, 'models', { get: () => answers[Math.min(asked++, 1)] });
    expect((await read()).windows).toHaveLength(1);
    expect(callsOf(vendor)).toEqual(['daily fetchAvailableModels', 'main fetchAvailableModels']);
  });

  test('that cannot be read is told without the token', async () => {
    vendor.models = rpcError(429, `slow down, ya29.antigravity-test`, [errorInfo('RATE_LIMIT_EXCEEDED')]);
    await expect(read()).rejects.toMatchObject({
      code: 'quota_unavailable',
      message: 'Antigravity does not tell the quota: slow down, *** (HTTP 429)',
    });
  });

  test('shows purchased credits to those who let them be spent', async () => {
    const credit = { creditType: 'GOOGLE_ONE_AI', creditAmount: '120', minimumCreditAmountForUsage: '50' };
    vendor.account = { paidTier: { id: 'g1-pro', availableCredits: [credit] } };
    const titlesOf = async (more: JsonObject) => (await read(more)).windows.map(({ title }) => title);
    expect(await titlesOf({})).toEqual(['A model']);
    expect(await titlesOf({ paid_credits: true })).toEqual(['A model', 'credits GOOGLE_ONE_AI: 120 left']);
  });
});

describe('an account that Google refuses', () => {
  const spent = (now: number, known: Awaited<ReturnType<typeof read>> | undefined) =>
    antigravityAccount.open(antigravityFile(), renewal.context).spent?.(modelNamed('gemini-3-flash'), now, known);

  test('rests for five minutes, and no longer', async () => {
    vendor.models = rpcError(403, 'This service has been disabled in this account.');
    const facts = await read();
    const now = renewal.clock.now();
    expect(facts.windows).toMatchObject([{ exhausted: true, resetsAt: now + 300_000 }]);
    expect(spent(now + 1_000, facts)).toMatchObject({ reason: 'forbidden', status: 403, retryAfterMs: 299_000 });
    expect(spent(now + 300_000, facts)).toBeUndefined();
    expect(spent(now, undefined)).toBeUndefined();
  });

  test('is used again as soon as Google answers', async () => {
    const book = openQuotaBook(openHealth());
    vendor.models = rpcError(403, 'no');
    book.note('a', await read());
    expect(spent(renewal.clock.now(), book.of('a'))).toBeDefined();
    list({ 'gemini-3-flash': modelEntry(1) });
    book.note('a', await read());
    expect(book.of('a')?.windows.map(({ id }) => id)).toEqual(['gemini-3-flash']);
    expect(spent(renewal.clock.now(), book.of('a'))).toBeUndefined();
  });
});

describe('the models', () => {
  const models = () => listAntigravityModels(antigravityFile(), renewal.context);

  test('are those of the account, with what the list says of each', async () => {
    list(
      {
        'gemini-3-flash': modelEntry(1, { displayName: 'Gemini 3 Flash', supportsVideo: true }),
        'gpt-oss-120b-medium': modelEntry(1, { supportsImages: false, maxTokens: '114000', maxOutputTokens: 0 }),
        chat_20706: modelEntry(1),
        tab_flash: modelEntry(1),
        'a b': modelEntry(1),
      },
      { webSearchModelIds: ['gemini-3-flash'] },
    );
    const [flash, oss, ...others] = await models();
    expect(others).toEqual([]);
    expect(flash).toMatchObject({
      id: 'gemini-3-flash',
      displayName: 'Gemini 3 Flash',
      contextTokens: 1_048_576,
      maxOutputTokens: 65_536,
      inputModalities: ['text', 'image', 'video'],
      traits: new Set(['gemini-3', 'web-search']),
    });
    expect(oss).toMatchObject({ id: 'gpt-oss-120b-medium', contextTokens: 114_000, inputModalities: ['text'] });
    expect(oss).not.toHaveProperty('maxOutputTokens');
    expect(oss).not.toHaveProperty('thinking');
  });

  test('think as the catalogue has it', async () => {
    const known = openCatalog().list('antigravity');
    list(Object.fromEntries(known.map(({ id }) => [id, modelEntry(1)])));
    const thinking = (listed: Awaited<ReturnType<typeof models>>) =>
      listed.map(({ id, thinking, traits }) => [id, thinking, traits.has('gemini-3')]);
    expect(thinking(await models())).toEqual(thinking(known));
  });

  test.each([
    { name: 'refused', answer: rpcError(403, 'no') },
    { name: 'empty', answer: { status: 200, body: { models: {} } } },
  ])('of a list that is $name are not known', async ({ answer }) => {
    vendor.models = answer;
    await expect(models()).rejects.toMatchObject({ code: 'models_unavailable' });
  });
});

describe('the route of web UIs', () => {
  const PATH = '/v0/management/antigravity-quota';
  const summary = (id: string, more: Partial<CredentialSummary> = {}): CredentialSummary => ({
    id,
    provider: 'antigravity',
    label: id,
    source: 'file',
    name: `${id}.json`,
    email: 'ann@example.com',
    disabled: false,
    priority: 0,
    weight: 1,
    models: 1,
    state: 'ready',
    ...more,
  });

  test('lists every login with what is left of its models', async () => {
    const windows = [
      { id: 'm', title: 'M', usedPercent: 25.5, models: 'm', resetsAt: RESETS_AT, exhausted: false },
      { id: 'credits', title: 'credits: 5 left', usedPercent: 0 },
    ];
    const forbidden = [{ id: 'access', title: 'access', usedPercent: 100, exhausted: true, resetsAt: RESETS_AT }];
    const api = openTestManagement({
      async quota({ id = '' }) {
        const quota = { credential: id, label: id, provider: 'antigravity', at: NOW };
        if (id === 'c') return [{ ...quota, at: undefined, windows: [], error: 'Antigravity is off' }];
        return [{ ...quota, windows: id === 'a' ? windows : forbidden }];
      },
    });
    api.summaries = [
      summary('a'),
      summary('b'),
      summary('c', { state: 'disabled' }),
      summary('d', { state: 'unusable' }),
      summary('e', { provider: 'kiro' }),
    ];
    const { status, body } = await api.ask(PATH);
    expect(status).toBe(200);
    const told = { email: 'ann@example.com', is_forbidden: false, last_updated: '2026-11-01T10:05:00Z' };
    expect(body).toEqual([
      {
        ...told,
        account_id: 'a.json',
        models: [
          {
            name: 'm',
            display_name: 'M',
            remaining_fraction: 0.745,
            remaining_percent: 74.5,
            reset_time: '2027-01-02T03:04:05Z',
          },
        ],
      },
      { ...told, account_id: 'b.json', is_forbidden: true, models: [] },
      { ...told, account_id: 'c.json', last_updated: null, models: [], error: 'Antigravity is off' },
    ]);
  });

  test('is an empty list without logins, and nobody’s without a key', async () => {
    const api = openTestManagement();
    expect((await api.ask(PATH)).body).toEqual([]);
    expect((await api.ask(PATH, { key: undefined })).status).toBe(401);
  });
});
