import { describe, expect, test } from 'vitest';
import { openCollector } from '../../../../src/daemon/ir/collect.js';
import type { ModelEvent } from '../../../../src/daemon/ir/event.js';
import { decodeStream, fixtureBytes } from '../../../support/openai-responses.js';

const STREAMS = ['text', 'tools', 'codex', 'hosted', 'incomplete', 'failed', 'refusal'].map(
  (name) => `stream-${name}.sse`,
);

const collect = (events: readonly ModelEvent[]) => {
  const collector = openCollector();
  events.forEach(collector.write);
  return collector.failure ?? collector.result();
};
const decode = (name: string) => collect(decodeStream([fixtureBytes(name)]));
const frames = (...events: object[]) => events.map((event) => Buffer.from(`data: ${JSON.stringify(event)}\n\n`));

test('text arrives with usage and its end', () => {
  expect(decode('stream-text.sse')).toMatchObject({
    id: 'resp_0f1',
    model: 'gpt-5.5-2026-04-01',
    content: [{ type: 'text', text: 'Grüße, 世界 🌍!' }],
    finish: { reason: 'stop' },
    usage: { inputTokens: 120, cacheReadTokens: 64, outputTokens: 30, reasoningTokens: 12 },
  });
});

test('thinking, text and calls of every kind arrive in order', () => {
  const restore = { toolNames: new Map([['shell', 'my shell']]) };
  expect(collect(decodeStream([fixtureBytes('stream-tools.sse')], restore))).toMatchObject({
    content: [
      {
        type: 'reasoning',
        text: '**Plan**\n\nthen act',
        opaque: { origin: 'openai-responses', value: 'gAAAAABpQ1x-_0123456789abcdef==' },
      },
      { type: 'text', text: 'Looking.' },
      { type: 'tool-call', id: 'call_a', name: 'my shell', input: '{"command":["ls","-l"]}' },
      {
        type: 'tool-call',
        id: 'call_b',
        name: 'apply_patch',
        custom: true,
        input: '*** Begin Patch\n"x"\n*** End Patch',
      },
      { type: 'tool-call', id: 'call_c', name: 'mcp__docs__search', input: '{}' },
    ],
    finish: { reason: 'tool-calls' },
  });
});

test('an empty output at the end loses nothing', () => {
  expect(decode('stream-codex.sse')).toMatchObject({
    content: [
      { type: 'reasoning', text: '**Plan**\n\nthen act' },
      { type: 'tool-call', id: 'call_a' },
    ],
    finish: { reason: 'tool-calls' },
    usage: { outputTokens: 30 },
  });
});

test('searches, citations, images and native items arrive whole', () => {
  expect(decode('stream-hosted.sse')).toMatchObject({
    content: [
      { type: 'search', id: 'ws_0f8', queries: ['news'], results: [{ url: 'https://example.org/n' }] },
      { type: 'text', citations: [{ url: 'https://example.org/n', title: 'News', start: 0, end: 4 }] },
      { type: 'media', mediaType: 'image/png', source: { data: 'iVBORw0KGgo=' } },
      { type: 'native', dialect: 'openai-responses', value: { type: 'mcp_list_tools' } },
    ],
    finish: { reason: 'stop' },
  });
});

test('an answer cut by the limit says so', () => {
  expect(decode('stream-incomplete.sse')).toMatchObject({ finish: { reason: 'length', raw: 'max_output_tokens' } });
});

test('a refusal is marked as one', () => {
  expect(decode('stream-refusal.sse')).toMatchObject({
    content: [{ type: 'text', refusal: true, text: "I can't help with that." }],
  });
});

test('a failure event on a 200 stream is a failure, with what it says about waiting', () => {
  expect(decode('stream-failed.sse')).toMatchObject({
    reason: 'overloaded',
    status: 503,
    code: 'server_is_overloaded',
    retryAfterMs: 1500,
  });
});

test.each(STREAMS)('%s: the same events wherever the bytes are cut', (name) => {
  const bytes = fixtureBytes(name);
  const whole = decodeStream([bytes]);
  const single = decodeStream([...bytes].map((byte) => Uint8Array.of(byte)));
  expect(single).toEqual(whole);
  for (let at = 1; at < bytes.length; at += 7) {
    expect(decodeStream([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
  }
});

test.each(STREAMS.filter((name) => name !== 'stream-failed.sse'))('%s cut before its end is an error', (name) => {
  const text = fixtureBytes(name).toString('utf8');
  const cut = text.slice(0, text.lastIndexOf('event: '));
  expect(decodeStream([Buffer.from(cut)]).at(-1)).toMatchObject({ type: 'error', error: { reason: 'protocol' } });
});

describe('a server that sends less than the API', () => {
  test('whole items without deltas', () => {
    const message = { id: 'm', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hi' }] };
    const call = { id: 'f', type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' };
    const events = decodeStream(
      frames(
        { type: 'response.output_item.done', output_index: 0, item: message },
        { type: 'response.output_item.done', output_index: 1, item: call },
        { type: 'response.completed', response: { id: 'r' } },
      ),
    );
    expect(collect(events)).toMatchObject({
      content: [{ text: 'hi' }, { id: 'c', input: '{"a":1}' }],
      finish: { reason: 'tool-calls' },
    });
  });

  test('only a completed response with its output', () => {
    const output = [
      { id: 'r', type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] },
      { id: 'm', type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hi' }] },
    ];
    expect(collect(decodeStream(frames({ type: 'response.completed', response: { output } })))).toMatchObject({
      content: [{ type: 'reasoning', text: 'hm' }, { text: 'hi' }],
    });
  });

  test('bare text deltas, by item id', () => {
    const events = decodeStream(
      frames(
        { type: 'response.output_text.delta', item_id: 'm', delta: 'a' },
        { type: 'response.output_text.delta', item_id: 'm', delta: 'b' },
        {
          type: 'response.completed',
          response: { output: [{ id: 'm', type: 'message', content: [{ type: 'output_text', text: 'abc' }] }] },
        },
      ),
    );
    expect(collect(events)).toMatchObject({ content: [{ text: 'abc' }], finish: { reason: 'stop' } });
    expect(events.filter(({ type }) => type === 'text-delta')).toHaveLength(3);
  });

  test('the reasoning itself beside a summary is shown once', () => {
    const events = decodeStream(
      frames(
        { type: 'response.output_item.added', output_index: 0, item: { id: 'r', type: 'reasoning', summary: [] } },
        { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'long' },
        { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 'short' },
        { type: 'response.incomplete', response: {} },
      ),
    );
    expect(collect(events)).toMatchObject({ content: [{ text: 'long' }], finish: { reason: 'other' } });
  });

  test('response.done ends as response.completed does', () => {
    expect(decodeStream(frames({ type: 'response.done', response: { id: 'r' } })).at(-1)).toMatchObject({
      type: 'response-end',
    });
  });
});

describe('an error inside the stream', () => {
  test.each([
    {
      name: 'on top',
      event: { type: 'error', code: 'rate_limit_exceeded', message: 'slow' },
      facts: { reason: 'rate-limit', status: 429 },
    },
    {
      name: 'nested, with a status and a time',
      event: {
        type: 'error',
        status: 429,
        error: { type: 'usage_limit_reached', message: 'used up', resets_in_seconds: 60 },
      },
      facts: { reason: 'quota', status: 429, code: 'usage_limit_reached', retryAfterMs: 60_000 },
    },
    {
      name: 'without a type',
      event: { error: { message: 'x', type: 'invalid_request_error' } },
      facts: { reason: 'invalid-request', status: 400 },
    },
    {
      name: 'that nobody knows',
      event: { type: 'error', message: 'odd' },
      facts: { reason: 'network', status: 502, message: 'odd' },
    },
  ])('$name ends it', ({ event, facts }) => {
    const events = decodeStream(frames(event, { type: 'response.completed', response: {} }));
    expect(events).toEqual([{ type: 'error', error: expect.objectContaining(facts) }]);
  });

  test('that is no JSON is a protocol failure', () => {
    expect(decodeStream([Buffer.from('data: {"type":\n\n')])).toMatchObject([
      { type: 'error', error: { reason: 'protocol' } },
    ]);
  });

  test('events nobody knows say nothing', () => {
    const events = decodeStream(
      frames(
        { type: 'codex.rate_limits' },
        { type: 'ping' },
        { type: 'response.created', response: { id: 'r' } },
        { type: 'response.new_thing' },
        { type: 'response.completed', response: {} },
      ),
    );
    expect(events.map(({ type }) => type)).toEqual(['response-start', 'response-end']);
  });
});
