import { describe, expect, test } from 'vitest';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';
import { classifyFailure, explainFailure } from '../../../../src/daemon/providers/kiro/account-errors.js';
import { decodeError } from '../../../../src/daemon/providers/kiro/decode-error.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Three hours before the next day. */
const NOW = Date.UTC(2026, 0, 10, 21);
const FRESH = { resetsAt: undefined, strikes: 0 };

const body = (reason: string | null, message = 'no'): string => JSON.stringify({ message, reason });
const read = (status: number, text: string): FailureFacts => decodeError(status, text);

describe('what a refusal means, and whom it concerns', () => {
  test.each<{ name: string; status: number; text: string; failure: Partial<FailureFacts>; verdict: unknown }>([
    {
      name: 'an improperly formed request: the request',
      status: 400,
      text: body(null, 'Improperly formed request.'),
      failure: { reason: 'invalid-request', status: 400 },
      verdict: undefined,
    },
    {
      name: 'results that do not fit their calls: the request',
      status: 400,
      text: body('TOOL_USE_RESULT_MISMATCH'),
      failure: { reason: 'invalid-request', status: 400, code: 'TOOL_USE_RESULT_MISMATCH' },
      verdict: undefined,
    },
    {
      name: 'too long, by its code: the request',
      status: 400,
      text: body('CONTENT_LENGTH_EXCEEDS_THRESHOLD'),
      failure: { reason: 'context-length', status: 400, code: 'context_length_exceeded' },
      verdict: undefined,
    },
    {
      name: 'too long, by its words: the request',
      status: 400,
      text: body(null, 'Input is too long.'),
      failure: { reason: 'context-length', code: 'context_length_exceeded' },
      verdict: undefined,
    },
    {
      name: 'too long, by its status: the request',
      status: 413,
      text: '',
      failure: { reason: 'context-length', status: 400, code: 'context_length_exceeded' },
      verdict: undefined,
    },
    {
      name: 'a model that is not there: the model with this account',
      status: 400,
      text: body('INVALID_MODEL_ID'),
      failure: { reason: 'model-missing', status: 404 },
      verdict: { blame: 'credential-model', next: 'next-credential', cooldownMs: 6 * HOUR },
    },
    {
      name: 'the month, with 402: the account',
      status: 402,
      text: body('MONTHLY_REQUEST_COUNT'),
      failure: { reason: 'quota', status: 429 },
      verdict: { blame: 'credential', next: 'next-credential', cooldownMs: HOUR },
    },
    {
      name: 'the month, with 400: the account',
      status: 400,
      text: body('MONTHLY_REQUEST_COUNT'),
      failure: { reason: 'quota', status: 429 },
      verdict: { blame: 'credential', next: 'next-credential', cooldownMs: HOUR },
    },
    {
      name: 'the day: the account until midnight',
      status: 429,
      text: body('DAILY_REQUEST_COUNT'),
      failure: { reason: 'quota' },
      verdict: { blame: 'credential', next: 'next-credential', cooldownMs: 3 * HOUR },
    },
    {
      name: 'no room for the model, with 429: the model, never the account',
      status: 429,
      text: body('INSUFFICIENT_MODEL_CAPACITY', 'Too many requests'),
      failure: { reason: 'overloaded', status: 529 },
      verdict: { blame: 'model', next: 'next-model', cooldownMs: 5000 },
    },
    {
      name: 'no room for the model, in words: the model',
      status: 500,
      text: body(null, 'Encountered unexpectedly high load when processing the request'),
      failure: { reason: 'overloaded', status: 529 },
      verdict: { blame: 'model', next: 'next-model', cooldownMs: 5000 },
    },
    {
      name: 'a rate: the account',
      status: 429,
      text: body('USER_REQUEST_RATE_EXCEEDED'),
      failure: { reason: 'rate-limit' },
      verdict: { blame: 'credential', next: 'next-credential', cooldownMs: MINUTE },
    },
    {
      name: 'a rate of the RPC form, with its own wait: the account',
      status: 429,
      text: JSON.stringify({ __type: 'com.amazon#ThrottlingException', message: 'x', retryAfterMilliseconds: 700 }),
      failure: { reason: 'rate-limit', code: 'ThrottlingException', retryAfterMs: 700 },
      verdict: { blame: 'credential', next: 'next-credential', cooldownMs: 700 },
    },
    {
      name: 'a token that is no good, with 403: to be renewed, as after 401',
      status: 403,
      text: body(null, 'The bearer token included in the request is invalid.'),
      failure: { reason: 'auth', status: 401 },
      verdict: undefined,
    },
    {
      name: 'a token that has ended',
      status: 403,
      text: JSON.stringify({
        __type: 'AccessDeniedException',
        message: 'The security token included in the request is expired',
      }),
      failure: { reason: 'auth', status: 401 },
      verdict: undefined,
    },
    {
      name: 'a 403 that speaks of invalid things, but not of a token: no renewal',
      status: 403,
      text: body(null, 'User is not authorized: invalid profile for this token owner'),
      failure: { reason: 'forbidden', status: 403 },
      verdict: undefined,
    },
    {
      name: 'a locked account, by its code: the account for a day',
      status: 403,
      text: body('TEMPORARILY_SUSPENDED'),
      failure: { reason: 'forbidden' },
      verdict: { blame: 'credential', next: 'next-credential', cooldownMs: DAY },
    },
    {
      name: 'a locked account, by its words: the account for a day',
      status: 403,
      text: body(null, 'Your User ID (d-1) temporarily is suspended.'),
      failure: { reason: 'forbidden', code: 'TEMPORARILY_SUSPENDED' },
      verdict: { blame: 'credential', next: 'next-credential', cooldownMs: DAY },
    },
    {
      name: 'access denied is no lock',
      status: 403,
      text: body(null, 'Access denied'),
      failure: { reason: 'forbidden', status: 403 },
      verdict: undefined,
    },
    {
      name: 'a model that the plan has not: the model with this account',
      status: 403,
      text: body('FEATURE_NOT_SUPPORTED'),
      failure: { reason: 'forbidden' },
      verdict: { blame: 'credential-model', next: 'next-credential', cooldownMs: 12 * HOUR },
    },
    {
      name: 'a service that is down: the engine’s own table',
      status: 503,
      text: JSON.stringify({ __type: 'ServiceUnavailableException', message: 'x' }),
      failure: { reason: 'overloaded', status: 503 },
      verdict: undefined,
    },
    {
      name: 'a web page',
      status: 502,
      text: '<html>bad gateway</html>',
      failure: { reason: 'network', status: 502, body: '<html>bad gateway</html>' },
      verdict: undefined,
    },
  ])('$name', ({ status, text, failure, verdict }) => {
    const facts = read(status, text);
    expect(facts).toMatchObject(failure);
    expect(classifyFailure(explainFailure(facts, NOW, FRESH))).toEqual(verdict);
  });
});

test('a spent month lasts until the account’s own reset, where it is known', () => {
  const month = read(402, body('MONTHLY_REQUEST_COUNT'));
  expect(explainFailure(month, NOW, { ...FRESH, resetsAt: NOW + 9 * DAY }).retryAfterMs).toBe(9 * DAY);
  expect(explainFailure(month, NOW, { ...FRESH, resetsAt: NOW - 1 }).retryAfterMs).toBe(HOUR);
});

test('rests after a rate grow to five minutes', () => {
  const rate = read(429, body(null, 'Too many requests'));
  const rests = [0, 1, 2, 3, 9].map((strikes) => explainFailure(rate, NOW, { ...FRESH, strikes }).retryAfterMs);
  expect(rests).toEqual([MINUTE, 2 * MINUTE, 4 * MINUTE, 5 * MINUTE, 5 * MINUTE]);
});

test.each(['invalid_upstream_answer', 'empty_answer', 'truncated_tool_call'])('%s is nobody’s fault', (code) => {
  const failure: FailureFacts = { reason: 'protocol', status: 502, code, message: 'x' };
  expect(classifyFailure(failure)).toEqual({ blame: 'network', next: 'next-credential' });
});
