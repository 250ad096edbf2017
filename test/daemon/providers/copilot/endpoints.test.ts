import { describe, expect, test } from 'vitest';
import { wayFor } from '../../../../src/daemon/providers/copilot/endpoints.js';
import { modelNamed } from '../../../support/provider.js';

const NONE: ReadonlySet<string> = new Set();
const ALL = ['/chat/completions', '/responses', '/v1/messages'];
const way = (id: string, client: string, endpoints?: readonly string[], more = {}) =>
  wayFor({
    model: modelNamed(id, endpoints === undefined ? {} : { endpoints }),
    client,
    isEnterprise: false,
    refused: NONE,
    ...more,
  })?.path;

describe('with a list', () => {
  test.each([
    ['claude-opus-4.6', 'anthropic-messages', ALL, '/v1/messages'],
    ['claude-opus-4.6', 'anthropic-messages', ['/messages', '/chat/completions'], '/v1/messages'],
    ['claude-opus-4.6', 'openai-chat', ['/chat/completions', '/v1/messages'], '/chat/completions'],
    ['claude-opus-4.6', 'gemini-generate', ['/chat/completions', '/v1/messages'], '/v1/messages'],
    ['claude-opus-4.6', 'anthropic-messages', ['/chat/completions'], '/chat/completions'],
    ['gpt-5.4', 'openai-chat', ['/chat/completions', '/responses'], '/chat/completions'],
    ['gpt-5.4', 'openai-chat', ['/responses'], '/responses'],
    ['gpt-5.4', 'anthropic-messages', ['/chat/completions', '/responses'], '/responses'],
    ['gpt-4.1', 'anthropic-messages', ['/chat/completions', '/responses'], '/chat/completions'],
    ['gpt-4.1', 'openai-responses', ['/chat/completions', '/responses'], '/responses'],
    ['gemini-3-pro', 'openai-responses', ['/chat/completions', 'ws:/responses'], '/chat/completions'],
  ])('%s for a client of %s, served on %j, is asked at %s', (id, client, endpoints, expected) => {
    expect(way(id, client, endpoints)).toBe(expected);
  });
});

describe('without a list', () => {
  test.each([
    ['claude-sonnet-4.6', '/v1/messages'],
    ['gpt-5.4', '/responses'],
    ['gpt-5', '/responses'],
    ['gpt-12-x', '/responses'],
    ['gpt-5-mini', '/chat/completions'],
    ['gpt-4o', '/chat/completions'],
    ['some-codex', '/responses'],
    ['gemini-2.5-pro', '/chat/completions'],
    ['grok-code-fast-1', '/chat/completions'],
  ])('%s is asked at %s', (id, expected) => {
    expect(way(id, 'openai-chat')).toBe(expected);
    expect(way(id, 'openai-chat', [])).toBe(expected);
    expect(way(id, 'openai-chat', ['/unknown'])).toBe(expected);
  });

  test('an enterprise’s own host has chat only', () => {
    expect(way('claude-sonnet-4.6', 'anthropic-messages', undefined, { isEnterprise: true })).toBe('/chat/completions');
  });
});

test('a way that was refused is not chosen again, and when none is left there is none', () => {
  const refused = new Set(['/v1/messages']);
  expect(way('claude-x', 'anthropic-messages', ALL, { refused })).toBe('/chat/completions');
  expect(way('claude-x', 'anthropic-messages', undefined, { refused })).toBe('/chat/completions');
  expect(way('claude-x', 'anthropic-messages', ['/v1/messages'], { refused })).toBeUndefined();
});
