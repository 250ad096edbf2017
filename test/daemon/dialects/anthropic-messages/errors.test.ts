import { describe, expect, test } from 'vitest';
import {
  anthropicMessagesClient,
  anthropicMessagesUpstream,
} from '../../../../src/daemon/dialects/anthropic-messages/dialect.js';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';
import { failureStatus } from '../../../../src/daemon/ir/error.js';

const own = (type: string, message: string): string =>
  JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' });
const decode = anthropicMessagesUpstream.decodeError;

describe('an error answer of an upstream', () => {
  test.each<[number, string, Partial<FailureFacts>]>([
    [400, own('invalid_request_error', 'bad'), { reason: 'invalid-request', status: 400, message: 'bad' }],
    [400, own('invalid_request_error', 'prompt is too long: 9 > 8'), { reason: 'context-length' }],
    [400, own('invalid_request_error', 'Your credit balance is too low to access'), { reason: 'billing' }],
    [400, own('invalid_request_error', 'Output blocked by content filtering policy'), { reason: 'content-policy' }],
    [401, own('invalid_request_error', 'no'), { reason: 'auth', status: 401 }],
    [401, own('authentication_error', 'no'), { reason: 'auth', code: 'authentication_error' }],
    [402, own('invalid_request_error', 'pay'), { reason: 'billing' }],
    [403, own('permission_error', 'no'), { reason: 'forbidden' }],
    [404, own('not_found_error', 'model: x'), { reason: 'model-missing', status: 404 }],
    [413, own('request_too_large', 'big'), { reason: 'too-large' }],
    [429, own('rate_limit_error', 'slow'), { reason: 'rate-limit', status: 429 }],
    [500, own('api_error', 'oops'), { reason: 'server', status: 500 }],
    [529, own('overloaded_error', 'busy'), { reason: 'overloaded', status: 529 }],
    [502, own('overloaded_error', 'busy'), { reason: 'overloaded', code: 'overloaded_error' }],
    [502, own('rate_limit_error', 'slow'), { reason: 'rate-limit' }],
    [
      429,
      '{"error":{"code":"model_cooldown","message":"wait","reset_seconds":65}}',
      {
        reason: 'rate-limit',
        code: 'model_cooldown',
        retryAfterMs: 65_000,
      },
    ],
    [400, '{"error":"plain words"}', { reason: 'invalid-request', message: 'plain words' }],
    [404, '{"detail":"Not Found"}', { reason: 'model-missing', message: 'Not Found' }],
    [
      403,
      '<!DOCTYPE html><title>Just a moment</title>',
      {
        reason: 'forbidden',
        message: 'the upstream answered 403 with a web page',
      },
    ],
    [503, '', { reason: 'overloaded', message: 'the upstream answered 503 without a body' }],
    [500, 'boom', { reason: 'server', message: 'the upstream answered 500: boom' }],
  ])('%i %s', (status, body, expected) => {
    expect(decode(status, body)).toMatchObject(expected);
  });

  test('a typed error inside a gateway’s 502 is answered by its type', () => {
    expect(failureStatus(decode(502, own('overloaded_error', 'busy')))).toBe(529);
  });

  test('never shows a key that the upstream quoted', () => {
    const failure = decode(
      401,
      own('authentication_error', 'no such key sk-ant-api03-0123456789abcdef at /v1?key=abc'),
    );
    expect(failure.message).toBe('no such key [redacted] at /v1?key=[redacted]');
    expect(failure.body).not.toContain('0123456789abcdef');
  });

  test('keeps its body, up to 64 KiB', () => {
    const long = own('api_error', 'x'.repeat(100_000));
    expect(decode(500, long).body).toHaveLength(64 * 1024);
    expect(decode(500, own('api_error', 'x')).body).toBe(own('api_error', 'x'));
  });
});

describe('a failure as clients see it', () => {
  test.each<[FailureFacts, number, string]>([
    [{ reason: 'invalid-request', message: 'm' }, 400, 'invalid_request_error'],
    [{ reason: 'auth', message: 'm' }, 401, 'authentication_error'],
    [{ reason: 'billing', message: 'm' }, 402, 'billing_error'],
    [{ reason: 'forbidden', message: 'm' }, 403, 'permission_error'],
    [{ reason: 'model-missing', message: 'm' }, 404, 'not_found_error'],
    [{ reason: 'too-large', message: 'm' }, 413, 'request_too_large'],
    [{ reason: 'rate-limit', message: 'm' }, 429, 'rate_limit_error'],
    [{ reason: 'server', message: 'm' }, 500, 'api_error'],
    [{ reason: 'protocol', message: 'm' }, 502, 'api_error'],
    [{ reason: 'timeout', message: 'm' }, 504, 'timeout_error'],
    [{ reason: 'overloaded', message: 'm' }, 529, 'overloaded_error'],
    [{ reason: 'rate-limit', status: 503, message: 'm' }, 503, 'api_error'],
    [{ reason: 'invalid-request', status: 422, message: 'm' }, 422, 'invalid_request_error'],
  ])('%j', (failure, status, type) => {
    expect(anthropicMessagesClient.encodeError(failure)).toEqual({
      status,
      body: { type: 'error', error: { type, message: 'm' } },
    });
  });

  test('an error body of this dialect passes as it came', () => {
    const body = own('invalid_request_error', 'bad');
    expect(anthropicMessagesClient.encodeError(decode(400, body))).toEqual({ status: 400, body: JSON.parse(body) });
  });

  test('an error body of another dialect does not', () => {
    const body = '{"error":{"message":"bad","type":"server_error"}}';
    expect(anthropicMessagesClient.encodeError({ reason: 'server', message: 'bad', body }).body).toEqual({
      type: 'error',
      error: { type: 'api_error', message: 'bad' },
    });
  });

  test('too long a prompt is said in the words that clients look for', () => {
    const { body } = anthropicMessagesClient.encodeError({ reason: 'context-length', message: '9 tokens' });
    expect(body['error']).toMatchObject({ message: 'prompt is too long: 9 tokens' });
  });

  test('after the first byte it is an event', () => {
    const frames: unknown[] = [];
    anthropicMessagesClient.encodeStreamError({ reason: 'network', message: 'gone' }, (event, data) =>
      frames.push([event, JSON.parse(data)]),
    );
    expect(frames).toEqual([['error', { type: 'error', error: { type: 'api_error', message: 'gone' } }]]);
  });
});
