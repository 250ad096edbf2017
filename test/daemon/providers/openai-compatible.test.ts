import { describe, expect, test } from 'vitest';
import { openaiCompatible } from '../../../src/daemon/providers/openai-compatible/provider.js';
import { endpointOf, send } from '../../support/provider.js';

const SECRET = { apiKey: 'sk-1', baseUrl: 'https://up.test/v1' };

test.each([
  ['https://up.test/v1', 'https://up.test/v1/chat/completions'],
  ['https://up.test/v1///', 'https://up.test/v1/chat/completions'],
  ['https://up.test/openai', 'https://up.test/openai/chat/completions'],
])('base URL %s leads to %s', (baseUrl, url) => {
  expect(send(openaiCompatible, { ...SECRET, baseUrl }).url).toBe(url);
});

test('only generating is offered, in OpenAI Chat', () => {
  const upstream = openaiCompatible.bind(SECRET);
  expect(endpointOf(upstream, {})).toMatchObject({ dialect: 'openai-chat', alwaysStreams: false });
  expect(endpointOf(upstream, { operation: 'count-tokens' })).toBeUndefined();
});

test('the key goes as a bearer token, and none as no header', () => {
  expect(send(openaiCompatible, SECRET).headers['authorization']).toBe('Bearer sk-1');
  expect(send(openaiCompatible, { baseUrl: SECRET.baseUrl }).headers).not.toHaveProperty('authorization');
});

test('configured headers are sent, copies of the client’s included', () => {
  const secret = { ...SECRET, headers: { 'X-Title': 'mine', 'X-Trace': '$X-Request-Id' } };
  const { headers } = send(openaiCompatible, secret, { client: { 'x-request-id': 'r-1' } });
  expect(headers).toMatchObject({ 'x-title': 'mine', 'x-trace': 'r-1' });
});

describe('the body', () => {
  test('keeps its bytes but for the model', () => {
    const { text } = send(openaiCompatible, SECRET, { body: { temperature: 1, model: 'alias', messages: [] } });
    expect(text).toBe('{"temperature":1,"model":"m-1","messages":[]}');
  });

  test.each([
    [undefined, { include_usage: true }],
    [
      { include_usage: false, more: 1 },
      { include_usage: true, more: 1 },
    ],
    ['nonsense', { include_usage: true }],
  ])('asks for usage in a stream: %j becomes %j', (options, expected) => {
    const body = { model: 'x', ...(options === undefined ? {} : { stream_options: options }) };
    expect(send(openaiCompatible, SECRET, { stream: true, body }).body['stream_options']).toEqual(expected);
  });

  test.each([
    { support: true, body: {}, sessionKey: 's-1', sent: 's-1' },
    { support: true, body: { prompt_cache_key: 'own' }, sessionKey: 's-1', sent: 'own' },
    { support: true, body: {}, sessionKey: undefined, sent: undefined },
    { support: false, body: {}, sessionKey: 's-1', sent: undefined },
  ])('has prompt_cache_key $sent for session $sessionKey of $body when supported: $support', (row) => {
    const ask = { body: row.body, ...(row.sessionKey === undefined ? {} : { sessionKey: row.sessionKey }) };
    const { body } = send(openaiCompatible, { ...SECRET, supportPromptCacheKey: row.support }, ask);
    expect(body['prompt_cache_key']).toBe(row.sent);
  });
});
