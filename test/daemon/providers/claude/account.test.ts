import { describe, expect, test } from 'vitest';
import { openClaudeAccount } from '../../../../src/daemon/providers/claude/account-upstream.js';
import { isSetupToken, readClaudeQuota, readQuotaHeaders } from '../../../../src/daemon/providers/claude/quota.js';
import { USER_AGENT } from '../../../../src/shared/version.js';
import { accountContext, sendThrough, sideCalls } from '../../../support/accounts.js';

const FILE = { access_token: 'sk-ant-oat01-x', email: 'ann@example.com' };
const BODY = { model: 'm-1', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };
const CLAUDE_CODE = {
  'user-agent': 'claude-cli/2.1.330 (external, cli)',
  'x-app': 'cli',
  'x-claude-code-session-id': 'session-1',
  'anthropic-version': '2023-06-01',
  'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14',
  'x-stainless-lang': 'js',
  authorization: 'Bearer our-client-key',
  host: '127.0.0.1:8317',
  cookie: 'a=b',
  'x-forwarded-for': '10.0.0.1',
  'x-cpa-claude-1m': '',
};

describe('Claude Code', () => {
  const upstream = openClaudeAccount(FILE, accountContext({ clientPolicy: 'first-party' }));
  const sent = sendThrough(upstream, 'anthropic-messages', { body: BODY, client: CLAUDE_CODE });

  test('is let through', () => {
    expect(upstream.refuse?.({ dialect: 'anthropic-messages', headers: CLAUDE_CODE })).toBeUndefined();
  });

  test('keeps its headers, and gets our token', () => {
    expect(sent.headers).toMatchObject({
      'user-agent': CLAUDE_CODE['user-agent'],
      'x-app': 'cli',
      'x-claude-code-session-id': 'session-1',
      'x-stainless-lang': 'js',
      'anthropic-beta': 'claude-code-20250219,interleaved-thinking-2025-05-14,context-1m-2025-08-07,oauth-2025-04-20',
      authorization: 'Bearer sk-ant-oat01-x',
    });
  });

  test.each(['cookie', 'host', 'x-forwarded-for', 'x-cpa-claude-1m', 'x-api-key'])(
    'does not have %s sent on',
    (name) => {
      expect(sent.headers).not.toHaveProperty(name);
    },
  );

  test('has its body sent byte for byte', () => {
    const body = { ...BODY, context_management: { edits: [] }, metadata: { user_id: '{"session_id":"x"}' } };
    const { text } = sendThrough(upstream, 'anthropic-messages', { body, client: CLAUDE_CODE });
    expect(text).toBe(JSON.stringify(body));
  });

  test('has an alias in the model replaced, and nothing else', () => {
    const { body } = sendThrough(upstream, 'anthropic-messages', {
      body: { ...BODY, model: 'mine' },
      client: CLAUDE_CODE,
    });
    expect(body).toEqual(BODY);
  });

  test('is asked for with its own query', () => {
    expect(sent.url).toBe('https://api.anthropic.com/v1/messages?beta=true');
  });
});

describe('another client', () => {
  const { 'x-claude-code-session-id': _session, ...onlyAgent } = CLAUDE_CODE;
  const { 'x-app': _app, ...withoutApp } = CLAUDE_CODE;
  test.each([
    ['with nothing of it', 'anthropic-messages', {}],
    ['with its User-Agent and x-app only', 'anthropic-messages', onlyAgent],
    ['without x-app', 'anthropic-messages', withoutApp],
    ['with an empty session', 'anthropic-messages', { ...CLAUDE_CODE, 'x-claude-code-session-id': ' ' }],
    ['in another dialect', 'openai-chat', CLAUDE_CODE],
  ])('%s is refused by a first-party policy', (_name, dialect, headers) => {
    const upstream = openClaudeAccount(FILE, accountContext({ clientPolicy: 'first-party' }));
    const failure = upstream.refuse?.({ dialect, headers });
    expect(failure).toMatchObject({ status: 403, code: 'first_party_only' });
    expect(failure?.message).toContain('ann@example.com');
  });

  test('goes out as what it is when any client may', () => {
    const upstream = openClaudeAccount(FILE, accountContext({ clientPolicy: 'any' }));
    const client = {
      'user-agent': 'claude-cli/1.0',
      'x-app': 'cli',
      'x-stainless-lang': 'js',
      'anthropic-beta': 'a-1',
    };
    expect(upstream.refuse?.({ dialect: 'anthropic-messages', headers: client })).toBeUndefined();
    const { headers, url } = sendThrough(upstream, 'anthropic-messages', { body: { ...BODY, betas: ['b-2'] }, client });
    expect(headers).toMatchObject({
      'user-agent': USER_AGENT,
      'anthropic-beta': 'a-1,b-2,oauth-2025-04-20',
      authorization: 'Bearer sk-ant-oat01-x',
    });
    for (const name of ['x-app', 'x-stainless-lang', 'x-api-key']) expect(headers).not.toHaveProperty(name);
    expect(url).toBe('https://api.anthropic.com/v1/messages');
  });

  test('is not sent again for an hour after the vendor refused what it is', () => {
    const context = accountContext({ clientPolicy: 'any' });
    const upstream = openClaudeAccount(FILE, context);
    const message =
      'This credential is only authorized for use with Claude Code and cannot be used for other API requests.';
    upstream.explain?.({ reason: 'invalid-request', status: 400, message }, {}, context.clock.now());
    expect(upstream.refuse?.({ dialect: 'openai-chat', headers: {} })?.message).toBe(message);
    expect(upstream.refuse?.({ dialect: 'anthropic-messages', headers: CLAUDE_CODE })).toBeUndefined();
    context.clock.advance(3_600_001);
    expect(upstream.refuse?.({ dialect: 'openai-chat', headers: {} })).toBeUndefined();
  });

  test('counts tokens with the beta for it', () => {
    const upstream = openClaudeAccount(FILE, accountContext());
    const { headers, url } = sendThrough(upstream, 'anthropic-messages', { body: BODY, operation: 'count-tokens' });
    expect(url).toMatch(/\/v1\/messages\/count_tokens$/);
    expect(headers['anthropic-beta']).toBe('token-counting-2024-11-01,oauth-2025-04-20');
  });

  test('is sent where oauth-upstream says', () => {
    const upstream = openClaudeAccount(FILE, accountContext({ upstreamUrl: 'http://127.0.0.1:9/' }));
    expect(sendThrough(upstream, 'anthropic-messages', { body: BODY }).url).toBe('http://127.0.0.1:9/v1/messages');
  });
});

describe('quota', () => {
  test('headers tell fractions, facts percents', () => {
    const facts = readQuotaHeaders(
      {
        'anthropic-ratelimit-unified-status': 'allowed',
        'anthropic-ratelimit-unified-5h-status': 'allowed',
        'anthropic-ratelimit-unified-5h-utilization': '0.42',
        'anthropic-ratelimit-unified-5h-reset': '1790000000',
        'anthropic-ratelimit-unified-7d-status': 'rejected',
        'anthropic-ratelimit-unified-7d-utilization': '1',
        'anthropic-ratelimit-unified-7d_oi-status': 'allowed',
      },
      5,
    );
    expect(facts).toMatchObject({ source: 'response-headers', at: 5 });
    expect(facts?.windows).toEqual([
      { id: 'five_hour', title: '5 hours', usedPercent: 42, exhausted: false, resetsAt: 1_790_000_000_000 },
      { id: 'seven_day', title: '7 days', usedPercent: 100, exhausted: true },
      { id: 'seven_day_oi', title: '7 days, Fable models', models: 'claude-fable-*', usedPercent: 0, exhausted: false },
    ]);
  });

  test('answers of API keys tell nothing', () => {
    expect(readQuotaHeaders({ 'anthropic-ratelimit-requests-limit': '50' }, 5)).toBeUndefined();
  });

  test('the usage call is read as it comes: null windows, unknown ones, limits of one model', async () => {
    const { http, calls } = sideCalls({
      '/api/oauth/usage': () => ({
        body: {
          five_hour: { utilization: 37.5, resets_at: '2026-11-01T15:00:00Z' },
          seven_day: { utilization: 100, resets_at: null },
          seven_day_opus: null,
          iguana_necktie: { utilization: null, resets_at: null },
          limits: [
            {
              kind: 'weekly_scoped',
              percent: 12,
              resets_at: null,
              scope: { model: { id: null, display_name: 'Fable' } },
            },
            'nonsense',
          ],
          extra_usage: { is_enabled: false, utilization: null },
        },
      }),
    });
    const context = accountContext({}, { http });
    const facts = await readClaudeQuota('https://api.anthropic.com/api/oauth/usage', FILE, context);
    expect(facts.windows.map(({ id, usedPercent, exhausted }) => [id, usedPercent, exhausted])).toEqual([
      ['five_hour', 37.5, false],
      ['seven_day', 100, true],
      ['iguana_necktie', 0, false],
      ['weekly_scoped_fable', 12, false],
    ]);
    expect(calls[0]?.headers).toMatchObject({
      authorization: 'Bearer sk-ant-oat01-x',
      'anthropic-beta': 'oauth-2025-04-20',
      'user-agent': USER_AGENT,
    });
  });

  test.each([
    [{ is_setup_token: true }, true],
    [{ setup_token: true }, true],
    [{ skip_account_profile: true }, true],
    [{ scope: 'user:inference' }, true],
    [{ scopes: ['user:inference', 'user:profile'] }, false],
    [{ scope: 'user:profile user:inference' }, false],
    [{}, false],
  ])('%j is a setup token: %s', (fields, expected) => {
    expect(isSetupToken(fields)).toBe(expected);
  });

  test('a setup token is not asked, and one that turns out to be refused is told apart', async () => {
    const { http, calls } = sideCalls({ '/api/oauth/usage': () => ({ status: 403 }) });
    const context = accountContext({}, { http });
    const url = 'https://api.anthropic.com/api/oauth/usage';
    await expect(readClaudeQuota(url, { ...FILE, setup_token: true }, context)).rejects.toMatchObject({
      code: 'quota_unsupported',
    });
    expect(calls).toHaveLength(0);
    await expect(readClaudeQuota(url, FILE, context)).rejects.toMatchObject({ code: 'quota_unsupported' });
  });
});
