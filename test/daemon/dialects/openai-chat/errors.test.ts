import { describe, expect, test } from 'vitest';
import { openaiChatClient, openaiChatUpstream } from '../../../../src/daemon/dialects/openai-chat/dialect.js';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';

const decode = (status: number, body: unknown): FailureFacts =>
  openaiChatUpstream.decodeError(status, typeof body === 'string' ? body : JSON.stringify(body));

describe('errors of upstreams', () => {
  test.each<{ name: string; status: number; body: unknown; expected: Partial<FailureFacts> }>([
    {
      name: '401 blames the key, though the body calls itself invalid_request_error',
      status: 401,
      body: { error: { message: 'Incorrect API key', type: 'invalid_request_error', code: 'invalid_api_key' } },
      expected: { reason: 'auth', code: 'invalid_api_key', message: 'Incorrect API key' },
    },
    {
      name: '402',
      status: 402,
      body: { error: { message: 'pay', type: 'invalid_request_error' } },
      expected: { reason: 'billing' },
    },
    { name: '403', status: 403, body: { message: 'no' }, expected: { reason: 'forbidden', message: 'no' } },
    {
      name: '404 with a model code',
      status: 404,
      body: { error: { message: 'no such model', type: 'invalid_request_error', code: 'model_not_found' } },
      expected: { reason: 'model-missing', code: 'model_not_found' },
    },
    {
      name: 'a 400 that is about the model',
      status: 400,
      body: { error: { message: 'bad', code: 'model_not_found' } },
      expected: { reason: 'model-missing' },
    },
    {
      name: 'a 429 for good',
      status: 429,
      body: { error: { message: 'quota', type: 'insufficient_quota', code: 'insufficient_quota' } },
      expected: { reason: 'quota' },
    },
    {
      name: 'a 429 that says when',
      status: 429,
      body: { error: { message: 'Rate limit reached. Please try again in 1m2.5s.', code: 'rate_limit_exceeded' } },
      expected: { reason: 'rate-limit', retryAfterMs: 62_500 },
    },
    {
      name: 'a 429 in milliseconds',
      status: 429,
      body: { error: { message: 'Please try again in 320ms.' } },
      expected: { retryAfterMs: 320 },
    },
    {
      name: "Google's list with a delay",
      status: 429,
      body: [{ error: { code: 429, message: 'slow', status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '34s' }] } }],
      expected: { reason: 'rate-limit', message: 'slow', retryAfterMs: 34_000 },
    },
    {
      name: 'a prompt that is too long, by its code',
      status: 400,
      body: { error: { message: 'x', code: 'context_length_exceeded', param: 'messages' } },
      expected: { reason: 'context-length', param: 'messages' },
    },
    {
      name: 'a prompt that is too long, by its words',
      status: 400,
      body: { error: { message: "exceeds the model's context window of 128000 tokens", code: 400 } },
      expected: { reason: 'context-length' },
    },
    {
      name: 'a content filter',
      status: 400,
      body: { error: { message: 'x', code: 'content_filter' } },
      expected: { reason: 'content-policy' },
    },
    {
      name: 'a validation error in FastAPI form',
      status: 422,
      body: { detail: [{ loc: ['body'], msg: 'field required' }] },
      expected: { reason: 'invalid-request', message: 'field required' },
    },
    { name: 'an error string', status: 400, body: { error: 'bad' }, expected: { message: 'bad' } },
    { name: 'plain text', status: 500, body: 'kaputt', expected: { reason: 'server', message: 'kaputt' } },
    {
      name: 'an HTML page',
      status: 503,
      body: '<html><h1>503</h1></html>',
      expected: { reason: 'overloaded', message: 'upstream answered 503 with an HTML page' },
    },
    {
      name: 'an empty body',
      status: 504,
      body: '',
      expected: { reason: 'timeout', message: 'upstream answered 504 with an empty body' },
    },
    {
      name: 'an error inside an answer of status 200',
      status: 502,
      body: { error: { message: 'slow', code: 429 } },
      expected: { reason: 'rate-limit', status: 429 },
    },
  ])('$name', ({ status, body, expected }) => {
    expect(decode(status, body)).toMatchObject({ status, ...expected });
  });

  test('the body is kept, but not more than 64 KiB of it; an empty one is not', () => {
    expect(decode(400, { error: { message: 'm' } }).body).toBe('{"error":{"message":"m"}}');
    expect(decode(500, 'x'.repeat(100_000)).body).toHaveLength(65_536);
    expect(decode(500, '')).not.toHaveProperty('body');
  });

  test('keys and links with keys are taken out of messages', () => {
    const message = 'key sk-proj-abcdef123456 at https://a.example/v1?key=AIzaSyA123456 refused';
    const decoded = decode(401, { error: { message } }).message;
    expect(decoded).toBe('key [key removed] at [link removed] refused');
  });
});

describe('errors for clients', () => {
  test.each<{ failure: FailureFacts; status: number; type: string; code: string | null }>([
    { failure: { reason: 'invalid-request', message: 'm' }, status: 400, type: 'invalid_request_error', code: null },
    { failure: { reason: 'auth', message: 'm' }, status: 401, type: 'authentication_error', code: 'invalid_api_key' },
    {
      failure: { reason: 'forbidden', message: 'm' },
      status: 403,
      type: 'permission_error',
      code: 'insufficient_quota',
    },
    {
      failure: { reason: 'model-missing', message: 'm' },
      status: 404,
      type: 'invalid_request_error',
      code: 'model_not_found',
    },
    {
      failure: { reason: 'rate-limit', message: 'm' },
      status: 429,
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
    },
    { failure: { reason: 'quota', message: 'm' }, status: 429, type: 'rate_limit_error', code: 'insufficient_quota' },
    {
      failure: { reason: 'context-length', message: 'm' },
      status: 400,
      type: 'invalid_request_error',
      code: 'context_length_exceeded',
    },
    { failure: { reason: 'server', message: 'm' }, status: 500, type: 'server_error', code: 'internal_server_error' },
    {
      failure: { reason: 'rate-limit', code: 'model_cooldown', message: 'm' },
      status: 429,
      type: 'rate_limit_error',
      code: 'model_cooldown',
    },
  ])('$failure.reason is $status', ({ failure, status, type, code }) => {
    expect(openaiChatClient.encodeError(failure)).toEqual({
      status,
      body: { error: { message: 'm', type, param: null, code } },
    });
  });

  test('an error object of this dialect is passed on as it came', () => {
    const body = { error: { message: 'x', type: 'invalid_request_error', param: 'a', code: null }, request_id: 'r' };
    const failure: FailureFacts = { reason: 'invalid-request', message: 'y', body: JSON.stringify(body) };
    expect(openaiChatClient.encodeError(failure)).toEqual({ status: 400, body });
  });

  test.each([
    ['Anthropic', { type: 'error', error: { type: 'overloaded_error', message: 'x' } }],
    ['Gemini', { error: { code: 400, message: 'x', status: 'INVALID_ARGUMENT' } }],
    ['nobody', '<html>'],
  ])('an error body of %s is not', (_name, body) => {
    const failure: FailureFacts = { reason: 'overloaded', message: 'y', body: JSON.stringify(body) };
    expect(openaiChatClient.encodeError(failure).body).toMatchObject({ error: { message: 'y' } });
  });

  test('the frame that is appended to a relayed stream is no [DONE]', () => {
    const frames: [string | undefined, string][] = [];
    openaiChatClient.encodeStreamError({ reason: 'network', message: 'gone' }, (...frame) => frames.push(frame));
    expect(frames).toEqual([
      [undefined, '{"error":{"message":"gone","type":"server_error","param":null,"code":"internal_server_error"}}'],
    ]);
  });
});
