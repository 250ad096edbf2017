import { describe, expect, test } from 'vitest';
import { codex } from '../../../src/daemon/providers/codex/provider.js';
import { endpointOf, send } from '../../support/provider.js';

const SECRET = { apiKey: 'sk-1', baseUrl: 'https://up.test/v1' };
const BACKEND = { ...SECRET, profile: 'codex-backend' };

test.each([
  ['https://up.test/v1', 'https://up.test/v1/responses'],
  ['https://up.test/v1/', 'https://up.test/v1/responses'],
  ['https://up.test/backend-api/codex', 'https://up.test/backend-api/codex/responses'],
])('base URL %s leads to %s', (baseUrl, url) => {
  expect(send(codex, { ...SECRET, baseUrl }).url).toBe(url);
  expect(send(codex, { ...SECRET, baseUrl }, { operation: 'compact' }).url).toBe(`${url}/compact`);
});

test('only the backend always streams, and neither counts', () => {
  expect(endpointOf(codex.bind(SECRET), {})).toMatchObject({ dialect: 'openai-responses', alwaysStreams: false });
  expect(endpointOf(codex.bind(BACKEND), {})).toMatchObject({ alwaysStreams: true });
  expect(endpointOf(codex.bind(BACKEND), { operation: 'compact' })).toMatchObject({ alwaysStreams: false });
  expect(endpointOf(codex.bind(SECRET), { operation: 'count-tokens' })).toBeUndefined();
});

test('the key goes as a bearer token, and none as no header', () => {
  expect(send(codex, SECRET, { client: { authorization: 'Bearer mine' } }).headers['authorization']).toBe(
    'Bearer sk-1',
  );
  expect(send(codex, { baseUrl: SECRET.baseUrl }).headers).not.toHaveProperty('authorization');
});

test('configured headers are sent, copies of the client’s included', () => {
  const secret = { ...SECRET, headers: { 'X-Trace': '$X-Request-Id', 'X-Gone': '$X-Absent' } };
  const { headers } = send(codex, secret, { client: { 'x-request-id': 'r-1' } });
  expect(headers['x-trace']).toBe('r-1');
  expect(headers).not.toHaveProperty('x-gone');
});

describe('the body', () => {
  test('asks not to be stored, unless the client wants it', () => {
    expect(send(codex, SECRET, { body: { model: 'x', input: 'hi' } }).text).toBe(
      '{"model":"m-1","input":"hi","store":false}',
    );
    expect(send(codex, SECRET, { body: { store: true } }).body).toEqual({ model: 'm-1', store: true });
    expect(send(codex, SECRET, { body: { input: [] }, operation: 'compact' }).body).toEqual({
      model: 'm-1',
      input: [],
    });
  });

  test('is shaped for the backend: streamed, not stored, without what is refused there', () => {
    const body = {
      model: 'x',
      input: 'hi',
      stream: false,
      store: true,
      prompt_cache_retention: '24h',
      safety_identifier: 'u',
      stream_options: {},
      previous_response_id: 'r',
      prompt_cache_key: 'k',
    };
    const sent = send(codex, BACKEND, { body });
    expect(sent.body).toEqual({
      model: 'm-1',
      input: 'hi',
      stream: true,
      store: false,
      prompt_cache_key: 'k',
      include: ['reasoning.encrypted_content'],
      instructions: '',
    });
    expect(sent.headers['accept']).toBe('text/event-stream');
  });

  test('keeps the client’s instructions for the backend', () => {
    expect(send(codex, BACKEND, { body: { instructions: 'be brief' } }).body['instructions']).toBe('be brief');
  });
});
