import { expect } from 'vitest';
import type { SimulatedUpstream } from '../../src/cli/demo/upstreams/simulated-upstream.js';
import { startStopwatch } from './stopwatch.js';

/** The tool that the simulated upstreams call when a prompt names it. */
export const weather = {
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', description: 'The name of the city' } },
    required: ['city'],
    additionalProperties: false,
  },
} as const;

/** One transparent pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
export const PNG_BYTES = Buffer.from(PNG, 'base64').length;

/** Reads one event of a slow stream, aborts, and expects the upstream to see the close within 100 ms. */
export async function untilAborted(
  upstream: SimulatedUpstream,
  stream: AsyncIterable<unknown>,
  abort: () => void,
): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  await iterator.next();
  const stop = startStopwatch();
  abort();
  // An aborted stream ends or throws, as the SDK likes; what counts is the upstream.
  await iterator.next().catch(() => undefined);
  const request = upstream.requests.at(-1);
  if (request === undefined) throw new Error('the upstream saw no request');
  await request.closed;
  expect(stop()).toBeLessThan(100);
}
