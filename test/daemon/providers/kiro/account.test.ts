import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { AccountContext } from '../../../../src/daemon/login/account-context.js';
import { openCatalog } from '../../../../src/daemon/models/catalog.js';
import { kiroAccount } from '../../../../src/daemon/providers/kiro/account.js';
import type { Upstream } from '../../../../src/daemon/providers/provider.js';
import { USER_AGENT } from '../../../../src/shared/version.js';
import { accountContext, sendThrough, sideCalls } from '../../../support/accounts.js';
import { modelNamed } from '../../../support/provider.js';
import { KIRO_ARN, KIRO_TOKEN, kiroFile } from '../../../support/vendors/kiro.js';

const MODEL = modelNamed('claude-sonnet-4.5');
const BODY: JsonObject = {
  conversationState: { currentMessage: { userInputMessage: { content: 'hi' } }, history: [] },
};
const PATH = '/generateAssistantResponse';
const Q = `https://q.us-east-1.amazonaws.com${PATH}`;
const LEGACY = `https://codewhisperer.us-east-1.amazonaws.com${PATH}`;

const open = (more: JsonObject = {}, context: AccountContext = accountContext()): Upstream =>
  kiroAccount.open(kiroFile(more), context);
const send = (upstream: Upstream, sessionKey?: string) =>
  sendThrough(upstream, 'openai-chat', {
    relay: false,
    body: BODY,
    stream: true,
    ...(sessionKey === undefined ? {} : { sessionKey }),
  });
const stateOf = (body: JsonObject) => body['conversationState'] as JsonObject;

describe('a credential file', () => {
  test.each<{ name: string; fields: JsonObject; facts: JsonObject }>([
    {
      name: 'of an organisation',
      fields: kiroFile({ expires_at: '2026-01-01T13:00:00+01:00' }),
      facts: {
        label: 'ann@example.com',
        canRefresh: true,
        expiresAt: Date.UTC(2026, 0, 1, 12),
        refreshLeadMs: 1_200_000,
      },
    },
    {
      name: 'in the IDE’s own spelling',
      fields: {
        type: 'kiro',
        accessToken: 'aoaX',
        refreshToken: 'aorX',
        expiresAt: '2026-01-01T12:00:00.123Z',
        email: '',
      },
      facts: { label: 'Kiro login', canRefresh: true, expiresAt: Date.UTC(2026, 0, 1, 12, 0, 0, 123) },
    },
    {
      name: 'whose time cannot be read has ended',
      fields: kiroFile({ expires_at: 'soon' }),
      facts: { canRefresh: true, expiresAt: 1 },
    },
    {
      name: 'that another program owns is not renewed',
      fields: kiroFile({ cliproxyctl_read_only: true }),
      facts: { canRefresh: false },
    },
  ])('$name', ({ fields, facts }) => {
    expect(kiroAccount.read(fields)).toMatchObject(facts);
  });

  test('with an API key does not end', () => {
    const facts = kiroAccount.read({ type: 'kiro', access_token: 'ksk_1', expires_at: '' });
    expect(facts.expiresAt).toBeUndefined();
    expect(facts.canRefresh).toBe(false);
  });

  test('without a token is refused', () => {
    expect(() => kiroAccount.read({ type: 'kiro', access_token: '' })).toThrow(/access_token/);
  });
});

describe('a request', () => {
  test('names us, asks not to be learnt from, and says nothing of an IDE', () => {
    const { url, headers, body } = send(open());
    expect(url).toBe(Q);
    expect(headers).toEqual({
      accept: 'application/vnd.amazon.eventstream',
      'accept-encoding': 'identity',
      authorization: `Bearer ${KIRO_TOKEN}`,
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      'x-amzn-codewhisperer-optout': 'true',
    });
    expect(body['profileArn']).toBe(KIRO_ARN);
  });

  test('with an API key says that it is one', () => {
    expect(send(open({ access_token: 'ksk_1' })).headers['tokentype']).toBe('API_KEY');
  });

  test('leaves the learning to the vendor only where the file says so', () => {
    expect(send(open({ optout: false })).headers['x-amzn-codewhisperer-optout']).toBe('false');
  });

  test.each<{ name: string; more: JsonObject; arn: string | undefined }>([
    { name: 'an organisation', more: { auth_method: 'IdC' }, arn: KIRO_ARN },
    { name: 'Google', more: { auth_method: 'google' }, arn: KIRO_ARN },
    { name: 'a Builder ID', more: { auth_method: 'builder-id' }, arn: undefined },
    { name: 'the command line of AWS', more: { auth_type: 'aws_sso_oidc' }, arn: undefined },
    { name: 'nobody knows, with a client', more: { auth_method: '' }, arn: KIRO_ARN },
  ])('by $name has the profile that it must', ({ more, arn }) => {
    expect(send(open(more)).body['profileArn']).toBe(arn);
  });

  test('to the newer hosts always has one', () => {
    const context = accountContext({ upstreamUrl: 'https://runtime.us-east-1.kiro.dev' });
    expect(send(open({ auth_method: 'builder-id' }, context)).body['profileArn']).toBe(KIRO_ARN);
  });

  test('has the same conversation id for a session, in every process, and one of its own without', () => {
    const id = (sessionKey?: string) => stateOf(send(open(), sessionKey).body)['conversationId'];
    expect(id('s1')).toBe(id('s1'));
    expect(id('s1')).not.toBe(id('s2'));
    expect(id()).not.toBe(id());
    expect(id('s1')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test.each<{ name: string; more: JsonObject; origin: string; task: string | undefined }>([
    { name: 'as any editor', more: {}, origin: 'AI_EDITOR', task: undefined },
    { name: 'as the file says', more: { origin: 'cli', agent_task_type: 'spectask' }, origin: 'CLI', task: 'spectask' },
    {
      name: 'with no task that AWS does not know',
      more: { agent_task_type: 'dev' },
      origin: 'AI_EDITOR',
      task: undefined,
    },
    { name: 'as any editor where that makes no sense', more: { origin: 'x y' }, origin: 'AI_EDITOR', task: undefined },
  ])('is counted $name', ({ more, origin, task }) => {
    const message = { userInputMessage: { content: 'hi', origin: 'AI_EDITOR' } };
    const answer = { assistantResponseMessage: { content: 'yes' } };
    const body = { conversationState: { currentMessage: message, history: [message, answer] } };
    const state = stateOf(sendThrough(open(more), 'openai-chat', { relay: false, body }).body);
    const expected = { userInputMessage: { content: 'hi', origin } };
    expect(state).toMatchObject({ currentMessage: expected, history: [expected, answer] });
    expect(state['agentTaskType']).toBe(task);
  });

  test('holds members of Kiro’s own only', () => {
    const upstream = open();
    const { body } = sendThrough(upstream, 'openai-chat', { relay: false, body: { ...BODY, user: 'x', system: 's' } });
    expect(Object.keys(body)).toEqual(['conversationState', 'profileArn']);
  });
});

describe('where models are asked', () => {
  const NONE = { profile_arn: '' };
  test.each<{ name: string; more: JsonObject; host: string }>([
    { name: 'the region of the file', more: { api_region: 'eu-central-1' }, host: 'q.eu-central-1' },
    {
      name: 'the region of the profile',
      more: { profile_arn: KIRO_ARN.replace('us-east-1', 'eu-central-1') },
      host: 'q.eu-central-1',
    },
    { name: 'Frankfurt for the rest of Europe', more: { ...NONE, region: 'eu-west-1' }, host: 'q.eu-central-1' },
    { name: 'Virginia for everybody else', more: { ...NONE, region: 'ap-southeast-2' }, host: 'q.us-east-1' },
    {
      name: 'Virginia for a Builder ID',
      more: { ...NONE, auth_method: 'builder-id', region: 'eu-west-1' },
      host: 'q.us-east-1',
    },
  ])('$name', ({ more, host }) => {
    expect(send(open(more)).url).toBe(`https://${host}.amazonaws.com${PATH}`);
  });

  test('a region that is none never becomes a host', () => {
    expect(() => open({ ...NONE, region: 'evil.example.com/' })).toThrow(/no AWS region/);
  });

  test.each(['codewhisperer', 'IDE'])('the older host first where the file prefers %s', (preferred) => {
    const { url, headers } = send(open({ preferred_endpoint: preferred }));
    expect(url).toBe(LEGACY);
    expect(headers['x-amz-target']).toBe('AmazonCodeWhispererStreamingService.GenerateAssistantResponse');
  });

  test('nowhere but there where an address is configured', () => {
    const upstream = open({}, accountContext({ endpoints: { api: 'https://q.example.com/' } }));
    expect(send(upstream).url).toBe(`https://q.example.com${PATH}`);
    expect(reroute(upstream, `https://q.example.com${PATH}`)).toBe(false);
  });

  test('counts and other operations are not offered', () => {
    for (const operation of ['count-tokens', 'embed', 'compact', 'image'] as const) {
      expect(open().endpoint({ model: MODEL, client: 'x', operation, stream: false })).toBeUndefined();
    }
  });
});

const LIMIT = { reason: 'rate-limit', status: 429, message: 'slow' } as const;
const reroute = (upstream: Upstream, url: string, failure: Parameters<NonNullable<Upstream['reroute']>>[0] = LIMIT) =>
  upstream.reroute?.(failure, { endpoint: { url, dialect: 'kiro', alwaysStreams: true }, model: MODEL });

describe('two hosts', () => {
  test('the second one takes over for a minute when the first one limits', () => {
    const context = accountContext();
    const upstream = open({}, context);
    expect(reroute(upstream, Q)).toBe(true);
    expect(send(upstream).url).toBe(LEGACY);
    context.clock.advance(60_001);
    expect(send(upstream).url).toBe(Q);
  });

  test('when both limit, the account rests, longer each time until an answer is good', () => {
    const upstream = open();
    const rest = () => upstream.explain?.(LIMIT, {}, 0).retryAfterMs;
    for (const expected of [60_000, 120_000]) {
      expect(reroute(upstream, Q)).toBe(true);
      expect(rest()).toBe(expected);
      expect(reroute(upstream, LEGACY)).toBe(false);
    }
    upstream.worked?.();
    expect(rest()).toBe(60_000);
    expect(send(upstream).url).toBe(Q);
  });

  test('nothing is held against either once the owner says so', () => {
    const upstream = open();
    expect(reroute(upstream, Q)).toBe(true);
    expect(reroute(upstream, LEGACY)).toBe(false);
    expect(reroute(upstream, Q)).toBe(true);
    upstream.reset?.();
    expect(send(upstream).url).toBe(Q);
    expect(upstream.explain?.(LIMIT, {}, 0).retryAfterMs).toBe(60_000);
  });

  test.each([
    { name: 'a refusal', failure: { reason: 'forbidden', status: 403, message: 'x' } as const },
    {
      name: 'a spent month',
      failure: { reason: 'quota', status: 429, code: 'MONTHLY_REQUEST_COUNT', message: 'x' } as const,
    },
    { name: 'no room for the model', failure: { reason: 'overloaded', status: 529, message: 'x' } as const },
  ])('$name does not change the host', ({ failure }) => {
    expect(reroute(open(), Q, failure)).toBe(false);
  });

  test('other regions have one only', () => {
    const upstream = open({ api_region: 'eu-central-1' });
    expect(reroute(upstream, `https://q.eu-central-1.amazonaws.com${PATH}`)).toBe(false);
  });
});

describe('models', () => {
  const page = (models: readonly JsonObject[], nextToken: string | null = null) => ({ body: { models, nextToken } });

  test('are this account’s own, from every page', async () => {
    const { http, calls } = sideCalls({
      '/ListAvailableModels': (_call, count) =>
        count === 1
          ? page(
              [
                {
                  modelId: 'claude-sonnet-4.6',
                  modelName: 'Claude Sonnet 4.6',
                  rateMultiplier: 1.3,
                  tokenLimits: { maxInputTokens: 1_000_000, maxOutputTokens: 64_000 },
                  supportedInputTypes: ['TEXT', 'IMAGE'],
                },
                { modelName: 'without an id' },
              ],
              'more',
            )
          : page([{ modelId: 'glm-5' }, { modelId: 'claude-sonnet-4.6' }]),
    });
    const models = await kiroAccount.listModels?.(kiroFile(), accountContext({}, { http }));
    expect(models).toEqual([
      {
        id: 'claude-sonnet-4.6',
        displayName: 'Claude Sonnet 4.6',
        ownedBy: 'kiro',
        userDefined: false,
        traits: new Set(),
        contextTokens: 1_000_000,
        maxOutputTokens: 64_000,
        planMultiplier: 1.3,
        inputModalities: ['text', 'image'],
        outputModalities: ['text'],
        thinking: {
          min: 1024,
          max: 64_000,
          zeroAllowed: true,
          dynamicAllowed: true,
          levels: ['low', 'medium', 'high', 'xhigh', 'max'],
        },
      },
      expect.objectContaining({ id: 'glm-5', inputModalities: ['text'] }),
    ]);
    expect(calls.map(({ url }) => new URL(url).searchParams.toString())).toEqual([
      new URLSearchParams({ origin: 'AI_EDITOR', profileArn: KIRO_ARN }).toString(),
      new URLSearchParams({ origin: 'AI_EDITOR', profileArn: KIRO_ARN, nextToken: 'more' }).toString(),
    ]);
    expect(calls[0]?.headers).toMatchObject({ 'user-agent': USER_AGENT });
  });

  test.each([
    { name: 'a refusal', answer: { status: 403, body: { message: `bad ${KIRO_TOKEN}` } } },
    { name: 'an empty list', answer: page([]) },
  ])('$name is an error without the token in it', async ({ answer }) => {
    const { http } = sideCalls({ '/ListAvailableModels': () => answer });
    const listing = kiroAccount.listModels?.(kiroFile(), accountContext({}, { http }));
    await expect(listing).rejects.toMatchObject({
      code: 'models_unavailable',
      message: expect.not.stringContaining(KIRO_TOKEN),
    });
  });

  test('the built-in list stands in, with each model’s own window', () => {
    const list = openCatalog().list('kiro');
    const windows = Object.fromEntries(list.map(({ id, contextTokens }) => [id, contextTokens]));
    expect(windows).toMatchObject({
      'claude-sonnet-4.5': 200_000,
      'claude-opus-4.6': 1_000_000,
      'minimax-m2.5': 196_000,
    });
    expect(list.some(({ id }) => id.includes('gpt'))).toBe(false);
  });

  test('facts of a vendor’s own model are not replaced by Kiro’s', () => {
    const { find } = openCatalog();
    expect(find('claude-sonnet-4-5')?.ownedBy).toBe('anthropic');
    expect(['auto', 'openrouter/auto', 'qwen3-coder-next'].map((id) => find(id)?.ownedBy)).not.toContain('kiro');
  });

  test.each([
    {
      id: 'claude-sonnet-4.5',
      aliases: [
        'kiro-claude-sonnet-4-5',
        'amazonq-claude-sonnet-4-5',
        'claude-sonnet-4-5',
        'claude-sonnet-4-5-20250929',
      ],
    },
    { id: 'claude-sonnet-4', aliases: ['kiro-claude-sonnet-4', 'claude-sonnet-4-20250514'] },
    {
      id: 'glm-5',
      aliases: [
        'kiro-glm-5',
        { name: 'kiro-glm-5-agentic', trait: 'writes-in-pieces' },
        { name: 'kiro-glm-5-chat', trait: 'no-tools' },
      ],
    },
    { id: 'auto', aliases: ['kiro-auto', 'amazonq-auto'] },
  ])('$id is known by its other names', ({ id, aliases }) => {
    expect(kiroAccount.aliasesOf?.(modelNamed(id))).toEqual(expect.arrayContaining(aliases));
  });
});

describe('usage', () => {
  const usage: JsonObject = {
    nextDateReset: 1_769_904_000,
    subscriptionInfo: { subscriptionTitle: 'KIRO FREE' },
    overageConfiguration: { overageStatus: 'DISABLED' },
    usageBreakdownList: [
      {
        resourceType: 'CREDIT',
        displayName: 'Credit',
        unit: 'INVOCATIONS',
        currentUsage: 12,
        currentUsageWithPrecision: 12.4,
        usageLimit: 50,
        usageLimitWithPrecision: 50,
      },
    ],
  };
  const item = (usage['usageBreakdownList'] as readonly JsonObject[])[0] ?? {};
  const ask = (body: JsonObject, more: JsonObject = {}) => {
    const side = sideCalls({ '/getUsageLimits': () => ({ body }) });
    const facts = kiroAccount.readQuota?.(kiroFile(more), accountContext({}, { http: side.http }));
    return { facts, calls: side.calls };
  };

  test('is read with its reset in seconds', async () => {
    const { facts, calls } = ask(usage);
    expect(await facts).toEqual({
      source: 'usage-call',
      at: 1_790_000_000_000,
      plan: 'KIRO FREE',
      windows: [
        {
          id: 'credit',
          title: 'credit',
          unit: 'invocations',
          used: 12.4,
          limit: 50,
          usedPercent: 24.8,
          exhausted: false,
          resetsAt: Date.UTC(2026, 1, 1),
        },
      ],
    });
    expect(calls[0]?.url).toContain('resourceType=AGENTIC_REQUEST');
  });

  test.each<{ name: string; body: JsonObject; window: JsonObject | undefined }>([
    {
      name: 'a trial and bonuses that run add to it, others do not',
      body: {
        usageBreakdownList: [
          {
            ...item,
            currentUsageWithPrecision: 50,
            freeTrialInfo: { freeTrialStatus: 'ACTIVE', currentUsageWithPrecision: 100, usageLimitWithPrecision: 500 },
            bonuses: [
              { status: 'ACTIVE', currentUsage: 0, usageLimit: 100 },
              { status: 'EXPIRED', currentUsage: 0, usageLimit: 999 },
            ],
          },
        ],
      },
      window: { used: 150, limit: 650, exhausted: false },
    },
    {
      name: 'all of it gone is the end',
      body: { usageBreakdownList: [{ ...item, currentUsageWithPrecision: 50 }] },
      window: { usedPercent: 100, exhausted: true },
    },
    {
      name: 'all of it gone is not the end where overage is on',
      body: {
        overageConfiguration: { overageStatus: 'ENABLED' },
        usageBreakdownList: [{ ...item, currentUsageWithPrecision: 60 }],
      },
      window: { usedPercent: 120, exhausted: false },
    },
    { name: 'an empty list says nothing', body: { usageBreakdownList: [] }, window: undefined },
  ])('$name', async ({ body, window }) => {
    const { windows } = (await ask(body).facts) ?? { windows: [] };
    if (window === undefined) expect(windows).toEqual([]);
    else expect(windows[0]).toMatchObject(window);
  });

  test('tells a later refusal when the month begins anew', async () => {
    const side = sideCalls({ '/getUsageLimits': () => ({ body: usage }) });
    const upstream = open({}, accountContext({}, { http: side.http }));
    await upstream.askQuota?.();
    const spent = { reason: 'quota', status: 429, code: 'MONTHLY_REQUEST_COUNT', message: 'x' } as const;
    expect(upstream.explain?.(spent, {}, Date.UTC(2026, 0, 31)).retryAfterMs).toBe(24 * 60 * 60_000);
  });

  test('a refusal is an error', async () => {
    const side = sideCalls({ '/getUsageLimits': () => ({ status: 403, body: { message: 'no' } }) });
    const asking = kiroAccount.readQuota?.(kiroFile(), accountContext({}, { http: side.http }));
    await expect(asking).rejects.toMatchObject({ code: 'quota_unavailable' });
  });
});
