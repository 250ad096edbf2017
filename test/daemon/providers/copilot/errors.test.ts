import { describe, expect, test } from 'vitest';
import type { WireBody } from '../../../../src/daemon/dialects/dialect.js';
import { decodeError } from '../../../../src/daemon/dialects/openai-chat/errors.js';
import { judge } from '../../../../src/daemon/engine/verdict.js';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';
import { openCopilotAccount } from '../../../../src/daemon/providers/copilot/account-upstream.js';
import { accountContext, sendThrough } from '../../../support/accounts.js';
import { credential } from '../../../support/pool.js';
import { modelNamed, relayed } from '../../../support/provider.js';
import { copilotFile } from '../../../support/vendors/copilot.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 1_790_000_000_000;
const RESET = new Date(NOW + 48 * HOUR).toISOString();

const open = () => openCopilotAccount(copilotFile(), accountContext());

function judged(status: number, body: unknown, headers: Record<string, string> = {}, upstream = open()) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const facts: FailureFacts = { ...decodeError(status, text), status, body: text };
  const failure = upstream.explain?.(facts, headers, NOW) ?? facts;
  return { failure, verdict: judge(failure, credential('a', { upstream }), { transientCooldownMs: MINUTE }) };
}

const CREDENTIAL = { blame: 'credential', next: 'next-credential' };
const MODEL = { blame: 'credential-model', next: 'next-credential' };
const REQUEST = { blame: 'request', next: 'stop' };
const error = (code: string, message = 'x') => ({ error: { code, message } });

describe('answers of Copilot', () => {
  test.each([
    {
      name: 'spent premium requests rest premium models until the reset',
      status: 402,
      body: error('quota_exceeded'),
      headers: { 'x-quota-snapshot-premium_interactions': `ent=300&rem=0&rst=${encodeURIComponent(RESET)}` },
      verdict: { ...MODEL, cooldownMs: 48 * HOUR },
    },
    {
      name: 'the same told with 429',
      status: 429,
      body: error('x', 'quota exceeded for premium requests'),
      verdict: { ...MODEL, cooldownMs: HOUR },
    },
    {
      name: 'a session limit rests the account',
      status: 429,
      body: error('rate_limited', 'You have hit your session limit, try again in 2 hours'),
      headers: { 'retry-after': '7200' },
      verdict: { ...CREDENTIAL, cooldownMs: 2 * HOUR },
    },
    {
      name: 'a weekly limit rests it until its reset',
      status: 429,
      body: error('rate_limited'),
      headers: { 'x-usage-ratelimit-weekly': `ent=100&rem=0&rst=${encodeURIComponent(RESET)}` },
      verdict: { ...CREDENTIAL, cooldownMs: 48 * HOUR },
    },
    { name: 'another 429 is the model’s', status: 429, body: error('rate_limited', 'slow down'), verdict: MODEL },
    {
      name: 'a missing editor version rests nobody',
      status: 400,
      body: 'bad request: missing Editor-Version header for IDE auth',
      verdict: { blame: 'network', next: 'next-credential' },
    },
    {
      name: 'a missing integration id rests nobody',
      status: 400,
      body: error('bad', 'missing required Copilot-Integration-Id header'),
      verdict: { blame: 'network', next: 'next-credential' },
    },
    {
      name: 'a model that is not offered rests twelve hours',
      status: 400,
      body: error('model_not_supported', 'The requested model is not supported.'),
      verdict: { ...MODEL, cooldownMs: 12 * HOUR },
    },
    {
      name: 'too long a prompt is the request',
      status: 400,
      body: error('context_length_exceeded', 'prompt token count exceeds the limit'),
      verdict: REQUEST,
    },
    { name: 'any other 400 is the request', status: 400, body: error('invalid', 'no'), verdict: REQUEST },
    {
      name: 'a refused token rests the account',
      status: 401,
      body: 'unauthorized',
      verdict: { ...CREDENTIAL, cooldownMs: 30 * MINUTE },
    },
    {
      name: 'a policy rests the account',
      status: 403,
      body: error('forbidden', 'terms'),
      verdict: { ...CREDENTIAL, cooldownMs: 30 * MINUTE },
    },
    {
      name: 'a 404 rests the model',
      status: 404,
      body: error('not_found'),
      verdict: { ...MODEL, cooldownMs: 10 * MINUTE },
    },
    {
      name: 'a server error passes in a minute',
      status: 500,
      body: error('x'),
      verdict: { ...MODEL, cooldownMs: MINUTE },
    },
  ])('$name', ({ status, body, headers = {}, verdict }) => {
    expect(judged(status, body, headers).verdict).toEqual(verdict);
  });

  test.each([
    ['missing required Copilot-Integration-Id header', /copilot_integration_id/],
    ['The requested model is not supported.', /editors it knows/],
  ])('"%s" tells the operator what it means', (message, hint) => {
    expect(judged(400, error('model', message)).failure.message).toMatch(hint);
  });
});

describe('premium requests', () => {
  const premium = modelNamed('gpt-5.4', { planMultiplier: 1 });
  const free = modelNamed('gpt-5-mini', { planMultiplier: 0 });

  test('one refusal is enough for all models that cost some, and none for those that do not', () => {
    const upstream = open();
    expect(upstream.spent?.(premium, NOW, undefined)).toBeUndefined();
    judged(402, error('quota_exceeded'), {}, upstream);
    expect(upstream.spent?.(modelNamed('claude-opus-4.6', { planMultiplier: 3 }), NOW, undefined)).toMatchObject({
      code: 'premium_quota_exceeded',
    });
    expect(upstream.spent?.(modelNamed('unknown'), NOW, undefined)).toBeDefined();
    expect(upstream.spent?.(free, NOW, undefined)).toBeUndefined();
  });

  test('are asked for again after an hour', () => {
    const upstream = open();
    judged(402, error('quota_exceeded'), {}, upstream);
    expect(upstream.spent?.(premium, NOW + HOUR - 1, undefined)).toBeDefined();
    expect(upstream.spent?.(premium, NOW + HOUR, undefined)).toBeUndefined();
  });

  test('are there again when the owner says so', () => {
    const upstream = open();
    judged(402, error('quota_exceeded'), {}, upstream);
    upstream.reset?.();
    expect(upstream.spent?.(premium, NOW, undefined)).toBeUndefined();
  });

  test('are there again when somebody else was told so since', () => {
    const upstream = open();
    judged(402, error('quota_exceeded'), {}, upstream);
    const told = (at: number) => ({
      windows: [{ id: 'premium_interactions', title: '', usedPercent: 10, exhausted: false }],
      source: 'usage-call' as const,
      at,
    });
    expect(upstream.spent?.(premium, NOW, told(NOW - 1))).toBeDefined();
    expect(upstream.spent?.(premium, NOW, told(NOW))).toBeUndefined();
  });

  test('are there again as soon as an answer says so', () => {
    const upstream = open();
    judged(402, error('quota_exceeded'), {}, upstream);
    upstream.quota?.({ 'x-quota-snapshot-premium_interactions': 'ent=300&rem=50' }, NOW);
    expect(upstream.spent?.(premium, NOW, undefined)).toBeUndefined();
  });
});

describe('another try', () => {
  const messages = (thinking: object): WireBody =>
    relayed({ model: 'claude-x', max_tokens: 20_000, thinking: { ...thinking } });
  const refused = (message: string): FailureFacts => ({ reason: 'invalid-request', status: 400, message });

  test('spells thinking as the model wants it, and remembers', () => {
    const upstream = open();
    const body = messages({ type: 'enabled', budget_tokens: 16_000 });
    expect(upstream.repair?.(refused('"thinking.type.enabled" is not supported for this model'), body)).toBe(true);
    expect(body.get('thinking')).toEqual({ type: 'adaptive' });
    expect(body.get('output_config')).toEqual({ effort: 'high' });
    const next = sendThrough(upstream, 'anthropic-messages', {
      model: { id: 'claude-x' },
      body: { max_tokens: 20_000, thinking: { type: 'enabled', budget_tokens: 1024 }, messages: [] },
    });
    expect(next.body).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort: 'low' } });
  });

  test('gives a budget where adaptive thinking is refused', () => {
    const body = messages({ type: 'adaptive' });
    body.set('output_config', { effort: 'high' });
    expect(open().repair?.(refused('adaptive thinking is not supported on this model'), body)).toBe(true);
    expect(body.get('thinking')).toEqual({ type: 'enabled', budget_tokens: 8192 });
    expect(body.get('output_config')).toBeUndefined();
  });

  test('goes to another endpoint when the model is not there, each once', () => {
    const upstream = open();
    const model = modelNamed('claude-x', { endpoints: ['/v1/messages', '/chat/completions'] });
    const query = { model, client: 'anthropic-messages', operation: 'generate', stream: false } as const;
    const failure = { ...refused('x'), code: 'unsupported_api_for_model' };
    const first = upstream.endpoint(query);
    expect(first?.url).toMatch(/\/v1\/messages$/);
    expect(first && upstream.reroute?.(failure, { endpoint: first, model })).toBe(true);
    const second = upstream.endpoint(query);
    expect(second?.url).toMatch(/\/chat\/completions$/);
    expect(second && upstream.reroute?.(failure, { endpoint: second, model })).toBe(false);
  });
});
