import { describe, expect, test } from 'vitest';
import { parseDuration } from '../../../../src/daemon/dialects/gemini-generate/error-retry.js';
import { decodeError, encodeError, encodeStreamError } from '../../../../src/daemon/dialects/gemini-generate/errors.js';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';

const RPC = 'type.googleapis.com/google.rpc.';
const body = (code: number, status: string, message: string, details?: readonly object[]): string =>
  JSON.stringify({ error: { code, message, status, ...(details === undefined ? {} : { details }) } });
const info = (reason: string, metadata?: object) => ({
  '@type': `${RPC}ErrorInfo`,
  reason,
  domain: 'googleapis.com',
  metadata,
});
const quota = (quotaId: string) => ({ '@type': `${RPC}QuotaFailure`, violations: [{ quotaId }] });
const retry = (retryDelay: unknown) => ({ '@type': `${RPC}RetryInfo`, retryDelay });

test.each<{ name: string; status: number; text: string; facts: Partial<FailureFacts> }>([
  {
    name: 'a bad key, though the status is 400',
    status: 400,
    text: body(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [info('API_KEY_INVALID')]),
    facts: { reason: 'auth', status: 400, code: 'API_KEY_INVALID' },
  },
  {
    name: 'a bad key without details',
    status: 400,
    text: body(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'),
    facts: { reason: 'auth', code: 'INVALID_ARGUMENT' },
  },
  {
    name: 'a service that is off',
    status: 403,
    text: body(403, 'PERMISSION_DENIED', 'Generative Language API has not been used', [info('SERVICE_DISABLED')]),
    facts: { reason: 'forbidden', status: 403, code: 'SERVICE_DISABLED' },
  },
  {
    name: 'a limit per minute',
    status: 429,
    text: body(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [
      quota('GenerateRequestsPerMinutePerProject'),
      retry('34.074824224s'),
    ]),
    facts: { reason: 'rate-limit', status: 429, code: 'RESOURCE_EXHAUSTED', retryAfterMs: 34_075 },
  },
  {
    name: 'a limit per day',
    status: 429,
    text: body(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [
      quota('GenerateRequestsPerDayPerProject-FreeTier'),
      retry({ seconds: '10' }),
    ]),
    facts: { reason: 'quota', retryAfterMs: 10_000 },
  },
  {
    name: 'a rate limit of hours is a quota',
    status: 429,
    text: body(429, 'RESOURCE_EXHAUSTED', 'x', [info('RATE_LIMIT_EXCEEDED', { quotaResetDelay: '1h2m3.5s' })]),
    facts: { reason: 'quota', retryAfterMs: 3_723_500 },
  },
  {
    name: 'a short rate limit waits two seconds at least',
    status: 429,
    text: body(429, 'RESOURCE_EXHAUSTED', 'x', [info('RATE_LIMIT_EXCEEDED', { quotaResetDelay: '373.8ms' })]),
    facts: { reason: 'rate-limit', retryAfterMs: 2000 },
  },
  {
    name: 'a delay that is only spoken of',
    status: 429,
    text: body(429, 'RESOURCE_EXHAUSTED', 'Please retry in 7.5s.'),
    facts: { reason: 'rate-limit', retryAfterMs: 7500 },
  },
  {
    name: 'no capacity',
    status: 503,
    text: body(503, 'UNAVAILABLE', 'x', [info('MODEL_CAPACITY_EXHAUSTED')]),
    facts: { reason: 'overloaded' },
  },
  {
    name: 'an overloaded model',
    status: 503,
    text: body(503, 'UNAVAILABLE', 'The model is overloaded.'),
    facts: { reason: 'overloaded', status: 503 },
  },
  {
    name: 'an unknown model',
    status: 404,
    text: body(404, 'NOT_FOUND', 'models/x is not found'),
    facts: { reason: 'model-missing', status: 404 },
  },
  { name: 'a deadline', status: 504, text: body(504, 'DEADLINE_EXCEEDED', 'x'), facts: { reason: 'timeout' } },
  {
    name: 'too many tokens',
    status: 400,
    text: body(
      400,
      'INVALID_ARGUMENT',
      'The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).',
    ),
    facts: { reason: 'context-length', status: 400 },
  },
  {
    name: 'a wrong place',
    status: 400,
    text: body(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
    facts: { reason: 'forbidden' },
  },
  {
    name: 'a wrong field',
    status: 400,
    text: body(400, 'INVALID_ARGUMENT', 'Invalid value', [
      { '@type': `${RPC}BadRequest`, fieldViolations: [{ field: 'contents[0].role', description: 'x' }] },
    ]),
    facts: { reason: 'invalid-request', status: 400, param: 'contents[0].role' },
  },
  {
    name: 'an error in an array',
    status: 400,
    text: `[${body(400, 'INVALID_ARGUMENT', 'x')}]`,
    facts: { reason: 'invalid-request', message: 'x' },
  },
  {
    name: 'an error inside a good stream',
    status: 200,
    text: body(429, 'RESOURCE_EXHAUSTED', 'x'),
    facts: { reason: 'rate-limit', status: 429 },
  },
  {
    name: 'an error without a code inside a good stream',
    status: 200,
    text: '{"error":"broken"}',
    facts: { reason: 'network', status: 502, message: 'broken' },
  },
  {
    name: 'a status that says more than the body',
    status: 401,
    text: body(400, 'INVALID_ARGUMENT', 'x'),
    facts: { reason: 'auth', status: 401 },
  },
  {
    name: 'a web page',
    status: 503,
    text: '<html>Service</html>',
    facts: { reason: 'overloaded', status: 503, message: 'the upstream answered 503' },
  },
  {
    name: 'nothing',
    status: 500,
    text: '',
    facts: { reason: 'server', status: 500, message: 'the upstream answered 500 without a body' },
  },
  { name: 'JSON of another kind', status: 403, text: '[1]', facts: { reason: 'forbidden', status: 403 } },
])('$name', ({ status, text, facts }) => {
  expect(decodeError(status, text)).toMatchObject(facts);
});

test('a key never survives in a message or a body', () => {
  const key = `AIza${'x'.repeat(35)}`;
  const failure = decodeError(400, body(400, 'INVALID_ARGUMENT', `bad ${key} at https://g.example/?key=secret-1&x=2`));
  expect(JSON.stringify(failure)).not.toMatch(/AIza|secret-1/);
});

test.each([
  ['1h2m3.5s', 3_723_500],
  ['500ms', 500],
  ['16h4m', 57_840_000],
  ['soon', undefined],
  ['', undefined],
])('the duration %s is %s ms', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

describe('for a client', () => {
  test('a failure has the form of Google', () => {
    expect(
      encodeError({
        reason: 'quota',
        message: 'all cooling',
        code: 'model_cooldown',
        retryAfterMs: 65_000,
        param: 'model',
      }),
    ).toEqual({
      status: 429,
      body: {
        error: {
          code: 429,
          message: 'all cooling',
          status: 'RESOURCE_EXHAUSTED',
          details: [
            { '@type': `${RPC}ErrorInfo`, reason: 'model_cooldown', domain: 'cliproxyctl' },
            { '@type': `${RPC}BadRequest`, fieldViolations: [{ field: 'model', description: 'all cooling' }] },
            { '@type': `${RPC}RetryInfo`, retryDelay: '65s' },
          ],
        },
      },
    });
  });

  test.each<[FailureFacts['reason'], number, string]>([
    ['invalid-request', 400, 'INVALID_ARGUMENT'],
    ['auth', 401, 'UNAUTHENTICATED'],
    ['billing', 402, 'PERMISSION_DENIED'],
    ['forbidden', 403, 'PERMISSION_DENIED'],
    ['model-missing', 404, 'NOT_FOUND'],
    ['too-large', 413, 'INVALID_ARGUMENT'],
    ['rate-limit', 429, 'RESOURCE_EXHAUSTED'],
    ['server', 500, 'INTERNAL'],
    ['protocol', 502, 'UNAVAILABLE'],
    ['unavailable', 503, 'UNAVAILABLE'],
    ['timeout', 504, 'DEADLINE_EXCEEDED'],
  ])('%s is %i %s', (reason, status, name) => {
    expect(encodeError({ reason, message: 'm' })).toEqual({
      status,
      body: { error: { code: status, message: 'm', status: name } },
    });
  });

  test('an error of Google passes as it came, one of others does not', () => {
    const own = body(400, 'INVALID_ARGUMENT', 'x', [info('WHATEVER')]);
    expect(encodeError(decodeError(400, own)).body).toEqual(JSON.parse(own));
    const foreign = '{"type":"error","error":{"type":"overloaded_error","message":"busy"}}';
    expect(encodeError({ reason: 'overloaded', message: 'busy', body: foreign }).body).toEqual({
      error: { code: 529, message: 'busy', status: 'UNAVAILABLE' },
    });
  });

  test('a failure within a stream is one more frame without a name', () => {
    const frames: unknown[] = [];
    encodeStreamError({ reason: 'network', message: 'gone' }, (event, data) => frames.push([event, JSON.parse(data)]));
    expect(frames).toEqual([[undefined, { error: { code: 502, message: 'gone', status: 'UNAVAILABLE' } }]]);
  });
});
