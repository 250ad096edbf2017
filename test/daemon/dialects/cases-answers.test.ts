import { describe, expect, test } from 'vitest';
import type { EncodeContext, Restore } from '../../../src/daemon/dialects/dialect.js';
import { isObject, type JsonObject } from '../../../src/daemon/ir/json.js';
import {
  answerContext,
  decodeStream,
  encodeStream,
  framesOf,
  PAIRS,
  recordings,
  SIDES,
  type Side,
  sideOf,
  smallestRequest,
  sseOf,
  translate,
  userModel,
} from '../../support/sides.js';

// The numbers are those of the table of translation cases; what they ask of answers.
const C = sideOf('openai-chat');
const R = sideOf('openai-responses');
const A = sideOf('anthropic-messages');
const G = sideOf('gemini-generate');

interface Asked {
  readonly restore?: Restore;
  readonly context?: EncodeContext;
}

const streamed = (upstream: Side, client: Side, stream: Buffer, { restore, context }: Asked = {}): string =>
  encodeStream(client, decodeStream(upstream, [stream], restore), context ?? answerContext(client));
const frames = (upstream: Side, client: Side, stream: Buffer, asked?: Asked): JsonObject[] =>
  framesOf(streamed(upstream, client, stream, asked));
const whole = (upstream: Side, client: Side, body: JsonObject): JsonObject =>
  client.client.encodeResponse(
    upstream.upstream.decodeResponse(body, {}),
    answerContext(client, smallestRequest(client, { stream: false })),
  );
const ofTypes = (sent: readonly JsonObject[]): unknown[] => sent.map(({ type }) => type);

const chatChunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const googleChunk = (parts: readonly JsonObject[], more: JsonObject = {}, usageMetadata?: JsonObject): JsonObject => ({
  candidates: [{ content: { role: 'model', parts: [...parts] }, index: 0, ...more }],
  ...(usageMetadata === undefined ? {} : { usageMetadata }),
});
const start: JsonObject = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    content: [],
    usage: { input_tokens: 1, output_tokens: 1 },
  },
};
const blockStart = (index: number, content_block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, value: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta: value });
const stop = (index: number): JsonObject => ({ type: 'content_block_stop', index });
const ending = (stop_reason: string): JsonObject[] => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
];
const toolBlock = (index: number, id: string): JsonObject =>
  blockStart(index, { type: 'tool_use', id, name: 'f', input: {} });

const withUsage: Asked = {
  context: answerContext(C, smallestRequest(C, { stream_options: { include_usage: true } })),
};
const choicesOf = (sent: readonly JsonObject[]) =>
  sent.flatMap(({ choices }) => (choices ?? []) as readonly { delta: JsonObject; finish_reason: string | null }[]);

/** Cases 69 and 70: text, a call, then the end with usage. */
const googleTurn = sseOf(
  googleChunk([{ text: 'a' }]),
  googleChunk([{ functionCall: { name: 'f', args: {} } }]),
  googleChunk(
    [],
    { finishReason: 'STOP' },
    {
      promptTokenCount: 10,
      candidatesTokenCount: 2,
      thoughtsTokenCount: 3,
      cachedContentTokenCount: 4,
      totalTokenCount: 15,
    },
  ),
);

describe('case', () => {
  test('24 G->C: the client sees the name it declared', () => {
    const tools = [{ type: 'function', function: { name: '9 to-5/x' } }];
    const { restore } = translate({ ...smallestRequest(C), tools }, C, G);
    const stream = sseOf(googleChunk([{ functionCall: { name: '_9_to-5_x', args: {} } }], { finishReason: 'STOP' }));
    const names = choicesOf(frames(G, C, stream, { restore })).flatMap(({ delta: { tool_calls } }) => tool_calls ?? []);
    expect(names[0]).toMatchObject({ function: { name: '9 to-5/x' } });
  });

  test('31 C->R: the wrapped input comes back raw, as a custom call', () => {
    const body = smallestRequest(R, { tools: [{ type: 'custom', name: 'apply' }] });
    const { restore } = translate(body, R, C, { model: userModel() });
    const stream = sseOf(
      chatChunk({
        tool_calls: [
          { index: 0, id: 'c1', type: 'function', function: { name: 'apply', arguments: '{"input":"*** x"}' } },
        ],
      }),
      chatChunk({}, 'tool_calls'),
      '[DONE]',
    );
    const items = frames(C, R, stream, { restore, context: answerContext(R, body) })
      .filter(({ type }) => type === 'response.output_item.done')
      .map(({ item }) => item);
    expect(items).toMatchObject([{ type: 'custom_tool_call', call_id: 'c1', name: 'apply', input: '*** x' }]);
  });

  test('48 G->C: a signature of a call travels in extra_content', () => {
    const part = { functionCall: { name: 'f', args: {} }, thoughtSignature: 'SIG' };
    const calls = choicesOf(frames(G, C, sseOf(googleChunk([part], { finishReason: 'STOP' })))).flatMap(
      ({ delta: { tool_calls } }) => tool_calls ?? [],
    );
    expect(calls[0]).toMatchObject({ extra_content: { google: { thought_signature: 'SIG' } } });
  });

  test.each([
    ['reasoning_text alone', { reasoning_text: 'hm' }],
    ['reasoning_content before its second name', { reasoning_content: 'hm', reasoning_text: 'hm' }],
  ])('51 C->A: thinking first, then text: %s', (_name, thinking) => {
    const sent = frames(
      C,
      A,
      sseOf(chatChunk(thinking), chatChunk({ content: 'ok' }), chatChunk({}, 'stop'), '[DONE]'),
    );
    expect(sent.filter(({ type }) => type === 'content_block_delta')).toEqual([
      delta(0, { type: 'thinking_delta', thinking: 'hm' }),
      delta(1, { type: 'text_delta', text: 'ok' }),
    ]);
  });

  test('52 C->A: the same in a whole answer', () => {
    const message = { role: 'assistant', content: 'ok', reasoning_content: 'hm' };
    expect(whole(C, A, { choices: [{ index: 0, message, finish_reason: 'stop' }] })['content']).toMatchObject([
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'ok' },
    ]);
  });

  test('69 G->C: a call ends the answer, thoughts count as output', () => {
    const sent = frames(G, C, googleTurn, withUsage);
    expect(choicesOf(sent).at(-1)?.finish_reason).toBe('tool_calls');
    expect(sent.at(-1)?.['usage']).toMatchObject({
      prompt_tokens: 10,
      completion_tokens: 5,
      total_tokens: 15,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 3 },
    });
  });

  test('70 G->A: the same, without the cached part of the input', () => {
    const sent = frames(G, A, googleTurn);
    expect(sent.at(-2)).toMatchObject({
      type: 'message_delta',
      delta: { stop_reason: 'tool_use' },
      usage: { input_tokens: 6, cache_read_input_tokens: 4, output_tokens: 5 },
    });
  });

  test('71 A->C: calls are counted from 0, and fragments do not wait for the end of their block', () => {
    const fragment = (index: number, partial_json: string): JsonObject =>
      delta(index, { type: 'input_json_delta', partial_json });
    const stream = sseOf(
      start,
      blockStart(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'hm' }),
      stop(0),
      toolBlock(1, 't1'),
      fragment(1, '{"a"'),
      fragment(1, ':1}'),
      stop(1),
      toolBlock(2, 't2'),
      fragment(2, '{}'),
      stop(2),
      ...ending('tool_use'),
    );
    const calls = choicesOf(frames(A, C, stream)).flatMap(({ delta: { tool_calls } }) => tool_calls ?? []);
    expect(calls).toMatchObject([
      { index: 0, id: 't1' },
      { index: 0, function: { arguments: '{"a"' } },
      { index: 0, function: { arguments: ':1}' } },
      { index: 1, id: 't2' },
      { index: 1, function: { arguments: '{}' } },
    ]);
    const cut = stream.subarray(0, stream.indexOf('"{\\"a\\""') + 40);
    expect(streamed(A, C, cut)).toContain('"arguments":"{\\"a\\""');
  });

  test('72 C->A: a call is announced when its id is known, with the arguments held until then', () => {
    const part = (more: JsonObject): JsonObject => chatChunk({ tool_calls: [{ index: 0, ...more }] });
    const sent = frames(
      C,
      A,
      sseOf(
        part({ type: 'function', function: { name: 'f' } }),
        part({ function: { arguments: '{"a":1}' } }),
        part({ id: 'c1' }),
        chatChunk({}, 'tool_calls'),
        '[DONE]',
      ),
    );
    expect(sent.slice(1, 4)).toEqual([
      blockStart(0, { type: 'tool_use', id: 'c1', name: 'f', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"a":1}' }),
      stop(0),
    ]);
  });

  test.each([
    ['no calls', 'tool_calls', {}, 'end_turn'],
    [
      'calls',
      'stop',
      { tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      'tool_use',
    ],
  ])('73 C->A: %s and the finish %s', (_name, finish, content, reason) => {
    const sent = frames(C, A, sseOf(chatChunk(content), chatChunk({}, finish), '[DONE]'));
    expect(sent.at(-2)).toMatchObject({ delta: { stop_reason: reason } });
  });

  test('74 G: an answer cut by its limit', () => {
    const stream = sseOf(googleChunk([{ text: 'a' }], { finishReason: 'MAX_TOKENS' }));
    expect(choicesOf(frames(G, C, stream)).at(-1)?.finish_reason).toBe('length');
    expect(frames(G, A, stream).at(-2)).toMatchObject({ delta: { stop_reason: 'max_tokens' } });
    expect(frames(G, R, stream).at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    });
  });

  test('75 G->C: a blocked prompt is an empty answer', () => {
    const { choices } = whole(G, C, { promptFeedback: { blockReason: 'SAFETY' } });
    expect(choices).toMatchObject([{ message: { content: '' }, finish_reason: 'content_filter' }]);
  });

  test('75 G->C: the same in a stream', () => {
    const sent = choicesOf(frames(G, C, sseOf({ promptFeedback: { blockReason: 'SAFETY' } })));
    expect(sent.flatMap(({ delta: { content } }) => content ?? []).join('')).toBe('');
    expect(sent.at(-1)?.finish_reason).toBe('content_filter');
  });

  test.each([
    ['refusal', 'content_filter'],
    ['pause_turn', 'stop'],
  ])('76 A->C: %s', (reason, finish) => {
    const stream = sseOf(start, blockStart(0, { type: 'text', text: '' }), stop(0), ...ending(reason));
    expect(choicesOf(frames(A, C, stream)).at(-1)?.finish_reason).toBe(finish);
  });

  test('77 A->C: an error after two deltas is one frame, without [DONE]', () => {
    const say = (value: string): JsonObject => delta(0, { type: 'text_delta', text: value });
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    const written = streamed(A, C, sseOf(start, blockStart(0, { type: 'text', text: '' }), say('a'), say('b'), error));
    const sent = framesOf(written);
    expect(choicesOf(sent).flatMap(({ delta: { content } }) => content ?? [])).toEqual(['', 'a', 'b']);
    expect(sent.filter((frame) => 'error' in frame)).toHaveLength(1);
    expect(written).not.toContain('[DONE]');
  });

  test('78 C: an end without [DONE] is one for Anthropic clients, and a failure for Responses clients', () => {
    const stream = sseOf(chatChunk({ content: 'a' }), chatChunk({}, 'stop'));
    expect(ofTypes(frames(C, A, stream)).slice(-2)).toEqual(['message_delta', 'message_stop']);
    const { restore } = translate(smallestRequest(R), R, C);
    expect(frames(C, R, stream, { restore }).at(-1)?.['type']).toBe('response.failed');
  });

  test('79 A->C: usage is sent to those who asked for it, once and last', () => {
    const stream = sseOf(start, blockStart(0, { type: 'text', text: '' }), stop(0), ...ending('end_turn'));
    expect(frames(A, C, stream).filter((frame) => 'usage' in frame)).toEqual([]);
    const asked = streamed(A, C, stream, withUsage);
    const counts = framesOf(asked).filter((frame) => 'usage' in frame && frame['usage'] !== null);
    expect(counts).toEqual([expect.objectContaining({ choices: [] })]);
    expect(framesOf(asked).at(-1)).toHaveProperty('usage');
    expect(asked.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  test('80 A: a call without input has an empty object of arguments', () => {
    const stream = sseOf(start, toolBlock(0, 't1'), stop(0), ...ending('tool_use'));
    const calls = choicesOf(frames(A, C, stream)).flatMap(
      ({ delta: { tool_calls } }) => (tool_calls ?? []) as readonly { function: { arguments: string } }[],
    );
    expect(calls.map(({ function: { arguments: fragment } }) => fragment).join('')).toBe('{}');
    expect(frames(A, R, stream).find(({ type }) => type === 'response.output_item.done')?.['item']).toMatchObject({
      arguments: '{}',
    });
    expect(frames(A, G, stream)[0]).toMatchObject({
      candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: {} } }] } }],
    });
  });

  test('81 G->A: an empty answer has one empty text', () => {
    const sent = frames(G, A, sseOf(googleChunk([], { finishReason: 'STOP' })));
    expect(sent).toMatchObject([
      { type: 'message_start' },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
      { type: 'message_stop' },
    ]);
  });

  test('82 G->A: the answer to a prefill is not prefixed', () => {
    const sent = frames(G, A, sseOf(googleChunk([{ text: ' 42' }], { finishReason: 'STOP' })));
    expect(sent.filter(({ type }) => type === 'content_block_delta')).toEqual([
      delta(0, { type: 'text_delta', text: ' 42' }),
    ]);
  });

  test('83 G->A: grounding is a search with its results', () => {
    const groundingMetadata = {
      webSearchQueries: ['q'],
      groundingChunks: [{ web: { uri: 'https://ex.org', title: 'Ex' } }],
    };
    const sent = frames(G, A, sseOf(googleChunk([{ text: 'a' }], { finishReason: 'STOP', groundingMetadata })));
    expect(sent.find((frame) => JSON.stringify(frame).includes('web_search_tool_result'))).toMatchObject({
      content_block: { content: [{ type: 'web_search_result', url: 'https://ex.org', title: 'Ex' }] },
    });
    expect(sent.at(-2)).toMatchObject({ usage: { server_tool_use: { web_search_requests: 1 } } });
  });

  test.each(SIDES)('84 $id->R: events are numbered without gaps, and the end repeats the items sent', (upstream) => {
    for (const { name, bytes } of recordings(upstream, 'stream')) {
      const sent = frames(upstream, R, bytes);
      expect(
        sent.map(({ sequence_number: number }) => number),
        name,
      ).toEqual(sent.map((_frame, index) => index));
      const last = sent.at(-1);
      if (last?.['type'] !== 'response.completed') continue;
      const items = sent.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
      expect(last, name).toMatchObject({ response: { output: items } });
    }
  });
});

test.each(PAIRS)('$name, answered: the client sees the name that it asked for', ({ from: client, to: upstream }) => {
  for (const { name, bytes } of recordings(upstream, 'stream')) {
    const models = frames(upstream, client, bytes)
      .flatMap((frame) => [frame, frame['response'], frame['message']])
      .flatMap((value) => (isObject(value) ? [value['model'] ?? value['modelVersion']] : []));
    expect(
      models.filter((model) => model !== undefined && model !== 'alias'),
      name,
    ).toEqual([]);
  }
});
