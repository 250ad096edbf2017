import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCollector } from '../../../src/daemon/ir/collect.js';
import type { ModelEvent } from '../../../src/daemon/ir/event.js';
import { expandResponse } from '../../../src/daemon/ir/expand.js';
import { checkOrder } from '../../../src/daemon/ir/order.js';
import { modelResponses } from '../../support/model-response.js';

const collect = (events: readonly ModelEvent[]) => {
  const collector = openCollector();
  for (const event of events) collector.write(event);
  return collector;
};

describe('collect and expand', () => {
  test('collecting an expanded answer gives it back', () => {
    fc.assert(
      fc.property(modelResponses, (response) => {
        const collector = openCollector();
        expandResponse(response, collector.write);
        expect(collector.result()).toStrictEqual(response);
      }),
    );
  });

  test('an expanded answer keeps the grammar of events', () => {
    fc.assert(
      fc.property(modelResponses, (response) => {
        const events: ModelEvent[] = [];
        expandResponse(response, (event) => events.push(event));
        checkOrder(events);
      }),
    );
  });

  test('expanding twice gives the same events: collecting does not change what it was given', () => {
    fc.assert(
      fc.property(modelResponses, (response) => {
        const before = JSON.stringify(response);
        const collector = openCollector();
        expandResponse(response, collector.write);
        collector.result();
        expect(JSON.stringify(response)).toBe(before);
      }),
    );
  });

  test('interleaved blocks stay apart, in the order they started', () => {
    const { content } = collect([
      { type: 'response-start' },
      { type: 'tool-call-start', index: 0, id: 'a', name: 'f' },
      { type: 'tool-call-start', index: 1, id: 'b', name: 'g' },
      { type: 'tool-call-delta', index: 1, json: '{"y":' },
      { type: 'tool-call-delta', index: 0, json: '{}' },
      { type: 'tool-call-delta', index: 1, json: '2}' },
      { type: 'tool-call-end', index: 1 },
      { type: 'tool-call-end', index: 0 },
      { type: 'response-end', finish: { reason: 'tool-calls' } },
    ]).result();
    expect(content).toEqual([
      { type: 'tool-call', id: 'a', name: 'f', input: '{}' },
      { type: 'tool-call', id: 'b', name: 'g', input: '{"y":2}' },
    ]);
  });

  test('usage is cumulative: later figures win, unknown ones keep the earlier', () => {
    const { usage } = collect([
      { type: 'response-start' },
      { type: 'usage', usage: { inputTokens: 10, outputTokens: 1 } },
      { type: 'usage', usage: { outputTokens: 7 } },
      { type: 'response-end', finish: { reason: 'stop' } },
    ]).result();
    expect(usage).toEqual({ inputTokens: 10, outputTokens: 7 });
  });

  test('fields of the head and of the tail are merged by dialect', () => {
    const { ext } = collect([
      { type: 'response-start', ext: { a: { x: 1, y: 1 } } },
      { type: 'response-end', finish: { reason: 'stop' }, ext: { a: { y: 2 }, b: { z: 3 } } },
    ]).result();
    expect(ext).toEqual({ a: { x: 1, y: 2 }, b: { z: 3 } });
  });

  test('an error is the failure, and the answer has no result', () => {
    const collector = collect([
      { type: 'response-start' },
      { type: 'error', error: { reason: 'overloaded', message: 'busy' } },
      { type: 'response-end', finish: { reason: 'stop' } },
    ]);
    expect(collector.failure).toEqual({ reason: 'overloaded', message: 'busy' });
    expect(() => collector.result()).toThrow('has not ended');
  });
});
