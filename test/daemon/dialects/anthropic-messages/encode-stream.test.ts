import Anthropic from '@anthropic-ai/sdk';
import { describe, expect, test } from 'vitest';
import {
  anthropicMessagesClient,
  anthropicMessagesUpstream,
} from '../../../../src/daemon/dialects/anthropic-messages/dialect.js';
import { openCollector } from '../../../../src/daemon/ir/collect.js';
import type { Finish, ModelEvent, ModelResponse } from '../../../../src/daemon/ir/event.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { Part } from '../../../../src/daemon/ir/request.js';
import {
  decodeStream,
  encodeContext,
  encodeStream,
  fixture,
  jsonFixture,
  toSse,
} from '../../../support/anthropic-messages.js';

const START: ModelEvent = { type: 'response-start', id: 'up_1', model: 'real' };
const end = (reason: Finish['reason'], more: Partial<Finish> = {}): ModelEvent => ({
  type: 'response-end',
  finish: { reason, ...more },
});
const textBlock = (index: number, ...texts: readonly string[]): ModelEvent[] => [
  { type: 'text-start', index },
  ...texts.map((text): ModelEvent => ({ type: 'text-delta', index, text })),
  { type: 'text-end', index },
];
const callBlock = (index: number, id: string, ...jsons: readonly string[]): ModelEvent[] => [
  { type: 'tool-call-start', index, id, name: 'f' },
  ...jsons.map((json): ModelEvent => ({ type: 'tool-call-delta', index, json })),
  { type: 'tool-call-end', index },
];
const frames = (events: readonly ModelEvent[]): JsonObject[] => encodeStream(events).map(({ data }) => data);
const blocksOf = (events: readonly ModelEvent[]): JsonObject[] => frames([START, ...events, end('stop')]).slice(1, -2);
const deltaOf = (events: readonly ModelEvent[], finish: ModelEvent): unknown =>
  frames([START, ...events, finish]).at(-2)?.['delta'];

/** What the vendor's own SDK makes of a stream. */
async function readWithSdk(text: string): Promise<Anthropic.Message> {
  const client = new Anthropic({
    apiKey: 'k',
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } }),
  });
  const messages = [{ role: 'user' as const, content: 'hi' }];
  return client.messages.stream({ model: 'm', max_tokens: 10, messages }).finalMessage();
}

test('a text answer is the vendor’s sequence of events, each named like its type', () => {
  const written = encodeStream([
    START,
    { type: 'usage', usage: { inputTokens: 10, cacheReadTokens: 4 } },
    ...textBlock(0, 'a "quoted"', 'b'),
    { type: 'usage', usage: { inputTokens: 10, cacheReadTokens: 4, outputTokens: 5 } },
    end('stop'),
  ]);
  expect(written.map(({ event }) => event)).toEqual(written.map(({ data }) => data['type']));
  expect(written.map(({ data }) => data)).toEqual([
    {
      type: 'message_start',
      message: {
        id: 'up_1',
        type: 'message',
        role: 'assistant',
        model: 'alias',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 6, cache_creation_input_tokens: 0, cache_read_input_tokens: 4, output_tokens: 0 },
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'a "quoted"' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'b' } },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { input_tokens: 6, cache_creation_input_tokens: 0, cache_read_input_tokens: 4, output_tokens: 5 },
    },
    { type: 'message_stop' },
  ]);
});

test('unknown usage is zeros, and an answer without an id gets one', () => {
  expect(frames([{ type: 'response-start' }, end('stop')])[0]).toMatchObject({
    message: { id: 'msg_1', usage: { input_tokens: 0, output_tokens: 0 } },
  });
});

test('an empty answer is one empty text', () => {
  expect(blocksOf([])).toEqual([
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_stop', index: 0 },
  ]);
});

describe('blocks', () => {
  test('the signature comes last in a thinking block, sealed when it is another vendor’s', () => {
    const opaque = { origin: 'openai-responses', value: 'gpt' };
    expect(
      blocksOf([
        { type: 'reasoning-start', index: 0 },
        { type: 'reasoning-delta', index: 0, text: 'hm' },
        { type: 'reasoning-end', index: 0, opaque },
      ]),
    ).toEqual([
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'cliproxy0Rgpt' } },
      { type: 'content_block_stop', index: 0 },
    ]);
  });

  test('hidden thinking is one block, and without its secret none', () => {
    const opaque = { origin: 'openai-responses', value: 'gpt' };
    expect(
      blocksOf([
        { type: 'reasoning-start', index: 0, redacted: true },
        { type: 'reasoning-end', index: 0 },
        { type: 'reasoning-start', index: 1, redacted: true },
        { type: 'reasoning-end', index: 1, opaque },
      ]),
    ).toEqual([
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'redacted_thinking', data: 'cliproxy0Rgpt' },
      },
      { type: 'content_block_stop', index: 0 },
    ]);
  });

  test('a call without input has no delta, and one without an id gets one', () => {
    expect(blocksOf(callBlock(0, ''))).toEqual([
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
      },
      { type: 'content_block_stop', index: 0 },
    ]);
  });

  test('free-form input is wrapped', () => {
    const [, delta] = blocksOf([
      { type: 'tool-call-start', index: 0, id: 'c', name: 'apply', custom: true },
      { type: 'tool-call-delta', index: 0, json: '*** ' },
      { type: 'tool-call-delta', index: 0, json: 'x' },
      { type: 'tool-call-end', index: 0 },
    ]);
    expect(delta).toMatchObject({ delta: { type: 'input_json_delta', partial_json: '{"input":"*** x"}' } });
  });

  test('of interleaved blocks the later ones wait, and come in order', () => {
    const [a = START, b = START, c = START] = callBlock(1, 'a', '{"x":1}');
    const [d = START, e = START, f = START] = callBlock(2, 'b', '{"y":2}');
    const interleaved = blocksOf([...textBlock(0, 't').slice(0, 2), d, a, e, b, { type: 'text-end', index: 0 }, f, c]);
    expect(interleaved).toEqual(blocksOf([...textBlock(0, 't'), a, b, c, d, e, f]));
  });

  test('what is still open or waiting at the end is closed', () => {
    const [start = START] = callBlock(1, 'a');
    const types = frames([START, { type: 'text-start', index: 0 }, start, end('stop')]).map(({ type }) => type);
    expect(types.filter((type) => type === 'content_block_start')).toHaveLength(
      types.filter((type) => type === 'content_block_stop').length,
    );
  });

  test('a search of another vendor is the two blocks of this one', () => {
    const part: Part = {
      type: 'search',
      id: '',
      queries: ['a', 'b'],
      results: [{ url: 'https://w.org', title: 'W' }, { url: 'https://v.org' }],
    };
    expect(blocksOf([{ type: 'part', index: 0, part }])).toEqual([
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
      },
      { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"query":"a; b"}' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'content_block_start',
        index: 1,
        content_block: {
          type: 'web_search_tool_result',
          tool_use_id: 'srvtoolu_1',
          content: [
            {
              type: 'web_search_result',
              title: 'W',
              url: 'https://w.org',
              encrypted_content: 'cliproxy0',
              page_age: null,
            },
            {
              type: 'web_search_result',
              title: 'https://v.org',
              url: 'https://v.org',
              encrypted_content: 'cliproxy0',
              page_age: null,
            },
          ],
        },
      },
      { type: 'content_block_stop', index: 1 },
    ]);
  });

  test('a citation stands in its text', () => {
    const [, delta] = blocksOf([
      { type: 'text-start', index: 0 },
      { type: 'citation', index: 0, citation: { url: 'https://w.org', title: 'W', quote: 'rain' } },
      { type: 'text-end', index: 0 },
    ]);
    expect(delta?.['delta']).toEqual({
      type: 'citations_delta',
      citation: {
        type: 'web_search_result_location',
        url: 'https://w.org',
        title: 'W',
        cited_text: 'rain',
        encrypted_index: '',
      },
    });
  });

  test.each<[string, Part, JsonObject[]]>([
    [
      'an image link is shown as a link',
      { type: 'media', mediaType: 'image/png', source: { kind: 'url', url: 'https://i.org' } },
      [{ type: 'text_delta', text: '![image/png](https://i.org)' }],
    ],
    [
      'a picture is shown as Markdown',
      { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AA' } },
      [{ type: 'text_delta', text: '![image](data:image/png;base64,AA)' }],
    ],
    [
      'other data is only named',
      { type: 'media', mediaType: 'audio/wav', source: { kind: 'base64', data: 'AA' } },
      [{ type: 'text_delta', text: '[audio/wav that this protocol cannot show]' }],
    ],
    ['a block of another vendor is left out', { type: 'native', dialect: 'openai-chat', value: {} }, []],
  ])('%s', (_, part, expected) => {
    const deltas = blocksOf([{ type: 'part', index: 0, part }]).flatMap(({ delta }) =>
      delta === undefined ? [] : [delta],
    );
    expect(deltas).toEqual(expected);
  });
});

describe('stop reasons', () => {
  test.each<[Finish['reason'], Partial<Finish>, string, string | null]>([
    ['stop', {}, 'end_turn', null],
    ['stop', { stopSequence: 'END' }, 'stop_sequence', 'END'],
    ['length', {}, 'max_tokens', null],
    ['length', { raw: 'model_context_window_exceeded' }, 'model_context_window_exceeded', null],
    ['tool-calls', {}, 'end_turn', null],
    ['content-filter', {}, 'refusal', null],
    ['refusal', {}, 'refusal', null],
    ['pause', {}, 'pause_turn', null],
    ['error', { raw: 'MALFORMED_FUNCTION_CALL' }, 'end_turn', null],
    ['other', {}, 'end_turn', null],
  ])('%s %j without a call is %s', (reason, more, stop_reason, stop_sequence) => {
    expect(deltaOf([], end(reason, more))).toEqual({ stop_reason, stop_sequence });
  });

  test.each<[Finish['reason'], string]>([
    ['stop', 'tool_use'],
    ['tool-calls', 'tool_use'],
    ['length', 'max_tokens'],
  ])('%s after a call is %s', (reason, stop_reason) => {
    expect(deltaOf(callBlock(0, 'a'), end(reason))).toEqual({ stop_reason, stop_sequence: null });
  });

  test('a refusal in words is a refusal', () => {
    expect(
      deltaOf(
        [
          { type: 'text-start', index: 0, refusal: true },
          { type: 'text-end', index: 0 },
        ],
        end('stop'),
      ),
    ).toMatchObject({ stop_reason: 'refusal' });
  });
});

describe('failures', () => {
  const error: ModelEvent = { type: 'error', error: { reason: 'overloaded', message: 'busy' } };
  const frame = { type: 'error', error: { type: 'overloaded_error', message: 'busy' } };

  test('an error is the last event, without an end', () => {
    expect(frames([START, ...textBlock(0, 'a'), error]).slice(-2)).toEqual([
      { type: 'content_block_stop', index: 0 },
      frame,
    ]);
  });

  test('before any content it stands alone', () => {
    expect(encodeStream([START, error])).toEqual([{ event: 'error', data: frame }]);
  });
});

describe('the vendor’s own SDK reads it', () => {
  test.each(['stream-tools.sse', 'stream-search.sse'])('%s, translated, is what the original is', async (name) => {
    const original = await readWithSdk(fixture(name).toString('utf8'));
    const translated = await readWithSdk(toSse(encodeStream(decodeStream([fixture(name)]))));
    expect(translated).toEqual({ ...original, model: 'alias' });
  });

  test('an answer of another vendor with everything in it', async () => {
    const events: ModelEvent[] = [
      { type: 'response-start' },
      { type: 'reasoning-start', index: 0 },
      { type: 'reasoning-delta', index: 0, text: 'hm' },
      { type: 'reasoning-end', index: 0 },
      ...textBlock(1, 'ok ', '🦆'),
      ...callBlock(2, 'a', '{"x":', '1}'),
      ...callBlock(3, 'b'),
      { type: 'usage', usage: { inputTokens: 10, cacheReadTokens: 4, outputTokens: 5, reasoningTokens: 3 } },
      end('tool-calls'),
    ];
    const message = await readWithSdk(toSse(encodeStream(events)));
    expect(message).toMatchObject({
      content: [
        { type: 'thinking', thinking: 'hm', signature: '' },
        { type: 'text', text: 'ok 🦆' },
        { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
        { type: 'tool_use', id: 'b', name: 'f', input: {} },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 6, cache_read_input_tokens: 4, output_tokens: 5 },
    });
  });

  test('the keep-alive is an event it skips', async () => {
    const text = toSse(encodeStream([START, ...textBlock(0, 'a'), end('stop')]));
    const message = await readWithSdk(
      text.replaceAll('event: content_block_delta', `${anthropicMessagesClient.keepAlive}event: content_block_delta`),
    );
    expect(message.content).toEqual([{ type: 'text', text: 'a' }]);
  });
});

describe('a whole answer', () => {
  test('of this very dialect is what it was, under the name the client asked for', () => {
    const body = jsonFixture('response.json');
    const response = anthropicMessagesUpstream.decodeResponse(body, {});
    expect(anthropicMessagesClient.encodeResponse(response, encodeContext())).toEqual({ ...body, model: 'alias' });
  });

  test('says the same as its stream', async () => {
    const events: ModelEvent[] = [
      START,
      { type: 'reasoning-start', index: 0 },
      { type: 'reasoning-delta', index: 0, text: 'hm' },
      { type: 'reasoning-end', index: 0, opaque: { origin: 'gemini-generate', value: 'sig' } },
      ...textBlock(1, 'ok'),
      ...callBlock(2, 'a', '{"x":1}'),
      { type: 'usage', usage: { inputTokens: 10, outputTokens: 5 } },
      end('stop'),
    ];
    const collector = openCollector();
    for (const event of events) collector.write(event);
    const whole = anthropicMessagesClient.encodeResponse(collector.result(), encodeContext());
    const { _request_id: _, ...streamed } = { _request_id: null, ...(await readWithSdk(toSse(encodeStream(events)))) };
    expect(streamed).toMatchObject(JSON.parse(JSON.stringify(whole)));
  });

  test('without content is one empty text', () => {
    const response: ModelResponse = { content: [], finish: { reason: 'content-filter' } };
    expect(anthropicMessagesClient.encodeResponse(response, encodeContext())).toMatchObject({
      id: 'msg_1',
      content: [{ type: 'text', text: '' }],
      stop_reason: 'refusal',
    });
  });

  test('repairs the input of a call', () => {
    const response: ModelResponse = {
      content: [{ type: 'tool-call', id: 'a', name: 'f', input: '{"x":1,}' }],
      finish: { reason: 'stop' },
    };
    expect(anthropicMessagesClient.encodeResponse(response, encodeContext())).toMatchObject({
      content: [{ type: 'tool_use', input: { x: 1 } }],
      stop_reason: 'tool_use',
    });
  });
});
