import { describe, expect, test } from 'vitest';
import { limitCacheBreakpoints } from '../../../src/daemon/ir/cache-markers.js';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import {
  assistantTurn as assistant,
  hour,
  marker,
  markersOf,
  textBlock as t,
  userTurn as user,
} from '../../support/anthropic-bodies.js';

describe('breakpoints of the client', () => {
  test('on thinking are taken away', () => {
    const thinking = { type: 'thinking', thinking: 'hm', signature: 'E', cache_control: marker };
    expect(markersOf(limitCacheBreakpoints({ messages: [assistant([thinking, t('a', marker)])] }))).toEqual({
      'messages.0.content.1': '5m',
    });
  });

  test('beyond four go in this order: early system, early tools, early messages', () => {
    const tools = [1, 2].map((at) => ({ name: `t${at}`, cache_control: marker }));
    const system = [t('a', marker), t('b', marker)];
    const turns = (count: number): JsonObject[] =>
      Array.from({ length: count }, (_, at) => user([t(`m${at}`, marker)]));
    expect(markersOf(limitCacheBreakpoints({ tools, system, messages: turns(1) }))).toEqual({
      'tools.0': '5m',
      'tools.1': '5m',
      'system.1': '5m',
      'messages.0.content.0': '5m',
    });
    expect(markersOf(limitCacheBreakpoints({ tools, system, messages: turns(3) }))).toEqual({
      'tools.1': '5m',
      'system.1': '5m',
      'messages.1.content.0': '5m',
      'messages.2.content.0': '5m',
    });
  });

  test('of an hour behind shorter ones become short', () => {
    expect(
      markersOf(
        limitCacheBreakpoints({
          messages: [user([t('m', hour)])],
          system: [t('a', hour), t('b', marker)],
          tools: [{ name: 't', cache_control: hour }],
        }),
      ),
    ).toEqual({ 'tools.0': '1h', 'system.0': '1h', 'system.1': '5m', 'messages.0.content.0': '5m' });
  });
});
