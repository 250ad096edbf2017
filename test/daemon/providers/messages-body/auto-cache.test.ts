import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { placeCacheBreakpoints } from '../../../../src/daemon/providers/messages-body/auto-cache.js';
import {
  assistantTurn as assistant,
  marker,
  markersOf,
  textBlock as t,
  userTurn as user,
} from '../../../support/anthropic-bodies.js';
import { relayed } from '../../../support/provider.js';

function placed(body: JsonObject): JsonObject {
  const wire = relayed(body);
  placeCacheBreakpoints(wire);
  return wire.toJSON();
}

describe('breakpoints in a body without any', () => {
  const body: JsonObject = {
    tools: [{ name: 'a' }, { name: 'b' }, { name: 'late', defer_loading: true }],
    system: 'S',
    messages: [user('one'), assistant('x'), user([t('two'), t('more')]), assistant('y'), user('three')],
  };

  test('stand behind the last loaded tool, the system prompt and the second-to-last user turn', () => {
    expect(markersOf(placed(body))).toEqual({
      'tools.1': '5m',
      'system.0': '5m',
      'messages.2.content.1': '5m',
    });
  });

  test('leave everything else as it was', () => {
    const { system, messages, ...rest } = placed({ max_tokens: 5, ...body });
    expect(system).toEqual([t('S', marker)]);
    expect(messages).toEqual([
      user('one'),
      assistant('x'),
      user([t('two'), t('more', marker)]),
      assistant('y'),
      user('three'),
    ]);
    expect(rest).toEqual({
      max_tokens: 5,
      tools: [{ name: 'a' }, { name: 'b', cache_control: marker }, { name: 'late', defer_loading: true }],
    });
  });

  test.each<[string, JsonObject]>([
    ['one user turn', { messages: [user('one')] }],
    ['a blank system prompt', { system: ' \n', messages: [user('one')] }],
    ['no text at the end of it', { system: [t('')], messages: [user('one')] }],
    ['deferred tools only', { tools: [{ name: 'a', defer_loading: true }], messages: [user('one')] }],
    ['no content', { messages: [user([]), user('two')] }],
    ['thinking at the end of a turn', { messages: [user([t('a'), { type: 'thinking', thinking: 'hm' }]), user('b')] }],
    ['empty text at the end of a turn', { messages: [user([t('a'), t('')]), user('b')] }],
  ])('none with %s', (_, empty) => {
    expect(placed(empty)).toEqual(empty);
  });
});

describe('a breakpoint of the client', () => {
  test.each<[string, JsonObject]>([
    ['in a turn', { system: 'S', messages: [user([t('a', marker)]), user('b')] }],
    ['on a tool', { tools: [{ name: 'a', cache_control: marker }], system: 'S', messages: [user('a')] }],
    ['in the system prompt', { system: [t('S', marker), t('more')], messages: [user('a'), user('b')] }],
    [
      'inside a tool result',
      {
        system: 'S',
        messages: [user([{ type: 'tool_result', tool_use_id: 'x', content: [t('a', marker)] }]), user('b')],
      },
    ],
    ['that leaves the places to the vendor', { cache_control: marker, system: 'S', messages: [user('a'), user('b')] }],
  ])('%s keeps ours out', (_, body) => {
    expect(placed(body)).toEqual(body);
  });
});
