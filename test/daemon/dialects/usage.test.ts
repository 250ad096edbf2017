import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCollector } from '../../../src/daemon/ir/collect.js';
import type { ModelEvent } from '../../../src/daemon/ir/event.js';
import type { Usage } from '../../../src/daemon/ir/usage.js';
import {
  answerContext,
  decodeStream,
  encodeStream,
  PAIRS,
  SIDES,
  type Side,
  smallestRequest,
} from '../../support/sides.js';

/** What was counted, each token once. */
interface Buckets {
  readonly uncached: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly spoken: number;
  readonly reasoning: number;
}

const tokens = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2_000_000 }));
const buckets = fc.record({
  uncached: tokens,
  cacheRead: tokens,
  cacheWrite: tokens,
  spoken: tokens,
  reasoning: tokens,
});

const usageOf = ({ uncached, cacheRead, cacheWrite, spoken, reasoning }: Buckets): Usage => ({
  inputTokens: uncached + cacheRead + cacheWrite,
  cacheReadTokens: cacheRead,
  cacheWriteTokens: cacheWrite,
  outputTokens: spoken + reasoning,
  reasoningTokens: reasoning,
});

const bucketsOf = (usage: Usage | undefined): Buckets => {
  const {
    inputTokens = 0,
    cacheReadTokens = 0,
    cacheWriteTokens = 0,
    outputTokens = 0,
    reasoningTokens = 0,
  } = usage ?? {};
  return {
    uncached: inputTokens - cacheReadTokens - cacheWriteTokens,
    cacheRead: cacheReadTokens,
    cacheWrite: cacheWriteTokens,
    spoken: outputTokens - reasoningTokens,
    reasoning: reasoningTokens,
  };
};

/** Gemini has no figure for cache writes: they are input like any other there. */
const asCarriedBy = ({ id }: Side, { uncached, cacheWrite, ...rest }: Buckets): Buckets =>
  id === 'gemini-generate'
    ? { ...rest, uncached: uncached + cacheWrite, cacheWrite: 0 }
    : { ...rest, uncached, cacheWrite };

const answer = (usage: Usage): readonly ModelEvent[] => [
  { type: 'response-start', id: 'r', model: 'm' },
  { type: 'text-start', index: 0 },
  { type: 'text-delta', index: 0, text: 'hi' },
  { type: 'text-end', index: 0 },
  { type: 'usage', usage },
  { type: 'response-end', finish: { reason: 'stop' } },
];

const withUsage = (side: Side) =>
  answerContext(
    side,
    smallestRequest(side, side.id === 'openai-chat' ? { stream_options: { include_usage: true } } : {}),
  );

function throughStream(side: Side, usage: Usage): Usage {
  const text = encodeStream(side, answer(usage), withUsage(side));
  const collector = openCollector();
  decodeStream(side, [Buffer.from(text)]).forEach(collector.write);
  return collector.result().usage ?? {};
}

function throughWhole(side: Side, usage: Usage): Usage {
  const body = side.client.encodeResponse(
    { content: [{ type: 'text', text: 'hi' }], finish: { reason: 'stop' }, usage },
    withUsage(side),
  );
  return side.upstream.decodeResponse(body, {}).usage ?? {};
}

const WAYS = [
  { way: 'streamed', through: throughStream },
  { way: 'whole', through: throughWhole },
] as const;

describe.each(WAYS)('usage, $way', ({ through }) => {
  test.each(SIDES)('$id carries every token once', (side) => {
    fc.assert(
      fc.property(buckets, (counted) => {
        expect(bucketsOf(through(side, usageOf(counted)))).toEqual(asCarriedBy(side, counted));
      }),
    );
  });

  test.each(PAIRS)('$name and back loses and wins nothing', ({ from, to }) => {
    fc.assert(
      fc.property(buckets, (counted) => {
        const upstream = through(to, usageOf(counted));
        const client = through(from, upstream);
        const back = through(to, client);
        expect(bucketsOf(client)).toEqual(asCarriedBy(from, asCarriedBy(to, counted)));
        expect(bucketsOf(back)).toEqual(asCarriedBy(to, asCarriedBy(from, counted)));
      }),
      { numRuns: 50 },
    );
  });
});

test.each(SIDES)('$id: streamed and whole say the same of one answer', (side) => {
  fc.assert(
    fc.property(buckets, (counted) => {
      const usage = usageOf(counted);
      expect(bucketsOf(throughStream(side, usage))).toEqual(bucketsOf(throughWhole(side, usage)));
    }),
  );
});

test.each(SIDES)('$id: what nobody counted is no tokens, not an error', (side) => {
  const none = { uncached: 0, cacheRead: 0, cacheWrite: 0, spoken: 0, reasoning: 0 };
  expect(bucketsOf(throughStream(side, {}))).toEqual(none);
  expect(bucketsOf(throughWhole(side, {}))).toEqual(none);
});
