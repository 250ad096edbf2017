import { describe, expect, test } from 'vitest';
import { decodeError } from '../../../../src/daemon/dialects/gemini-generate/errors.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import {
  areCreditsEmpty,
  classifyAntigravity,
  explainAntigravity,
  isHostBusy,
} from '../../../../src/daemon/providers/antigravity/errors.js';
import { limitsOf } from '../../../../src/daemon/providers/antigravity/limits.js';
import { accountContext } from '../../../support/accounts.js';
import { antigravityFile, errorInfo, retryInfo, rpcError } from '../../../support/vendors/antigravity.js';

interface Refusal {
  readonly status: number;
  readonly message?: string;
  readonly details?: readonly JsonObject[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly modelId?: string;
}

/** One account, and what becomes of refusals that it gets one after the other. */
function openAccount() {
  const context = accountContext();
  const limits = limitsOf(antigravityFile(), context);
  const refuse = ({ status, message = 'no', details, headers = {}, modelId = 'm-1' }: Refusal) => {
    const body = JSON.stringify(rpcError(status, message, details).body);
    const failure = decodeError(status, body);
    const facts = explainAntigravity({ ...failure, body }, headers, { modelId, limits, now: context.clock.now() });
    return { facts, verdict: classifyAntigravity(facts) };
  };
  /** The cooldown in seconds, and for whom. */
  const rest = (refusal: Refusal): string => {
    const { verdict } = refuse(refusal);
    return `${(verdict?.cooldownMs ?? Number.NaN) / 1000} ${verdict?.blame}`;
  };
  return { context, limits, refuse, rest, clock: context.clock };
}

const QUOTA = [errorInfo('QUOTA_EXHAUSTED')];
const RATE = [errorInfo('RATE_LIMIT_EXCEEDED')];
const CAPACITY = [errorInfo('MODEL_CAPACITY_EXHAUSTED')];

describe('the wait', () => {
  test.each<Refusal & { name: string; rest: string }>([
    {
      name: 'the header, before all',
      status: 429,
      details: [retryInfo('9s')],
      headers: { 'retry-after': '7' },
      rest: '7 credential-model',
    },
    {
      name: 'the retry hint before the quota’s, wherever it stands',
      status: 429,
      details: [errorInfo('RATE_LIMIT_EXCEEDED', { quotaResetDelay: '40s' }), retryInfo('20s')],
      rest: '20 credential',
    },
    {
      name: 'the quota’s own',
      status: 429,
      details: [errorInfo('QUOTA_EXHAUSTED', { quotaResetDelay: '16h4m' })],
      rest: '57840 credential-model',
    },
    { name: 'at least two seconds', status: 429, details: [...RATE, retryInfo('373.8ms')], rest: '2 credential' },
    { name: 'the message', status: 429, message: 'Resets after 1h2m3.5s.', rest: '3723.5 credential-model' },
    {
      name: 'the text, of a rate limit',
      status: 429,
      message: 'rate limit exceeded, wait 1m 30s',
      rest: '90 credential',
    },
    { name: 'seconds in the text', status: 503, message: 'busy; 12 seconds', rest: '12 credential-model' },
    {
      name: 'not the text, of a quota',
      status: 429,
      details: QUOTA,
      message: 'you get 5 seconds of audio',
      rest: '60 credential-model',
    },
  ])('is by $name', ({ rest, ...refusal }) => {
    expect(openAccount().rest(refusal)).toBe(rest);
  });
});

describe('the reason', () => {
  test.each<Refusal & { name: string; reason: string; rest: string }>([
    {
      name: 'its name',
      status: 429,
      details: [errorInfo('quota_exhausted')],
      reason: 'quota',
      rest: '60 credential-model',
    },
    { name: 'its name, a rate', status: 429, details: RATE, reason: 'rate-limit', rest: '5 credential' },
    {
      name: 'its name, the machines',
      status: 503,
      details: CAPACITY,
      reason: 'overloaded',
      rest: '5 credential-model',
    },
    {
      name: 'the words, a quota',
      status: 429,
      message: 'Quota exhausted.',
      reason: 'quota',
      rest: '60 credential-model',
    },
    {
      name: 'the words, a rate',
      status: 429,
      message: 'Too many requests per minute',
      reason: 'rate-limit',
      rest: '5 credential',
    },
    {
      name: 'the words, the machines',
      status: 503,
      message: 'No capacity available for model',
      reason: 'overloaded',
      rest: '5 credential-model',
    },
    { name: 'the status 429', status: 429, reason: 'quota', rest: '60 credential-model' },
    { name: 'the status 503', status: 503, reason: 'server', rest: '8 credential-model' },
    { name: 'the status 500', status: 500, reason: 'server', rest: '8 credential-model' },
    { name: 'nothing that is known', status: 418, reason: 'invalid-request', rest: '60 credential-model' },
    {
      name: 'a rate that takes five minutes, which is a quota',
      status: 429,
      details: [...RATE, retryInfo('300s')],
      reason: 'quota',
      rest: '300 credential-model',
    },
  ])('is by $name', ({ reason, rest, ...refusal }) => {
    expect(openAccount().refuse(refusal).facts.reason).toBe(reason);
    expect(openAccount().rest(refusal)).toBe(rest);
  });

  test.each([400, 401, 404, 413])('%i is no limit, and left to the table of all', (status) => {
    const { facts, verdict } = openAccount().refuse({ status });
    expect(verdict).toBeUndefined();
    expect(facts.retryAfterMs).toBeUndefined();
  });

  test('403 rests the account for five minutes', () => {
    const { facts, verdict } = openAccount().refuse({ status: 403, message: 'disabled in this account' });
    expect(facts).toMatchObject({ reason: 'forbidden', message: 'disabled in this account' });
    expect(verdict).toEqual({ blame: 'credential', next: 'next-credential', cooldownMs: 300_000 });
  });
});

describe('refusals in a row', () => {
  test.each<{ name: string; refusal: Refusal; waits: readonly number[] }>([
    { name: 'of a quota', refusal: { status: 429, details: QUOTA }, waits: [60, 300, 1800, 7200, 7200] },
    { name: 'of a rate', refusal: { status: 429, details: RATE }, waits: [5, 5, 5] },
    { name: 'of the machines', refusal: { status: 503, details: CAPACITY }, waits: [5, 10, 15, 15] },
    { name: 'of the service', refusal: { status: 500 }, waits: [8, 8, 8] },
  ])('$name wait longer and longer', ({ refusal, waits }) => {
    const { rest, clock } = openAccount();
    for (const wait of waits) {
      expect(rest(refusal)).toMatch(new RegExp(`^${wait} `));
      clock.advance(wait * 1000);
    }
  });

  const QUOTA_GONE: Refusal = { status: 429, details: QUOTA };

  test('at the same time are one', () => {
    const { rest, clock } = openAccount();
    expect(rest(QUOTA_GONE)).toBe('60 credential-model');
    clock.advance(1_000);
    expect(rest(QUOTA_GONE)).toBe('60 credential-model');
    clock.advance(60_000);
    expect(rest(QUOTA_GONE)).toBe('300 credential-model');
  });

  test('count for their model only', () => {
    const { rest, clock } = openAccount();
    rest(QUOTA_GONE);
    clock.advance(60_000);
    expect(rest({ ...QUOTA_GONE, modelId: 'm-2' })).toBe('60 credential-model');
  });

  test('end with a success of that model, not of another', () => {
    const { rest, clock, limits } = openAccount();
    rest(QUOTA_GONE);
    clock.advance(60_000);
    limits.worked('m-2');
    expect(rest(QUOTA_GONE)).toBe('300 credential-model');
    clock.advance(300_000);
    limits.worked('m-1');
    expect(rest(QUOTA_GONE)).toBe('60 credential-model');
  });

  test('are forgotten after a quiet hour', () => {
    const { rest, clock } = openAccount();
    rest(QUOTA_GONE);
    clock.advance(60_000 + 3_600_000);
    expect(rest(QUOTA_GONE)).toBe('60 credential-model');
  });

  test('a hint of the vendor’s counts, too, and never shortens a running wait', () => {
    const { rest, clock } = openAccount();
    expect(rest({ ...QUOTA_GONE, headers: { 'retry-after': '100' } })).toBe('100 credential-model');
    expect(rest({ ...QUOTA_GONE, headers: { 'retry-after': '10' } })).toBe('100 credential-model');
    clock.advance(100_000);
    expect(rest(QUOTA_GONE)).toBe('300 credential-model');
  });

  test('are forgotten when the owner says so', () => {
    const { rest, limits } = openAccount();
    rest(QUOTA_GONE);
    limits.creditsAreEmpty();
    limits.reset();
    expect(rest(QUOTA_GONE)).toBe('60 credential-model');
    expect(limits.mayUseCredits()).toBe(true);
  });

  test('trouble of the service does not count', () => {
    const { rest, clock } = openAccount();
    rest({ status: 500 });
    clock.advance(8_000);
    expect(rest(QUOTA_GONE)).toBe('60 credential-model');
  });

  test('are remembered over a renewed token, and are no other account’s', () => {
    const { context, rest, clock } = openAccount();
    rest(QUOTA_GONE);
    clock.advance(60_000);
    const again = limitsOf(antigravityFile({ access_token: 'ya29.newer' }), context);
    expect(again.fail({ kind: 'quota', modelId: 'm-1', toldMs: undefined })).toBe(300_000);
    const other = limitsOf(antigravityFile({ email: 'bob@example.com' }), context);
    expect(other.fail({ kind: 'quota', modelId: 'm-1', toldMs: undefined })).toBe(60_000);
  });
});

describe('purchased credits', () => {
  test('that are used up are left alone for an hour', () => {
    const { refuse, limits, clock } = openAccount();
    expect(limits.mayUseCredits()).toBe(true);
    const { facts } = refuse({ status: 429, details: [errorInfo('INSUFFICIENT_G1_CREDITS_BALANCE')] });
    expect(areCreditsEmpty(facts)).toBe(true);
    expect(facts.reason).toBe('quota');
    expect(limits.mayUseCredits()).toBe(false);
    clock.advance(3_600_000);
    expect(limits.mayUseCredits()).toBe(true);
  });

  test('are not what another limit is about', () => {
    const { refuse, limits } = openAccount();
    expect(areCreditsEmpty(refuse({ status: 429, details: QUOTA }).facts)).toBe(false);
    expect(limits.mayUseCredits()).toBe(true);
  });
});

test.each([
  { status: 429, body: '', isBusy: true },
  { status: 503, body: 'NO CAPACITY AVAILABLE', isBusy: true },
  { status: 503, body: 'internal', isBusy: false },
  { status: 500, body: 'no capacity available', isBusy: false },
  { status: 403, body: '', isBusy: false },
])('the other host is asked after $status "$body": $isBusy', ({ status, body, isBusy }) => {
  expect(isHostBusy(status, body)).toBe(isBusy);
});
