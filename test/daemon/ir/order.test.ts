import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../../src/daemon/ir/event.js';
import { checkOrder, openOrderCheck } from '../../../src/daemon/ir/order.js';

const start: ModelEvent = { type: 'response-start' };
const end: ModelEvent = { type: 'response-end', finish: { reason: 'stop' } };
const text = (index: number): ModelEvent[] => [
  { type: 'text-start', index },
  { type: 'text-delta', index, text: 'a' },
  { type: 'text-end', index },
];
const part: ModelEvent = { type: 'part', index: 0, part: { type: 'native', dialect: 'd', value: {} } };
const failure: ModelEvent = { type: 'error', error: { reason: 'server', message: 'm' } };

describe('order of events', () => {
  test.each<{ name: string; events: readonly ModelEvent[] }>([
    { name: 'one block after another', events: [start, ...text(0), ...text(1), end] },
    {
      name: 'interleaved blocks',
      events: [
        start,
        { type: 'tool-call-start', index: 0, id: 'a', name: 'f' },
        { type: 'reasoning-start', index: 4 },
        { type: 'tool-call-delta', index: 0, json: '{' },
        { type: 'reasoning-delta', index: 4, text: 'x' },
        { type: 'tool-call-end', index: 0 },
        { type: 'reasoning-end', index: 4 },
        end,
      ],
    },
    {
      name: 'usage anywhere',
      events: [start, { type: 'usage', usage: {} }, part, { type: 'usage', usage: { inputTokens: 1 } }, end],
    },
    { name: 'an error in the middle of a block', events: [start, { type: 'text-start', index: 0 }, failure] },
    { name: 'an error before anything', events: [failure] },
    { name: 'an empty answer', events: [start, end] },
  ])('takes $name', ({ events }) => {
    expect(() => checkOrder(events)).not.toThrow();
  });

  test.each<{ rule: string; events: readonly ModelEvent[] }>([
    { rule: 'response-start comes first', events: [...text(0), end] },
    { rule: 'there is one response-start', events: [start, start, end] },
    { rule: 'block 0 has not started', events: [start, { type: 'text-delta', index: 0, text: 'a' }] },
    { rule: 'fresh index', events: [start, ...text(0), ...text(0)] },
    { rule: 'fresh index', events: [start, part, part] },
    { rule: 'block 0 has ended', events: [start, ...text(0), { type: 'text-end', index: 0 }] },
    { rule: 'block 0 has ended', events: [start, ...text(0), { type: 'text-delta', index: 0, text: 'a' }] },
    { rule: 'is a text block', events: [start, { type: 'text-start', index: 0 }, { type: 'tool-call-end', index: 0 }] },
    { rule: 'still open: 0', events: [start, { type: 'text-start', index: 0 }, end] },
    { rule: 'nothing may follow response-end', events: [start, end, { type: 'usage', usage: {} }] },
    { rule: 'nothing may follow error', events: [start, failure, end] },
    { rule: 'ends with response-end or error, not text-end', events: [start, ...text(0)] },
    { rule: 'not nothing', events: [] },
  ])('refuses, saying "$rule"', ({ rule, events }) => {
    expect(() => checkOrder(events)).toThrow(rule);
  });

  test('names the event that broke the rule as it comes', () => {
    const check = openOrderCheck();
    check(start);
    expect(() => check({ type: 'tool-call-delta', index: 2, json: '' })).toThrow('tool-call-delta');
  });
});
