import { describe, expect, test } from 'vitest';
import { anthropicMessagesUpstream } from '../../../../src/daemon/dialects/anthropic-messages/dialect.js';
import type { Restore } from '../../../../src/daemon/dialects/dialect.js';
import { openCollector } from '../../../../src/daemon/ir/collect.js';
import type { ModelEvent } from '../../../../src/daemon/ir/event.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { decodeStream, fixture, jsonFixture, toSse } from '../../../support/anthropic-messages.js';

const withoutExt = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, member) =>
      key === 'ext' || (key === 'raw' && typeof member === 'object') ? undefined : member,
    ),
  );
const decode = (frames: readonly JsonObject[], restore: Restore = {}): ModelEvent[] =>
  decodeStream([Buffer.from(toSse(frames.map((data) => ({ event: String(data['type']), data }))))], restore);
const START: JsonObject = { type: 'message_start', message: { id: 'msg_1', model: 'm', usage: { input_tokens: 1 } } };
const open = (index: number, content_block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block,
});
const json = (index: number, partial_json: string): JsonObject => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'input_json_delta', partial_json },
});
const stop = (index: number): JsonObject => ({ type: 'content_block_stop', index });
const finish = (stop_reason: string): JsonObject[] => [
  { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 5 } },
  { type: 'message_stop' },
];
const toolStream = (name: string, deltas: readonly string[], input: JsonObject = {}): JsonObject[] => [
  START,
  open(0, { type: 'tool_use', id: 'toolu_1', name, input }),
  ...deltas.map((delta) => json(0, delta)),
  stop(0),
  ...finish('tool_use'),
];

describe('a recorded stream', () => {
  test('thinking, text and tools become events', () => {
    expect(withoutExt(decodeStream([fixture('stream-tools.sse')]))).toEqual([
      { type: 'response-start', id: 'msg_01', model: 'claude-sonnet-4-5-20250929' },
      {
        type: 'usage',
        usage: { inputTokens: 2112, cacheReadTokens: 2000, cacheWriteTokens: 100, outputTokens: 4 },
      },
      { type: 'reasoning-start', index: 0 },
      { type: 'reasoning-delta', index: 0, text: 'hm ' },
      { type: 'reasoning-delta', index: 0, text: 'ok' },
      {
        type: 'reasoning-end',
        index: 0,
        opaque: { origin: 'anthropic-messages', value: 'EqQBCkYIBxgCKkDx9n3kq1s7hQ==' },
      },
      { type: 'reasoning-start', index: 1, redacted: true },
      {
        type: 'reasoning-end',
        index: 1,
        opaque: { origin: 'anthropic-messages', value: 'redacted0EmwKAhgBEgy3va3pzix1LafPsn4aDFIT' },
      },
      { type: 'text-start', index: 2 },
      { type: 'text-delta', index: 2, text: 'Grüße, "message_delta" ' },
      { type: 'text-delta', index: 2, text: 'und 🦆' },
      { type: 'text-end', index: 2 },
      { type: 'tool-call-start', index: 3, id: 'toolu_01', name: 'get_weather' },
      { type: 'tool-call-delta', index: 3, json: '{"city":"Mün' },
      { type: 'tool-call-delta', index: 3, json: 'chen"}' },
      { type: 'tool-call-end', index: 3 },
      { type: 'tool-call-start', index: 4, id: 'toolu_02', name: 'now' },
      { type: 'tool-call-end', index: 4 },
      {
        type: 'usage',
        usage: {
          inputTokens: 2112,
          cacheReadTokens: 2000,
          cacheWriteTokens: 100,
          outputTokens: 89,
          reasoningTokens: 20,
        },
      },
      { type: 'response-end', finish: { reason: 'tool-calls', raw: 'tool_use' } },
    ]);
  });

  test('a web search is one part, and a citation of a page travels with its text', () => {
    const events = decodeStream([fixture('stream-search.sse')]);
    expect(withoutExt(events.slice(2, -2))).toEqual([
      {
        type: 'part',
        index: 0,
        part: {
          type: 'search',
          id: 'srvtoolu_1',
          queries: ['weather'],
          results: [
            { url: 'https://w.org', title: 'W', opaque: { origin: 'anthropic-messages', value: 'EqgfCioIARgB' } },
          ],
        },
      },
      { type: 'text-start', index: 1 },
      { type: 'text-delta', index: 1, text: 'It rains.' },
      { type: 'citation', index: 1, citation: { url: 'https://w.org', title: 'W', quote: 'rain' } },
      { type: 'text-end', index: 1 },
      {
        type: 'part',
        index: 2,
        part: {
          type: 'native',
          dialect: 'anthropic-messages',
          value: { type: 'container_upload', file_id: 'file_9' },
        },
      },
    ]);
    expect(events.at(-2)).toMatchObject({ usage: { inputTokens: 50, outputTokens: 30, webSearches: 1 } });
    expect(events.at(-1)).toMatchObject({
      finish: { reason: 'stop', raw: 'stop_sequence', stopSequence: 'END' },
      ext: { 'anthropic-messages': { container: { id: 'container_1' } } },
    });
  });

  test('an error ends it', () => {
    const events = decodeStream([fixture('stream-error.sse')]);
    expect(events.at(-1)).toMatchObject({
      type: 'error',
      error: { reason: 'overloaded', code: 'overloaded_error', message: 'Overloaded' },
    });
  });

  test.each(['stream-tools.sse', 'stream-search.sse', 'stream-error.sse'])(
    '%s means the same wherever it is cut',
    (name) => {
      const bytes = fixture(name);
      const whole = decodeStream([bytes]);
      for (let at = 1; at < bytes.length; at += 1) {
        expect(decodeStream([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
      }
    },
  );
});

describe('the end', () => {
  test.each<[string, JsonObject[]]>([
    ['nothing at all', []],
    ['only a greeting', [START]],
    ['a cut text', [START, open(0, { type: 'text', text: 'a' })]],
    ['message_stop without a reason', [START, { type: 'message_stop' }]],
    ['content without a start', [open(0, { type: 'text', text: 'a' })]],
  ])('%s is a protocol error', (_, frames) => {
    expect(decode(frames).at(-1)).toMatchObject({ type: 'error', error: { reason: 'protocol' } });
  });

  test('a frame that is not JSON is a protocol error', () => {
    expect(decodeStream([Buffer.from('data: {"type":\n\n')])).toMatchObject([
      { type: 'error', error: { reason: 'protocol' } },
    ]);
  });

  test('a stream cut behind its stop reason has ended', () => {
    const [delta] = finish('end_turn');
    expect(
      decode([START, open(0, { type: 'text', text: 'a' }), ...(delta === undefined ? [] : [delta])]),
    ).toMatchObject([
      { type: 'response-start' },
      { type: 'usage' },
      { type: 'text-start' },
      { type: 'text-delta' },
      { type: 'usage' },
      { type: 'text-end' },
      { type: 'response-end' },
    ]);
  });

  test.each([
    ['end_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['pause_turn', 'pause'],
    ['refusal', 'refusal'],
    ['sensitive', 'content-filter'],
    ['constructor', 'other'],
    ['tool_use', 'stop'],
  ])('%s without a call is %s', (raw, reason) => {
    expect(decode([START, ...finish(raw)]).at(-1)).toEqual({ type: 'response-end', finish: { reason, raw } });
  });

  test.each([
    ['end_turn', 'tool-calls'],
    ['tool_use', 'tool-calls'],
    ['max_tokens', 'length'],
  ])('%s after a call is %s', (raw, reason) => {
    const frames = [...toolStream('f', ['{}']).slice(0, -2), ...finish(raw)];
    expect(decode(frames).at(-1)).toMatchObject({ finish: { reason, raw } });
  });
});

describe('what the request changed is undone', () => {
  const calls = (events: readonly ModelEvent[]): unknown =>
    withoutExt(events.filter(({ type }) => type.startsWith('tool-call') || type.startsWith('text')));

  test('a changed name', () => {
    expect(calls(decode(toolStream('a_b', ['{}']), { toolNames: new Map([['a_b', 'a b']]) }))).toMatchObject([
      { name: 'a b' },
      {},
      {},
    ]);
  });

  test('a wrapped input', () => {
    expect(calls(decode(toolStream('apply', ['{"inp', 'ut":"*** x"}']), { wrappedTools: new Set(['apply']) }))).toEqual(
      [
        { type: 'tool-call-start', index: 0, id: 'toolu_1', name: 'apply', custom: true },
        { type: 'tool-call-delta', index: 0, json: '*** x' },
        { type: 'tool-call-end', index: 0 },
      ],
    );
  });

  test('the tool that stands for structured output', () => {
    const events = decode(toolStream('json', ['{"a":', '1}']), { outputTool: 'json' });
    expect(calls(events)).toEqual([
      { type: 'text-start', index: 0 },
      { type: 'text-delta', index: 0, text: '{"a":' },
      { type: 'text-delta', index: 0, text: '1}' },
      { type: 'text-end', index: 0 },
    ]);
    expect(events.at(-1)).toMatchObject({ finish: { reason: 'stop' } });
  });
});

test('input that came with the start of its block is not lost', () => {
  expect(decode(toolStream('f', [], { a: 1 }))).toContainEqual({ type: 'tool-call-delta', index: 0, json: '{"a":1}' });
});

test('null figures of a later usage do not hide earlier ones', () => {
  const events = decode([
    { type: 'message_start', message: { usage: { input_tokens: 3, cache_read_input_tokens: 4 } } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { input_tokens: null, output_tokens: 5 } },
    { type: 'message_stop' },
  ]);
  expect(events.at(-2)).toMatchObject({ usage: { inputTokens: 7, cacheReadTokens: 4, outputTokens: 5 } });
});

describe('a whole answer', () => {
  test('reads like the stream of the same answer', () => {
    const collector = openCollector();
    for (const event of decodeStream([fixture('stream-tools.sse')])) collector.write(event);
    const streamed = collector.result();
    const whole = anthropicMessagesUpstream.decodeResponse(
      {
        id: 'msg_01',
        type: 'message',
        role: 'assistant',
        model: 'claude-sonnet-4-5-20250929',
        content: [
          { type: 'thinking', thinking: 'hm ok', signature: 'EqQBCkYIBxgCKkDx9n3kq1s7hQ==' },
          { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va3pzix1LafPsn4aDFIT' },
          { type: 'text', text: 'Grüße, "message_delta" und 🦆' },
          { type: 'tool_use', id: 'toolu_01', name: 'get_weather', input: { city: 'München' } },
          { type: 'tool_use', id: 'toolu_02', name: 'now', input: {} },
        ],
        stop_reason: 'tool_use',
        stop_sequence: null,
        usage: {
          input_tokens: 12,
          cache_creation_input_tokens: 100,
          cache_read_input_tokens: 2000,
          output_tokens: 89,
          output_tokens_details: { thinking_tokens: 20 },
        },
      },
      {},
    );
    expect(withoutExt(whole)).toEqual(withoutExt(streamed));
  });

  test('keeps what only this vendor says', () => {
    const response = anthropicMessagesUpstream.decodeResponse(jsonFixture('response.json'), {});
    expect(response.usage).toMatchObject({ inputTokens: 115, raw: { service_tier: 'standard' } });
    expect(response.ext).toEqual({
      'anthropic-messages': { container: { id: 'container_1', expires_at: '2026-11-24T00:00:00Z' } },
    });
  });

  test('without a reason ended otherwise', () => {
    expect(anthropicMessagesUpstream.decodeResponse({ content: [] }, {})).toEqual({
      content: [],
      finish: { reason: 'other' },
    });
  });
});
