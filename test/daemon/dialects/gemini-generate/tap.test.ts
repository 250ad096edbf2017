import { describe, expect, test } from 'vitest';
import type { StreamFacts } from '../../../../src/daemon/dialects/dialect.js';
import { tapResponse } from '../../../../src/daemon/dialects/gemini-generate/response.js';
import { openTap } from '../../../../src/daemon/dialects/gemini-generate/tap.js';
import { readStream } from '../../../support/gemini-generate.js';

function watch(chunks: readonly Uint8Array[]): StreamFacts {
  const tap = openTap();
  for (const chunk of chunks) tap.observe(chunk);
  tap.end();
  const { usage, finish, failure, started, ended } = tap.facts;
  return { usage, finish, failure, started, ended };
}

test.each<{ name: string; facts: object }>([
  {
    name: 'text',
    facts: {
      finish: { reason: 'stop' },
      usage: { inputTokens: 10, outputTokens: 3 },
      failure: undefined,
      started: true,
      ended: true,
    },
  },
  {
    name: 'thought-call',
    facts: { finish: { reason: 'tool-calls' }, usage: { cacheReadTokens: 4, outputTokens: 5 }, ended: true },
  },
  { name: 'grounded', facts: { finish: { reason: 'stop' }, ended: true } },
  {
    name: 'blocked',
    facts: {
      finish: { reason: 'content-filter', raw: 'SAFETY' },
      usage: { inputTokens: 8 },
      failure: undefined,
      ended: true,
    },
  },
  { name: 'image', facts: { finish: { reason: 'length' }, usage: { outputTokens: 1300 }, ended: true } },
  {
    name: 'error',
    facts: { failure: { reason: 'overloaded', status: 503 }, usage: { inputTokens: 8 }, started: true, ended: false },
  },
])('the facts of the stream $name', ({ name, facts }) => {
  expect(watch([readStream(name)])).toMatchObject(facts);
});

describe.each(['\n', '\r\n'])('with line ends %j', (lineEnd) => {
  test.each(['text', 'thought-call', 'blocked', 'image', 'error'])(
    'the facts of %s are the same wherever it is cut',
    (name) => {
      const bytes = Buffer.from(readStream(name).toString('utf8').replaceAll('\n', lineEnd));
      const whole = watch([bytes]);
      for (let cut = 1; cut < bytes.length; cut++) {
        expect(watch([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
      }
      expect(watch([...bytes].map((byte) => Buffer.from([byte])))).toEqual(whole);
    },
  );
});

test('a stream that ends without a finish reason is a failure', () => {
  const bytes = readStream('text');
  const cut = bytes.subarray(0, bytes.lastIndexOf('data:'));
  expect(watch([cut])).toMatchObject({
    failure: { reason: 'protocol', status: 502 },
    started: true,
    ended: false,
    usage: { outputTokens: 1 },
  });
  expect(watch([])).toMatchObject({ failure: { reason: 'protocol' }, started: false });
});

test('a last frame without its blank line counts', () => {
  const bytes = readStream('text');
  expect(watch([bytes.subarray(0, bytes.length - 2)])).toMatchObject({ ended: true, failure: undefined });
});

test('an error as the first frame leaves room for another try', () => {
  const frame = 'data: {"error":{"code":429,"message":"x","status":"RESOURCE_EXHAUSTED"}}\n\n';
  expect(watch([Buffer.from(frame)])).toMatchObject({ started: false, failure: { reason: 'rate-limit', status: 429 } });
});

test('an argument named error is not one', () => {
  const frame =
    'data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"error":{}}}}]},"finishReason":"STOP"}]}\n\n';
  expect(watch([Buffer.from(frame)])).toMatchObject({ failure: undefined, finish: { reason: 'tool-calls' } });
});

test('usage is known before the end, and can be set', () => {
  const tap = openTap();
  tap.observe(readStream('text').subarray(0, 300));
  expect(tap.facts.usage).toMatchObject({ inputTokens: 10 });
  tap.facts.usage = { inputTokens: 1 };
  expect(tap.facts.usage).toEqual({ inputTokens: 1 });
});

test('a whole answer is read for usage and finish', () => {
  const body = {
    candidates: [{ content: { parts: [{ functionCall: { name: 'f' } }] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 3 },
  };
  expect(tapResponse(Buffer.from(JSON.stringify(body)))).toMatchObject({
    usage: { inputTokens: 3 },
    finish: { reason: 'tool-calls' },
  });
  expect(tapResponse(Buffer.from('nope'))).toEqual({});
});
