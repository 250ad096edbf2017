import { describe, expect, test } from 'vitest';
import type { StreamFacts } from '../../../../src/daemon/dialects/dialect.js';
import { openaiChatUpstream } from '../../../../src/daemon/dialects/openai-chat/dialect.js';
import { deltaChunk, fixtureBytes, fixtureNames, sseOf } from '../../../support/openai-chat.js';

function watch(...chunks: readonly Uint8Array[]): StreamFacts {
  const tap = openaiChatUpstream.openTap();
  for (const chunk of chunks) tap.observe(chunk);
  tap.end();
  return tap.facts;
}
const stream = (name: string): Buffer => fixtureBytes(`streams/${name}.sse`);

describe('the tap on a relayed stream', () => {
  test.each(fixtureNames('streams'))('%s: the facts are the same wherever it is cut', (name) => {
    const bytes = fixtureBytes(`streams/${name}`);
    const whole = watch(bytes);
    for (let at = 1; at < bytes.length; at++) {
      expect(watch(bytes.subarray(0, at), bytes.subarray(at))).toEqual(whole);
    }
    expect(watch(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  test('usage, finish and end', () => {
    expect(watch(stream('text'))).toEqual({
      started: true,
      ended: true,
      finish: { reason: 'stop', raw: 'stop' },
      failure: undefined,
      usage: expect.objectContaining({ inputTokens: 20, outputTokens: 9, cacheReadTokens: 4 }),
    });
  });

  test.each<{ name: string; reason: string }>([
    { name: 'parallel-tools', reason: 'tool-calls' },
    { name: 'no-done', reason: 'length' },
    { name: 'search', reason: 'content-filter' },
    { name: 'copilot', reason: 'tool-calls' },
  ])('$name ends with $reason', ({ name, reason }) => {
    expect(watch(stream(name))).toMatchObject({ ended: true, finish: { reason } });
  });

  test('a role with empty content is a greeting; the first word is more', () => {
    const tap = openaiChatUpstream.openTap();
    tap.observe(Buffer.from(': PROCESSING\n\n'));
    tap.observe(sseOf(deltaChunk({ role: 'assistant', content: '', refusal: null, tool_calls: [] })));
    expect(tap.facts.started).toBe(false);
    const [head, rest] = [
      sseOf(deltaChunk({ content: 'a' })).subarray(0, 20),
      sseOf(deltaChunk({ content: 'a' })).subarray(20),
    ];
    tap.observe(head);
    expect(tap.facts.started).toBe(false);
    tap.observe(rest);
    expect(tap.facts.started).toBe(true);
  });

  test('an error frame is a failure, also after some text', () => {
    expect(watch(stream('openrouter-cut'))).toMatchObject({
      started: true,
      ended: false,
      failure: { status: 502, message: 'Provider disconnected' },
    });
  });

  test('an error before any word does not count as a start', () => {
    const facts = watch(Buffer.from('data: {"error":{"message":"busy","code":"rate_limit_exceeded"}}\n\n'));
    expect(facts).toMatchObject({ started: false, failure: { reason: 'rate-limit', status: 429 } });
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a stream that is cut', sseOf(deltaChunk({ content: 'a' }))],
  ])('%s is a protocol failure', (_name, bytes) => {
    expect(watch(bytes)).toMatchObject({ ended: false, failure: { reason: 'protocol', status: 502 } });
  });

  test('words of the answer that look like facts are none', () => {
    const words = '"finish_reason":"stop" "usage":{"prompt_tokens":1} {"error":{"message":"x"}} data: [DONE]';
    const tap = openaiChatUpstream.openTap();
    tap.observe(sseOf(deltaChunk({ content: 'a' }), deltaChunk({ content: words })));
    expect(tap.facts).toEqual({ started: true, ended: false, failure: undefined });
  });

  test('a frame of many chunks is put together once', () => {
    const big = sseOf(deltaChunk({ content: 'x'.repeat(300_000) }, 'stop'));
    const pieces = Array.from({ length: Math.ceil(big.length / 1000) }, (_, at) =>
      big.subarray(at * 1000, at * 1000 + 1000),
    );
    expect(watch(...pieces)).toMatchObject({ started: true, ended: true, finish: { reason: 'stop' } });
  });

  test('a whole answer shows usage and finish', () => {
    expect(openaiChatUpstream.tapResponse(fixtureBytes('responses/mixed.json'))).toMatchObject({
      usage: { inputTokens: 20, outputTokens: 9 },
      finish: { reason: 'tool-calls' },
    });
    expect(openaiChatUpstream.tapResponse(Buffer.from('<html>'))).toEqual({});
  });
});
