import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { claude } from '../../../../src/daemon/providers/claude/provider.js';
import { USER_AGENT } from '../../../../src/shared/version.js';
import {
  assistantTurn as assistant,
  markersOf,
  textBlock as t,
  userTurn as user,
} from '../../../support/anthropic-bodies.js';
import { type Ask, endpointOf, relayed, send } from '../../../support/provider.js';

const OFFICIAL = { apiKey: 'sk-ant-1', baseUrl: '' };
const OTHER = { apiKey: 'sk-other', baseUrl: 'https://other.test/anthropic' };

describe('where', () => {
  test.each([
    ['', 'https://api.anthropic.com/v1/messages'],
    ['https://api.anthropic.com/', 'https://api.anthropic.com/v1/messages'],
    ['https://api.anthropic.com/v1', 'https://api.anthropic.com/v1/messages'],
    ['https://other.test/anthropic', 'https://other.test/anthropic/v1/messages'],
    ['https://other.test/anthropic/v1/', 'https://other.test/anthropic/v1/messages'],
  ])('base URL "%s" leads to %s', (baseUrl, url) => {
    expect(send(claude, { apiKey: 'k', baseUrl }).url).toBe(url);
    expect(send(claude, { apiKey: 'k', baseUrl }, { operation: 'count-tokens' }).url).toBe(`${url}/count_tokens`);
  });

  test('nothing else is offered', () => {
    expect(endpointOf(claude.bind(OFFICIAL), { operation: 'embed' })).toBeUndefined();
  });
});

describe('headers', () => {
  test.each<[JsonObject, JsonObject]>([
    [OFFICIAL, { 'x-api-key': 'sk-ant-1' }],
    [OTHER, { authorization: 'Bearer sk-other' }],
    [{ ...OTHER, authHeader: 'x-api-key' }, { 'x-api-key': 'sk-other' }],
    [{ ...OFFICIAL, authHeader: 'bearer' }, { authorization: 'Bearer sk-ant-1' }],
    [
      { ...OTHER, authHeader: 'both' },
      { authorization: 'Bearer sk-other', 'x-api-key': 'sk-other' },
    ],
    [{ baseUrl: OTHER.baseUrl }, {}],
  ])('%j authenticates by %j, and never by what the client sent', (secret, expected) => {
    const { headers } = send(claude, secret, { client: { authorization: 'Bearer mine', 'x-api-key': 'mine' } });
    const { authorization, 'x-api-key': key } = headers;
    expect(JSON.parse(JSON.stringify({ authorization, 'x-api-key': key }))).toEqual(expected);
  });

  test('name us, our version of the API, and a stream where one is wanted', () => {
    expect(send(claude, OFFICIAL).headers).toEqual({
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'user-agent': USER_AGENT,
      'x-api-key': 'sk-ant-1',
      'anthropic-version': '2023-06-01',
      accept: 'application/json',
    });
    expect(send(claude, OFFICIAL, { stream: true }).headers['accept']).toBe('text/event-stream');
  });

  test('keep the version of the API that the client speaks', () => {
    expect(send(claude, OFFICIAL, { client: { 'anthropic-version': '2024-01-01' } }).headers['anthropic-version']).toBe(
      '2024-01-01',
    );
  });
});

describe('betas', () => {
  const ask: Ask = {
    client: { 'anthropic-beta': 'claude-code-20250219,effort-2025-11-24' },
    body: { betas: ['listed-1'], output_config: { effort: 'low' }, speed: 'fast' },
  };

  test('at Anthropic are the client’s and those that the body needs', () => {
    const { headers, body } = send(claude, OFFICIAL, ask);
    expect(headers['anthropic-beta']).toBe('claude-code-20250219,effort-2025-11-24,listed-1,fast-mode-2026-02-01');
    expect(body).not.toHaveProperty('betas');
  });

  test('elsewhere are the client’s alone', () => {
    const { headers, body } = send(claude, OTHER, ask);
    expect(headers['anthropic-beta']).toBe('claude-code-20250219,effort-2025-11-24,listed-1');
    expect(body).not.toHaveProperty('betas');
  });

  test('of a count are for what is left of the body', () => {
    const body = {
      model: 'm',
      messages: [user('a')],
      context_management: {},
      metadata: {},
      stream: false,
      max_tokens: 3,
    };
    const sent = send(claude, OFFICIAL, { operation: 'count-tokens', body });
    expect(sent.body).toEqual({ model: 'm-1', messages: [user('a')] });
    expect(sent.headers['anthropic-beta']).toBe('token-counting-2024-11-01');
  });
});

describe('prompt-cache breakpoints', () => {
  const body: JsonObject = { model: 'x', system: 'S', messages: [user('one'), assistant('x'), user('two')] };
  const places = { 'system.0': '5m', 'messages.0.content.0': '5m' };
  const large: JsonObject = { ...body, messages: [user('x'.repeat(256 * 1024)), assistant('x'), user('two')] };

  test.each<[string, JsonObject, Ask, object]>([
    ['are set in a relayed body without any', OFFICIAL, { body }, places],
    ['are set in a translated body', OFFICIAL, { body, relay: false }, places],
    ['are set in a large translated body', OFFICIAL, { body: large, relay: false }, places],
    ['are set for other hosts too', OTHER, { body }, places],
    ['are not set in a large relayed body', OFFICIAL, { body: large }, {}],
    ['are not set for Claude Code itself', OFFICIAL, { body, client: { 'x-claude-code-session-id': 's' } }, {}],
    ['are not set when switched off', { ...OFFICIAL, autoCache: false }, { body }, {}],
    ['are not set in a count', OFFICIAL, { body, operation: 'count-tokens' }, {}],
    [
      'are not set beside the client’s own',
      OFFICIAL,
      { body: { ...body, messages: [user([t('one', { type: 'ephemeral' })]), user('two')] } },
      { 'messages.0.content.0': '5m' },
    ],
  ])('%s', (_, secret, ask, expected) => {
    expect(markersOf(send(claude, secret, ask).body)).toEqual(expected);
  });

  test('leave the bytes of other members alone', () => {
    const { text } = send(claude, OFFICIAL, { body: { model: 'x', max_tokens: 1, messages: [user('a')] } });
    expect(text).toBe('{"model":"m-1","max_tokens":1,"messages":[{"role":"user","content":"a"}]}');
  });
});

describe('a refused thinking signature', () => {
  const failure = {
    reason: 'invalid-request',
    status: 400,
    message: 'Invalid `signature` in `thinking` block',
  } as const;
  const body: JsonObject = {
    messages: [user('a'), assistant([{ type: 'thinking', thinking: 'h' }, t('b')]), user('c')],
  };

  test('is mended by leaving the thinking out', () => {
    const wire = relayed(body);
    expect(claude.bind(OFFICIAL).repair?.(failure, wire)).toBe(true);
    expect(wire.toJSON()).toEqual({ messages: [user('a'), assistant([t('b')]), user('c')] });
  });

  test('is the only failure that is mended', () => {
    const wire = relayed(body);
    expect(claude.bind(OFFICIAL).repair?.({ ...failure, message: 'prompt is too long' }, wire)).toBe(false);
    expect(wire.toJSON()).toEqual(body);
  });
});
