import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { isSignatureRefused, stripThinking } from '../../../../src/daemon/providers/messages-body/repair.js';
import { assistantTurn as assistant, textBlock as t, userTurn as user } from '../../../support/anthropic-bodies.js';
import { relayed } from '../../../support/provider.js';

const thinking = { type: 'thinking', thinking: 'hm', signature: 'E' };
const redacted = { type: 'redacted_thinking', data: 'x' };
const call = { type: 'tool_use', id: 'c', name: 'f', input: {} };

function stripped(body: JsonObject): JsonObject | undefined {
  const wire = relayed(body);
  return stripThinking(wire) ? wire.toJSON() : undefined;
}

describe('a second try without thinking', () => {
  test('has no thinking in its history, and no turn of nothing else', () => {
    expect(
      stripped({
        messages: [user('a'), assistant([thinking, t('b')]), user('c'), assistant([redacted]), user('d')],
      }),
    ).toEqual({ messages: [user('a'), assistant([t('b')]), user('c'), user('d')] });
  });

  test('asks for none where a tool turn would have to begin with it', () => {
    const messages = [user('a'), assistant([thinking, call]), user('r')];
    const kept = [user('a'), assistant([call]), user('r')];
    const asked = { thinking: { type: 'adaptive' } };
    const off = { messages: kept, thinking: { type: 'disabled' } };
    expect(stripped({ messages, ...asked, output_config: { effort: 'high' } })).toEqual(off);
    expect(stripped({ messages, ...asked, output_config: { effort: 'high', format: {} } })).toEqual({
      ...off,
      output_config: { format: {} },
    });
  });

  test('still thinks where it may', () => {
    const body = { messages: [user('a'), assistant([thinking, t('b')]), user('c')], thinking: { type: 'adaptive' } };
    expect(stripped(body)).toEqual({ ...body, messages: [user('a'), assistant([t('b')]), user('c')] });
  });

  test('is not made when there was no thinking', () => {
    expect(stripped({ messages: [user('a'), assistant('b'), user('c')] })).toBeUndefined();
    expect(stripped({})).toBeUndefined();
  });
});

test.each([
  { status: 400, message: 'messages.1.content.0: Invalid `signature` in `thinking` block', isRefused: true },
  { status: 400, message: 'max_tokens: invalid', isRefused: false },
  { status: 500, message: 'Invalid `signature` in `thinking` block', isRefused: false },
])('$status "$message" is about a signature: $isRefused', ({ status, message, isRefused }) => {
  expect(isSignatureRefused({ reason: 'invalid-request', status, message })).toBe(isRefused);
});
