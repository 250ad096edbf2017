import { describe, expect, test } from 'vitest';
import {
  openaiResponsesClient,
  openaiResponsesUpstream,
} from '../../../../src/daemon/dialects/openai-responses/dialect.js';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';

const error = (fields: object) => JSON.stringify({ error: fields });

describe('an upstream error is read', () => {
  test.each<[string, number, string, object]>([
    [
      'a wrong key',
      401,
      error({ message: 'bad', type: 'invalid_request_error', code: 'invalid_api_key' }),
      { reason: 'auth', status: 401, code: 'invalid_api_key' },
    ],
    ['an unpaid bill', 402, '', { reason: 'billing', status: 402 }],
    [
      'a forbidden account, whatever its type',
      403,
      error({ message: 'no', type: 'invalid_request_error' }),
      { reason: 'forbidden', status: 403 },
    ],
    [
      'an unknown model',
      404,
      error({ message: 'x', code: 'model_not_found' }),
      { reason: 'model-missing', status: 404 },
    ],
    [
      'an item that was never stored',
      404,
      error({ message: "Item with id 'rs_1' not found." }),
      { reason: 'invalid-request' },
    ],
    [
      'a model out of the plan',
      400,
      '{"detail":"The model gpt-5.5 is not supported when using Codex"}',
      { reason: 'model-missing', status: 400 },
    ],
    [
      'a refused parameter',
      400,
      '{"detail":"Unsupported parameter: max_output_tokens"}',
      { reason: 'invalid-request', message: 'Unsupported parameter: max_output_tokens' },
    ],
    [
      'a validation list',
      422,
      '{"detail":[{"loc":["body"],"msg":"field required"}]}',
      { reason: 'invalid-request', message: 'field required' },
    ],
    [
      'a full context',
      400,
      error({ message: 'x', code: 'context_length_exceeded', param: 'input' }),
      { reason: 'context-length', param: 'input' },
    ],
    [
      'a full context in words',
      400,
      error({ message: 'Your input exceeds the context window of this model.' }),
      { reason: 'context-length' },
    ],
    ['a policy', 400, error({ message: 'x', code: 'cyber_policy' }), { reason: 'content-policy' }],
    [
      'a used-up plan that came as 400',
      400,
      error({ type: 'usage_limit_reached', message: 'x', resets_in_seconds: 90 }),
      { reason: 'quota', status: 429, retryAfterMs: 90_000 },
    ],
    [
      'a rate limit with its words',
      429,
      error({ message: 'Please try again in 20ms.', code: 'rate_limit_exceeded' }),
      { reason: 'rate-limit', retryAfterMs: 20 },
    ],
    [
      'a rate limit in minutes',
      429,
      error({ message: 'try again in 2m' }),
      { reason: 'rate-limit', retryAfterMs: 120_000 },
    ],
    ['an empty account', 429, error({ message: 'x', code: 'insufficient_quota' }), { reason: 'quota' }],
    ['an overload', 503, error({ message: 'x', code: 'server_is_overloaded' }), { reason: 'overloaded', status: 503 }],
    ['a full model', 400, error({ message: 'Selected model is at capacity.' }), { reason: 'overloaded' }],
    ['a body too large', 413, 'Payload Too Large', { reason: 'too-large' }],
    ['a timeout', 504, '', { reason: 'timeout' }],
    [
      'a web page',
      403,
      '<!DOCTYPE html><html>Just a moment...</html>',
      { reason: 'forbidden', code: 'html_response', message: 'the upstream answered 403 with a web page' },
    ],
    [
      'an error inside a 200',
      502,
      error({ message: 'x', type: 'rate_limit_error' }),
      { reason: 'rate-limit', status: 429 },
    ],
    ['a plain word', 500, '{"error":"boom"}', { reason: 'server', message: 'boom' }],
    ['nothing', 500, '', { reason: 'server', message: 'the upstream answered 500' }],
  ])('%s', (_name, status, body, facts) => {
    expect(openaiResponsesUpstream.decodeError(status, body)).toMatchObject(facts);
  });

  test('a reset time in the future is waited for', () => {
    const resets_at = Math.ceil(Date.now() / 1000) + 100;
    const { retryAfterMs = 0 } = openaiResponsesUpstream.decodeError(
      429,
      error({ type: 'usage_limit_reached', resets_at }),
    );
    expect(retryAfterMs).toBeGreaterThan(90_000);
    expect(retryAfterMs).toBeLessThanOrEqual(101_000);
  });

  test('keys and tokens do not stay in its message', () => {
    const message = 'Incorrect API key sk-proj-0123456789abcdefghij for https://h/v1?key=SECRET&x=1';
    expect(openaiResponsesUpstream.decodeError(401, error({ message })).message).toBe(
      'Incorrect API key [redacted] for https://h/v1?key=[redacted]&x=1',
    );
  });
});

describe('a failure is told to the client', () => {
  const { encodeError, encodeStreamError } = openaiResponsesClient;
  test.each<[FailureFacts, number, object]>([
    [{ reason: 'auth', message: 'm' }, 401, { type: 'authentication_error', code: 'invalid_api_key' }],
    [{ reason: 'forbidden', message: 'm' }, 403, { type: 'permission_error', code: 'insufficient_quota' }],
    [
      { reason: 'model-missing', message: 'm', param: 'model' },
      404,
      { type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
    ],
    [{ reason: 'rate-limit', message: 'm' }, 429, { type: 'rate_limit_error', code: 'rate_limit_exceeded' }],
    [
      { reason: 'quota', message: 'm', code: 'usage_limit_reached' },
      429,
      { type: 'rate_limit_error', code: 'usage_limit_reached' },
    ],
    [
      { reason: 'context-length', message: 'm', code: 'context_length_exceeded' },
      400,
      { type: 'invalid_request_error', code: 'context_length_exceeded' },
    ],
    [{ reason: 'invalid-request', message: 'm' }, 400, { type: 'invalid_request_error', code: null, param: null }],
    [{ reason: 'unavailable', message: 'm' }, 503, { type: 'server_error', code: 'internal_server_error' }],
    [{ reason: 'server', status: 418, message: 'm' }, 418, { type: 'invalid_request_error' }],
  ])('%j', (failure, status, fields) => {
    expect(encodeError(failure)).toMatchObject({ status, body: { error: { message: 'm', ...fields } } });
  });

  test.each([
    {
      name: 'of this dialect as it came',
      body: { error: { message: 'v', type: 't', code: 'c', extra: 1 } },
      isPassed: true,
    },
    {
      name: 'of Anthropic in our form',
      body: { type: 'error', error: { type: 'api_error', message: 'v' } },
      isPassed: false,
    },
    {
      name: 'of Gemini in our form',
      body: { error: { code: 400, message: 'v', status: 'INVALID_ARGUMENT' } },
      isPassed: false,
    },
  ])('an error $name', ({ body, isPassed }) => {
    const told = encodeError({ reason: 'invalid-request', message: 'm', body: JSON.stringify(body) }).body;
    if (isPassed) expect(told).toEqual(body);
    else expect(told).toMatchObject({ error: { message: 'm', type: 'invalid_request_error' } });
  });

  test('in a relayed stream it is one error event', () => {
    const frames: unknown[] = [];
    encodeStreamError({ reason: 'network', message: 'gone' }, (name, data) => frames.push([name, JSON.parse(data)]));
    expect(frames).toEqual([
      ['error', { type: 'error', sequence_number: 0, code: 'internal_server_error', message: 'gone', param: null }],
    ]);
  });
});
