import { describe, expect, test } from 'vitest';
import type { Restore } from '../../../../src/daemon/dialects/dialect.js';
import { openCollector } from '../../../../src/daemon/ir/collect.js';
import type { ModelEvent, ModelResponse } from '../../../../src/daemon/ir/event.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { decodeStream, deltaChunk, fixtureBytes, fixtureNames, sseOf } from '../../../support/openai-chat.js';

const types = (events: readonly ModelEvent[]): string[] => events.map(({ type }) => type);

function collected(bytes: Buffer, restore: Restore = {}): ModelResponse {
  const collector = openCollector();
  for (const event of decodeStream([bytes], restore)) collector.write(event);
  return collector.result();
}
const failureOf = (bytes: Buffer, restore: Restore = {}) => {
  const last = decodeStream([bytes], restore).at(-1);
  return last?.type === 'error' ? last.error : undefined;
};
const stream = (name: string): Buffer => fixtureBytes(`streams/${name}.sse`);

const callDelta = (index: number | undefined, more: JsonObject): JsonObject =>
  deltaChunk({ tool_calls: [{ ...(index === undefined ? {} : { index }), ...more }] });

describe('streams', () => {
  test.each(fixtureNames('streams'))('%s gives the same events wherever it is cut', (name) => {
    const bytes = fixtureBytes(`streams/${name}`);
    const whole = decodeStream([bytes]);
    for (let at = 1; at < bytes.length; at++) {
      expect(decodeStream([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
    expect(decodeStream([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  test('text passes delta by delta; usage after the finish is not lost', () => {
    expect(decodeStream([stream('text')])).toEqual([
      {
        type: 'response-start',
        id: 'chatcmpl-A1',
        model: 'gpt-5.5-2026-04-01',
        ext: { 'openai-chat': { created: 1_780_000_000, system_fingerprint: 'fp_1', service_tier: 'default' } },
      },
      { type: 'text-start', index: 0 },
      { type: 'text-delta', index: 0, text: 'Grüße 🌍' },
      { type: 'text-delta', index: 0, text: ', "[DONE]" "error"' },
      {
        type: 'usage',
        usage: expect.objectContaining({
          inputTokens: 20,
          cacheReadTokens: 4,
          outputTokens: 9,
          reasoningTokens: 2,
        }),
      },
      { type: 'text-end', index: 0 },
      { type: 'response-end', finish: { reason: 'stop', raw: 'stop' } },
    ]);
  });

  test('parallel calls pass as they come, fragments of one between those of another', () => {
    const events = decodeStream([stream('parallel-tools')]);
    expect(events.filter(({ type }) => type.startsWith('tool-call'))).toEqual([
      { type: 'tool-call-start', index: 0, id: 'call_a', name: 'f' },
      { type: 'tool-call-delta', index: 0, json: '{"x":' },
      { type: 'tool-call-start', index: 1, id: 'call_b', name: 'g' },
      { type: 'tool-call-delta', index: 1, json: '{}' },
      { type: 'tool-call-delta', index: 0, json: '1}' },
      { type: 'tool-call-end', index: 0 },
      { type: 'tool-call-end', index: 1 },
    ]);
  });

  test('a call is announced when name and id are known, with the input held until then', () => {
    expect(decodeStream([stream('late-id')]).slice(1)).toEqual([
      { type: 'tool-call-start', index: 0, id: 'call_late', name: 'f' },
      { type: 'tool-call-delta', index: 0, json: '{"a"' },
      { type: 'tool-call-delta', index: 0, json: ':1}' },
      { type: 'tool-call-end', index: 0 },
      { type: 'response-end', finish: { reason: 'tool-calls', raw: 'stop' } },
    ]);
  });

  test('a name that never came is made from the position, an id is minted', () => {
    const { content } = collected(
      sseOf(callDelta(0, { function: { arguments: '{}' } }), deltaChunk({}, 'tool_calls'), '[DONE]'),
    );
    expect(content).toEqual([
      { type: 'tool-call', id: expect.stringMatching(/^call_\w{20,}$/), name: 'tool_0', input: '{}' },
    ]);
  });

  test('whole calls that a server sends under one index, or under none, stay apart', () => {
    const f = { id: 'a', function: { name: 'f', arguments: '{}' } };
    const g = { id: 'b', function: { name: 'g', arguments: '{"x":1}' } };
    for (const index of [0, undefined]) {
      const { content } = collected(sseOf(callDelta(index, f), callDelta(index, g), deltaChunk({}, 'stop'), '[DONE]'));
      expect(content).toEqual([
        { type: 'tool-call', id: 'a', name: 'f', input: '{}' },
        { type: 'tool-call', id: 'b', name: 'g', input: '{"x":1}' },
      ]);
    }
  });

  test('thinking comes first, and the same text under a second name does not count', () => {
    const { content, usage } = collected(stream('deepseek-reasoning'));
    expect(content).toEqual([
      { type: 'reasoning', text: 'hmm' },
      { type: 'text', text: 'ok' },
    ]);
    expect(usage).toMatchObject({ inputTokens: 8, cacheReadTokens: 6, outputTokens: 4, reasoningTokens: 2 });
  });

  test('state of thinking that comes late is kept, and signatures of calls', () => {
    const { content } = collected(stream('copilot'));
    expect(content).toMatchObject([
      { type: 'reasoning', text: 'think' },
      { type: 'text', text: 'a' },
      { type: 'tool-call', id: 'tooluse_1', opaque: { origin: 'openai-chat', value: 'SIG' } },
      { type: 'reasoning', text: '', opaque: { origin: 'openai-chat' } },
    ]);
  });

  test('citations, pictures and refusals are blocks of their own', () => {
    const { content, finish } = collected(stream('search'));
    expect(content).toEqual([
      { type: 'text', text: 'See A.', citations: [{ url: 'https://a.example', title: 'A', start: 4, end: 5 }] },
      { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AAAA' } },
      { type: 'text', text: 'More' },
      { type: 'text', text: 'No.', refusal: true },
    ]);
    expect(finish).toEqual({ reason: 'content-filter', raw: 'content_filter' });
  });

  test('thinking among content parts', () => {
    const { content } = collected(
      sseOf(
        deltaChunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }),
        deltaChunk({ content: [{ type: 'text', text: 'ok' }] }),
        deltaChunk({}, 'stop'),
        '[DONE]',
      ),
    );
    expect(content).toEqual([
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: 'ok' },
    ]);
  });

  test('logprobs are kept for clients of this dialect', () => {
    const first = deltaChunk({ content: 'a' });
    const token = { token: 'a', logprob: -0.5, bytes: null, top_logprobs: [] };
    const chunk = { ...first, choices: [{ index: 0, delta: { content: 'a' }, logprobs: { content: [token] } }] };
    expect(collected(sseOf(chunk, deltaChunk({}, 'stop'), '[DONE]')).ext?.['openai-chat']).toMatchObject({
      logprobs: { content: [token], refusal: null },
    });
  });

  test('of several answers the first streams, the others come whole', () => {
    const choice = (index: number, delta: JsonObject, finish: string | null = null): JsonObject => ({
      id: 'x',
      choices: [{ index, delta, finish_reason: finish }],
    });
    const bytes = sseOf(
      choice(0, { role: 'assistant', content: 'a' }),
      choice(1, { role: 'assistant', content: 'b' }),
      choice(1, { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{"x"' } }] }),
      choice(1, { content: 'B', tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
      choice(0, { content: 'A' }, 'stop'),
      choice(1, {}, 'tool_calls'),
      '[DONE]',
    );
    expect(collected(bytes, { candidates: 2 })).toMatchObject({
      content: [{ type: 'text', text: 'aA' }],
      alternatives: [
        {
          content: [
            { type: 'text', text: 'bB' },
            { type: 'tool-call', id: 'c', name: 'f', input: '{"x":1}' },
          ],
          finish: { reason: 'tool-calls' },
        },
      ],
    });
    expect(collected(bytes).alternatives).toBeUndefined();
  });

  test('what the request had to change in tools is undone', () => {
    const restore = { toolNames: new Map([['a_b', 'a.b']]), wrappedTools: new Set(['a.b']) };
    const bytes = sseOf(
      callDelta(0, { id: 'c', function: { name: 'a_b', arguments: '{"inp' } }),
      callDelta(0, { function: { arguments: 'ut":"*** x\\n"}' } }),
      deltaChunk({}, 'tool_calls'),
      '[DONE]',
    );
    expect(collected(bytes, restore).content).toEqual([
      { type: 'tool-call', id: 'c', name: 'a.b', input: '*** x\n', custom: true },
    ]);
  });

  test.each<{ name: string; raw: string; deltas: JsonObject[]; reason: string }>([
    { name: 'tool_calls without a call is a stop', raw: 'tool_calls', deltas: [{ content: 'x' }], reason: 'stop' },
    { name: 'length', raw: 'length', deltas: [{ content: 'x' }], reason: 'length' },
    {
      name: 'length beats a call',
      raw: 'length',
      deltas: [{ tool_calls: [{ index: 0, id: 'c', function: { name: 'f' } }] }],
      reason: 'length',
    },
    { name: 'the legacy call', raw: 'function_call', deltas: [{ function_call: { name: 'f' } }], reason: 'tool-calls' },
    { name: 'a word of another vendor', raw: 'MAX_TOKENS', deltas: [{ content: 'x' }], reason: 'length' },
    { name: 'a word nobody knows', raw: 'constructor', deltas: [{ content: 'x' }], reason: 'other' },
  ])('reads the finish: $name', ({ raw, deltas, reason }) => {
    const chunks = [...deltas.map((delta) => deltaChunk(delta)), deltaChunk({}, raw)];
    expect(collected(sseOf(...chunks, '[DONE]')).finish).toEqual({ reason, raw });
  });
});

describe('the end of a stream', () => {
  test('without [DONE] a finish is enough', () => {
    expect(types(decodeStream([stream('no-done')])).at(-1)).toBe('response-end');
  });

  test('without [DONE] it is a failure for clients that insist', () => {
    expect(failureOf(stream('no-done'), { strictEnd: true })).toMatchObject({
      reason: 'protocol',
      status: 502,
      message: 'upstream stream closed before [DONE]',
    });
  });

  test.each<{ name: string; bytes: Buffer; message: string }>([
    { name: 'nothing at all', bytes: Buffer.alloc(0), message: 'empty stream' },
    { name: 'nothing but [DONE]', bytes: sseOf('[DONE]'), message: 'empty stream' },
    { name: 'a cut in the middle', bytes: sseOf(deltaChunk({ content: 'a' })), message: 'closed before its end' },
    { name: 'a frame that is not JSON', bytes: Buffer.from('data: {"cho\n\n'), message: 'not JSON' },
    {
      name: 'a finish "error" without an error',
      bytes: sseOf(deltaChunk({ content: 'a' }), deltaChunk({}, 'error'), '[DONE]'),
      message: 'gave up',
    },
  ])('$name is a protocol failure', ({ bytes, message }) => {
    expect(failureOf(bytes)).toMatchObject({ reason: 'protocol', status: 502 });
    expect(failureOf(bytes)?.message).toContain(message);
  });

  test.each<{ name: string; text: string; expected: object }>([
    {
      name: 'an error object with a numeric code',
      text: 'data: {"error":{"message":"gone","code":429}}\n\n',
      expected: { reason: 'rate-limit', status: 429, message: 'gone' },
    },
    {
      name: 'an error object without any status',
      text: 'data: {"error":{"message":"gone"}}\n\n',
      expected: { status: 502, message: 'gone' },
    },
    {
      name: 'an error that is a string',
      text: 'data: {"error":"gone"}\n\n',
      expected: { status: 502, message: 'gone' },
    },
    {
      name: 'response.failed',
      text: 'data: {"type":"response.failed","response":{"error":{"code":"server_is_overloaded","message":"busy"}}}\n\n',
      expected: { reason: 'overloaded', code: 'server_is_overloaded', message: 'busy' },
    },
    {
      name: 'an event named error',
      text: 'event: error\ndata: {"detail":"gone","status_code":503}\n\n',
      expected: { reason: 'overloaded', status: 503, message: 'gone' },
    },
    {
      name: 'a bare JSON line with code and message',
      text: '{"code":"boom","message":"gone"}\n\n',
      expected: { status: 502, code: 'boom', message: 'gone' },
    },
    {
      name: 'an error of type error',
      text: 'data: {"type":"error","message":"gone","status":500}\n\n',
      expected: { reason: 'server', status: 500, message: 'gone' },
    },
  ])('$name is a failure, and nothing follows it', ({ text, expected }) => {
    const events = decodeStream([sseOf(deltaChunk({ content: 'a' })), Buffer.from(text), stream('text')]);
    expect(events.at(-1)).toEqual({ type: 'error', error: expect.objectContaining(expected) });
  });

  test('a provider that disconnects after some text', () => {
    const events = decodeStream([stream('openrouter-cut')]);
    expect(types(events)).toContain('text-delta');
    expect(events.at(-1)).toMatchObject({ type: 'error', error: { status: 502, message: 'Provider disconnected' } });
    const end = events.find(({ type }) => type === 'reasoning-end');
    expect(end).toHaveProperty('opaque.origin', 'openai-chat');
  });
});
