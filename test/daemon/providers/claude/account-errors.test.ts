import { describe, expect, test } from 'vitest';
import { decodeError } from '../../../../src/daemon/dialects/anthropic-messages/errors.js';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';
import { openClaudeAccount } from '../../../../src/daemon/providers/claude/account-upstream.js';
import { accountContext } from '../../../support/accounts.js';

const NOW = 1_790_000_000_000;
const seconds = (ms: number): string => String(Math.round(ms / 1000));
const HOUR = 3_600_000;

/** What the engine makes of an answer: read, explained by headers, judged. */
function judged(status: number, error: unknown, headers: Record<string, string> = {}) {
  const upstream = openClaudeAccount({ access_token: 'sk-ant-oat01-x' }, accountContext());
  const body = typeof error === 'string' ? error : JSON.stringify({ type: 'error', error });
  const facts: FailureFacts = { ...decodeError(status, body), status, body };
  const failure = upstream.explain?.(facts, headers, NOW) ?? facts;
  return { failure, verdict: upstream.classify?.(failure) };
}

const limited = (windows: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(windows).map(([name, value]) => [`anthropic-ratelimit-unified-${name}`, value]));

const RATE = { type: 'rate_limit_error', message: 'This request would exceed your account rate limit.' };

describe('a 429 of a subscription', () => {
  test.each([
    {
      name: 'rests the account until the 5-hour reset when that limit is rejected',
      headers: limited({
        status: 'rejected',
        '5h-status': 'rejected',
        '5h-reset': seconds(NOW + HOUR),
        '7d-status': 'allowed',
      }),
      blame: 'credential',
      atLeast: HOUR,
    },
    {
      name: 'goes by the later reset when both limits are rejected',
      headers: limited({
        '5h-status': 'rejected',
        '5h-reset': seconds(NOW + HOUR),
        '7d-status': 'rejected',
        '7d-reset': seconds(NOW + 50 * HOUR),
      }),
      blame: 'credential',
      atLeast: 50 * HOUR,
    },
    {
      name: 'takes the unified status alone for the account',
      headers: limited({ status: 'rejected', reset: seconds(NOW + 2 * HOUR) }),
      blame: 'credential',
      atLeast: 2 * HOUR,
    },
    {
      name: 'believes a Retry-After that is later than the windows',
      headers: { ...limited({ '5h-status': 'rejected', '5h-reset': seconds(NOW + HOUR) }), 'retry-after': '7200.5' },
      blame: 'credential',
      atLeast: 2 * HOUR,
    },
  ])('$name', ({ headers, blame, atLeast }) => {
    const { verdict } = judged(429, RATE, headers);
    expect(verdict).toMatchObject({ blame, next: 'next-credential' });
    const over = (verdict?.cooldownMs ?? 0) - atLeast;
    expect(over).toBeGreaterThanOrEqual(1000);
    expect(over).toBeLessThanOrEqual(31_000);
  });

  test.each([
    {
      name: 'blames one model when only its family window is rejected',
      headers: limited({ '5h-status': 'allowed', '7d-status': 'allowed', '7d_oi-status': 'rejected' }),
    },
    {
      name: 'blames one model when no window is rejected',
      headers: limited({ status: 'allowed', '5h-status': 'allowed' }),
    },
    { name: 'blames one model when there are no such headers', headers: {} },
  ])('$name', ({ headers }) => {
    const { failure, verdict } = judged(429, RATE, headers);
    expect(failure.reason).toBe('rate-limit');
    expect(verdict).toBeUndefined();
  });

  test.each(['Fast mode requires usage credits', 'Fast request rejected: not enough credits'])(
    'rests nobody when it is about fast mode: %s',
    (message) => {
      const headers = limited({ '5h-status': 'allowed' });
      expect(judged(429, { type: 'rate_limit_error', message }, headers).verdict).toEqual({
        blame: 'request',
        next: 'stop',
      });
    },
  );

  test('spreads the wake-up of two accounts', () => {
    const headers = limited({ '5h-status': 'rejected', '5h-reset': seconds(NOW + HOUR) });
    const waits = ['sk-ant-oat01-a', 'sk-ant-oat01-b', 'sk-ant-oat01-c'].map((token) => {
      const upstream = openClaudeAccount({ access_token: token }, accountContext());
      return upstream.explain?.({ reason: 'rate-limit', status: 429, message: '' }, headers, NOW).retryAfterMs;
    });
    expect(new Set(waits).size).toBeGreaterThan(1);
  });
});

describe('other answers', () => {
  test.each([
    {
      name: 'a refusal of the client is shown and not tried elsewhere',
      answer: [
        400,
        {
          type: 'invalid_request_error',
          message:
            'This credential is only authorized for use with Claude Code and cannot be used for other API requests.',
        },
      ],
      verdict: { blame: 'request', next: 'stop' },
    },
    {
      name: 'billing by extra usage is shown and not tried elsewhere',
      answer: [
        400,
        {
          type: 'invalid_request_error',
          message: 'Third-party apps now draw from your extra usage, not your plan limits.',
        },
      ],
      verdict: { blame: 'request', next: 'stop' },
    },
    {
      name: 'a bare "Error" stops',
      answer: [400, { type: 'invalid_request_error', message: 'Error' }],
      verdict: { blame: 'request', next: 'stop' },
    },
    {
      name: 'a model that the plan lacks rests twelve hours',
      answer: [400, { type: 'invalid_request_error', message: 'The model claude-x is not available for your plan' }],
      verdict: { blame: 'credential-model', next: 'next-credential', cooldownMs: 12 * HOUR },
    },
    {
      name: 'a field that the model lacks is the request',
      answer: [400, { type: 'invalid_request_error', message: "role 'system' is not supported on this model" }],
      verdict: undefined,
    },
    {
      name: 'a bot check rests the account for seconds only',
      answer: [403, '<!DOCTYPE html><html><title>Just a moment...</title></html>'],
      verdict: { blame: 'credential', next: 'next-credential', cooldownMs: 10_000 },
    },
    {
      name: 'an overload is left to the table',
      answer: [529, { type: 'overloaded_error', message: 'Overloaded' }],
      verdict: undefined,
    },
  ] as const)('$name', ({ answer: [status, error], verdict }) => {
    expect(judged(status, error).verdict).toEqual(verdict);
  });

  test('the message of a bare "Error" says what it may mean', () => {
    expect(judged(400, { type: 'invalid_request_error', message: 'Error' }).failure.message).toMatch(/subscription/);
  });
});
