import { describe, expect, test } from 'vitest';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { kiloAccount } from '../../../../src/daemon/providers/kilo/account.js';
import { openKiloAccount } from '../../../../src/daemon/providers/kilo/account-upstream.js';
import { accountContext, sendThrough, sideCalls } from '../../../support/accounts.js';
import { unsignedJwt } from '../../../support/oauth/grants.js';
import { type Ask, modelNamed } from '../../../support/provider.js';
import { kiloFile } from '../../../support/vendors/kilo.js';

const HOUR = 60 * 60_000;
const open = (fields: JsonObject = {}, context = accountContext()) => openKiloAccount(kiloFile(fields), context);
const send = (ask: Ask, dialect = 'openai-chat', fields: JsonObject = {}) => sendThrough(open(fields), dialect, ask);
const THINKS = { thinking: { zeroAllowed: true, dynamicAllowed: true, levels: ['high'] as const } };

describe('the file', () => {
  test('is read as the official client and other gateways write it', () => {
    const exp = 1_800_000_000;
    const token = unsignedJwt({ exp });
    expect(kiloAccount.read(kiloFile({ kilocodeToken: token }))).toEqual({
      label: 'ann@example.com',
      canRefresh: false,
      refreshLeadMs: 0,
      expiresAt: exp * 1000,
      tokenId: expect.stringMatching(/^\w{16}$/),
    });
    const other = { type: 'kilo', access_token: 'opaque', organization_id: 'org-1' };
    expect(kiloAccount.read(other)).toMatchObject({ label: 'Kilo login, org-1' });
    expect(kiloAccount.read(other)).not.toHaveProperty('expiresAt');
  });

  test.each([{}, { kilocodeToken: '' }, { kilocodeToken: 'a\r\nb: c' }])(
    'without a usable token is none: %o',
    (more) => {
      expect(() => kiloAccount.read({ type: 'kilo', ...more })).toThrow('kilocodeToken');
    },
  );
});

test('the file names no organisation that would break a header', () => {
  expect(() => kiloAccount.read(kiloFile({ kilocodeOrganizationId: 'a\r\nx: y' }))).toThrow('kilocodeOrganizationId');
});

describe('a token that begins with an address', () => {
  test.each([
    { token: 'https://eu.kilo.ai/api/openrouter:abc', url: 'https://eu.kilo.ai/api/gateway/chat/completions' },
    { token: 'https://kilo.ai:8443:abc', url: 'https://kilo.ai:8443/api/gateway/chat/completions' },
    { token: 'https://evil.example/api:abc', url: 'https://api.kilo.ai/api/gateway/chat/completions' },
    { token: 'https://kilo.ai.evil.example:abc', url: 'https://api.kilo.ai/api/gateway/chat/completions' },
    { token: 'https://evilkilo.ai:abc', url: 'https://api.kilo.ai/api/gateway/chat/completions' },
    { token: 'https://u:p@kilo.ai/x:abc', url: 'https://api.kilo.ai/api/gateway/chat/completions' },
    { token: 'http://kilo.ai:abc', url: 'https://api.kilo.ai/api/gateway/chat/completions' },
  ])('$token is sent to $url, whole', ({ token, url }) => {
    const sent = send({ body: {} }, 'openai-chat', { kilocodeToken: token });
    expect(sent.url).toBe(url);
    expect(sent.headers['authorization']).toBe(`Bearer ${token}`);
  });

  test('does not win over the operator', () => {
    const fields = { kilocodeToken: 'https://eu.kilo.ai/x:abc' };
    const context = accountContext({ upstreamUrl: 'https://company.example/kilo/' });
    const sent = sendThrough(openKiloAccount(kiloFile(fields), context), 'openai-chat', { body: {} });
    expect(sent.url).toBe('https://company.example/kilo/chat/completions');
  });
});

describe('headers', () => {
  test('name us and nobody else, and no payer unless one was chosen', () => {
    const { headers } = send({ body: {}, client: { 'x-kilocode-feature': 'x', 'x-kilocode-machineid': 'y' } });
    expect(headers['user-agent']).toMatch(/^cliproxyctl\//);
    expect(headers['x-kilocode-editorname']).toBe('cliproxyctl');
    for (const name of ['organizationid', 'feature', 'machineid', 'taskid', 'mode']) {
      expect(headers).not.toHaveProperty(`x-kilocode-${name}`);
    }
    const paid = send({ body: {} }, 'openai-chat', { kilocodeOrganizationId: 'org-1' });
    expect(paid.headers['x-kilocode-organizationid']).toBe('org-1');
  });

  test('have a task id that is the conversation’s, and tells nothing of it', () => {
    const ids = ['ann@example.com', 'ann@example.com', 'other'].map(
      (sessionKey) => send({ body: {}, sessionKey }).headers['x-kilocode-taskid'],
    );
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  test.each([
    { model: 'kilo-auto/frontier', mode: 'architect', sent: 'architect' },
    { model: 'kilo-auto/frontier', mode: 'made-up', sent: undefined },
    { model: 'a/b', mode: 'code', sent: undefined },
  ])('pass the mode $mode on to $model: $sent', ({ model, mode, sent }) => {
    const { headers } = send({ body: {}, model: { id: model }, client: { 'x-kilocode-mode': mode } });
    expect(headers['x-kilocode-mode']).toBe(sent);
  });
});

describe('body', () => {
  test.each<{ name: string; given: JsonObject; expected: JsonObject; model?: Ask['model']; fields?: JsonObject }>([
    {
      name: 'an effort is OpenRouter’s',
      given: { reasoning_effort: 'high' },
      model: THINKS,
      expected: { reasoning: { effort: 'high' } },
    },
    {
      name: 'what is set beside the effort stays',
      given: { reasoning: { exclude: true }, reasoning_effort: 'high' },
      model: THINKS,
      expected: { reasoning: { exclude: true, effort: 'high' } },
    },
    { name: 'none goes to a model that does not think', given: { reasoning: { effort: 'high' } }, expected: {} },
    {
      name: 'none goes to a model that chooses itself',
      given: { reasoning: { effort: 'high' } },
      model: { id: 'kilo-auto/small', userDefined: true },
      expected: { model: 'kilo-auto/small' },
    },
    { name: 'one name for the limit', given: { max_completion_tokens: 9 }, expected: { max_tokens: 9 } },
    { name: 'the given limit wins', given: { max_completion_tokens: 9, max_tokens: 8 }, expected: { max_tokens: 8 } },
    {
      name: 'privacy wins over the client',
      given: { provider: { order: ['x'], data_collection: 'allow' } },
      fields: { data_collection: 'deny' },
      expected: { provider: { order: ['x'], data_collection: 'deny' } },
    },
    {
      name: 'no choice of tools that are gone',
      given: { tools: [{ type: 'web_search' }], tool_choice: 'auto' },
      expected: {},
    },
  ])('$name', ({ given, expected, model = {}, fields = {} }) => {
    const sent = send({ body: given, model }, 'openai-chat', fields);
    expect(sent.body).toEqual({ model: 'm-1', ...expected });
  });

  const NATIVE = { endpoints: ['/responses', '/messages', '/chat/completions'] };
  const INPUT = [
    { type: 'item_reference', id: 'rs_1' },
    { type: 'message', id: 'msg_1', role: 'user', content: 'x' },
    'odd',
  ];

  test.each([
    { store: false, expected: [{ type: 'message', role: 'user', content: 'x' }, 'odd'] },
    { store: undefined, expected: [{ type: 'message', role: 'user', content: 'x' }, 'odd'] },
    { store: true, expected: INPUT },
  ])('items of Responses name nothing that is not stored: $store', ({ store, expected }) => {
    const body = { input: INPUT, ...(store === undefined ? {} : { store }) };
    expect(send({ body, model: NATIVE }, 'openai-responses').body['input']).toEqual(expected);
  });

  test('privacy is chat’s: no other interface is used with it', () => {
    const model = NATIVE;
    expect(send({ body: {}, model }, 'anthropic-messages').url).toMatch(/\/messages$/);
    const kept = send({ body: {}, model }, 'anthropic-messages', { data_collection: 'deny' });
    expect(kept.url).toMatch(/\/chat\/completions$/);
  });

  test('betas of Anthropic’s own logins and clients do not travel', () => {
    const client = { 'anthropic-beta': 'oauth-2025-04-20,claude-code-20250219,fine-grained-1' };
    const { headers } = send({ body: {}, model: NATIVE, client }, 'anthropic-messages');
    expect(headers).toMatchObject({ 'anthropic-beta': 'fine-grained-1', 'anthropic-version': '2023-06-01' });
  });
});

describe('failures', () => {
  const judge = (failure: Partial<FailureFacts>, upstream = open()) => {
    const facts: FailureFacts = { reason: 'server', message: 'no', ...failure };
    const explained = upstream.explain?.(facts, {}, 0) ?? facts;
    return { explained, verdict: upstream.classify?.(explained) };
  };

  test.each([
    {
      name: 'an empty balance',
      failure: { status: 402 },
      blame: 'credential-model',
      cooldownMs: 10 * 60_000,
      is: 'quota',
    },
    {
      name: 'a model that is not allowed',
      failure: { status: 403, body: '{"error":{"message":"no","code":403}}' },
      blame: 'credential-model',
      cooldownMs: 12 * HOUR,
      is: 'forbidden',
    },
    {
      name: 'a spent promotion',
      failure: {
        status: 401,
        body: '{"error":{"message":"x","code":401},"error_type":"PROMOTION_MODEL_LIMIT_REACHED"}',
      },
      blame: 'credential-model',
      cooldownMs: HOUR,
      is: 'rate-limit',
    },
  ])('$name is the matter of a model', ({ failure, blame, cooldownMs, is }) => {
    const { explained, verdict } = judge(failure);
    expect(explained.reason).toBe(is);
    expect(verdict).toMatchObject({ blame, cooldownMs, next: 'next-credential' });
  });

  test.each(['PAID_MODEL_AUTH_REQUIRED', undefined])('401 with code %s means a new login', (code) => {
    const { explained, verdict } = judge({ status: 401, ...(code === undefined ? {} : { code }) });
    expect(explained).toMatchObject({ reason: 'auth', message: expect.stringContaining('cliproxyctl login kilo') });
    expect(verdict).toBeUndefined();
  });

  test('a rate limit without a time rests its model, longer each time, until an answer is good', () => {
    const context = accountContext();
    const upstream = open({}, context);
    const rest = (id: string) => {
      const failure: FailureFacts = { reason: 'rate-limit', status: 429, message: 'no' };
      return upstream.explain?.(failure, {}, 0, modelNamed(id)).retryAfterMs;
    };
    const rests = Array.from({ length: 8 }, () => {
      const ms = rest('a/b') ?? 0;
      context.clock.advance(ms);
      return ms / 1000;
    });
    expect(rests).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
    expect(rest('c/d')).toBe(5_000);
    upstream.worked?.(modelNamed('a/b'));
    expect(rest('a/b')).toBe(5_000);
    context.clock.advance(2_000);
    // A second request that was under way at the time is the same refusal.
    expect(rest('a/b')).toBe(3_000);
  });

  test('a rate limit that names its time is believed', () => {
    expect(judge({ reason: 'rate-limit', status: 429, retryAfterMs: 7_000 }).explained.retryAfterMs).toBe(7_000);
  });

  test('a bot check in front of Kilo is nobody’s model', () => {
    expect(judge({ status: 403, body: '<html>' }).verdict).toBeUndefined();
  });

  test('a promotion that stays spent rests longer each time', () => {
    const context = accountContext();
    const upstream = open({}, context);
    const wait = () => {
      const { explained } = judge({ status: 401, code: 'PROMOTION_MODEL_LIMIT_REACHED' }, upstream);
      const { retryAfterMs = 0 } = explained;
      return retryAfterMs;
    };
    const waits = [];
    for (let count = 0; count < 7; count++) {
      waits.push(wait() / HOUR);
      context.clock.advance((waits.at(-1) ?? 0) * HOUR + 1);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 24, 24]);
    context.clock.advance(48 * HOUR);
    expect(wait()).toBe(HOUR);
    // A second request that was under way at the time is the same refusal.
    expect(wait()).toBe(HOUR);
  });

  test('fresh figures of the balance let paid models go on', () => {
    const upstream = open();
    const paid = modelNamed('a/b');
    judge({ status: 402 }, upstream);
    expect(upstream.spent?.(paid, 1, undefined)).toMatchObject({ status: 402 });
    expect(upstream.spent?.(modelNamed('a/b:free'), 1, undefined)).toBeUndefined();
    expect(upstream.spent?.(paid, 10 * 60_000, undefined)).toBeUndefined();
    const facts = (balance: boolean, at: number) => ({
      windows: [{ id: 'balance', title: 'balance', usedPercent: 0, exhausted: balance }],
      source: 'usage-call' as const,
      at,
    });
    expect(upstream.spent?.(paid, 1, facts(false, 1))).toBeUndefined();
    expect(upstream.spent?.(paid, 1, facts(false, -1))).toMatchObject({ status: 402 });
    expect(upstream.spent?.(paid, 1, facts(true, 1))).toMatchObject({ status: 402 });
    upstream.reset?.();
    expect(upstream.spent?.(paid, 1, facts(true, 1))).toBeUndefined();
  });
});

describe('without a login', () => {
  const ANONYMOUS = { kilocodeToken: '', anonymous: true, email: '' };
  const anonymous = () => open(ANONYMOUS);
  const judge = (failure: FailureFacts) => {
    const upstream = anonymous();
    const explained = upstream.explain?.(failure, {}, 0) ?? failure;
    return { explained, verdict: upstream.classify?.(explained) };
  };

  test('nothing is sent that could be one', () => {
    const { headers } = send({ body: {}, sessionKey: 's1' }, 'openai-chat', ANONYMOUS);
    expect(Object.keys(headers).filter((name) => /auth|org|task/.test(name))).toEqual([]);
    expect(headers['user-agent']).toMatch(/^cliproxyctl\//);
  });

  test('only what is free is offered', async () => {
    const data = [{ id: 'a/b', pricing: { prompt: '1', completion: '1' } }, { id: 'a/b:free' }];
    const { http, calls } = sideCalls({ '/api/gateway/models': () => ({ body: { data } }) });
    const models = await kiloAccount.listModels?.(kiloFile(ANONYMOUS), accountContext({}, { http }));
    expect(models?.map(({ id }) => id)).toEqual(['a/b:free']);
    expect(calls[0]?.headers).not.toHaveProperty('authorization');
  });

  test('a limit is that of the address: all models rest', () => {
    const { verdict } = judge({ reason: 'rate-limit', status: 429, message: 'no' });
    expect(verdict).toEqual({ blame: 'credential', next: 'next-credential', cooldownMs: 5_000 });
  });

  test('a model that costs wants a login, and says so', () => {
    const { explained, verdict } = judge({
      reason: 'auth',
      status: 401,
      code: 'PAID_MODEL_AUTH_REQUIRED',
      message: 'no',
    });
    expect(explained).toMatchObject({ status: 403, message: expect.stringContaining('cliproxyctl login kilo') });
    expect(verdict).toMatchObject({ blame: 'credential-model' });
  });

  test('there is no balance to ask for', async () => {
    expect(anonymous().askQuota).toBeUndefined();
    await expect(kiloAccount.readQuota?.(kiloFile(ANONYMOUS), accountContext())).rejects.toThrow('no balance');
  });

  test('a file that has lost its token is not taken for that', () => {
    expect(() => kiloAccount.read(kiloFile({ kilocodeToken: '' }))).toThrow('kilocodeToken');
  });
});

describe('the balance', () => {
  test.each([
    { balance: 4.2, window: { title: 'balance $4.20', usedPercent: 0, exhausted: false } },
    { balance: 0, window: { title: 'balance $0.00', usedPercent: 100, exhausted: true } },
  ])('of $balance dollars is asked of whoever pays', async ({ balance, window }) => {
    const { http, calls } = sideCalls({ '/api/profile/balance': () => ({ body: { balance } }) });
    const file = kiloFile({ kilocodeOrganizationId: 'org-1' });
    const facts = await kiloAccount.readQuota?.(file, accountContext({}, { http }));
    expect(facts?.windows).toEqual([{ id: 'balance', ...window }]);
    expect(calls[0]?.headers).toMatchObject({ 'x-kilocode-organizationid': 'org-1' });
  });

  test('that is not told is said, without the token', async () => {
    const file = kiloFile();
    const { http } = sideCalls({
      '/api/profile/balance': () => ({ status: 401, body: { error: { message: `bad ${file['kilocodeToken']}` } } }),
    });
    const error = await kiloAccount.readQuota?.(file, accountContext({}, { http })).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'quota_unavailable' });
    expect(String(error)).not.toContain(file['kilocodeToken']);
  });
});

describe('the organisation that pays', () => {
  const PATH = '/api/profile';
  const file = { kilocodeOrganizationId: 'org-1' };
  const profile = (...ids: string[]) => ({ body: { organizations: ids.map((id) => ({ id, name: id })) } });

  test('is checked once', async () => {
    const { http, calls } = sideCalls({ [PATH]: () => profile('org-0', 'org-1') });
    const upstream = open(file, accountContext({}, { http }));
    expect(await Promise.all([upstream.ready?.(), upstream.ready?.()])).toEqual([undefined, undefined]);
    expect(upstream.ready?.()).toBeUndefined();
    expect(calls).toHaveLength(1);
  });

  test('that is gone keeps requests back, and is looked for again', async () => {
    let ids = ['org-0'];
    const { http, calls } = sideCalls({ [PATH]: () => profile(...ids) });
    const context = accountContext({}, { http });
    const upstream = open(file, context);
    expect(await upstream.ready?.()).toMatchObject({ status: 403, code: 'organization_gone' });
    expect(await upstream.ready?.()).toMatchObject({ code: 'organization_gone' });
    expect(calls).toHaveLength(1);
    ids = ['org-1'];
    context.clock.advance(10 * 60_000);
    expect(await upstream.ready?.()).toBeUndefined();
  });

  test.each([{ status: 500 }, { status: 401 }])('that cannot be asked for keeps nothing back: %o', async (answer) => {
    const { http, calls } = sideCalls({ [PATH]: () => answer });
    const upstream = open(file, accountContext({}, { http }));
    expect(await upstream.ready?.()).toBeUndefined();
    expect(upstream.ready?.()).toBeUndefined();
    expect(calls).toHaveLength(1);
  });

  test('is nobody for a personal account, and nothing is asked', () => {
    const { http, calls } = sideCalls({});
    expect(open({}, accountContext({}, { http })).ready?.()).toBeUndefined();
    expect(calls).toEqual([]);
  });
});

test('what cannot be renewed says so', async () => {
  expect(await kiloAccount.refresh(kiloFile(), accountContext())).toMatchObject({ kind: 'login-needed' });
});
