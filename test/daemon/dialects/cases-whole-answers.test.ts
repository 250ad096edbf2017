import { describe, expect, test } from 'vitest';
import type { Restore } from '../../../src/daemon/dialects/dialect.js';
import type { JsonObject, JsonValue } from '../../../src/daemon/ir/json.js';
import { answerContext, type Side, sideOf, smallestRequest, translate, userModel } from '../../support/sides.js';

// The numbers are those of the table of translation cases; what they ask of answers that do not stream.
const C = sideOf('openai-chat');
const R = sideOf('openai-responses');
const A = sideOf('anthropic-messages');
const G = sideOf('gemini-generate');

interface Asked {
  readonly restore?: Restore;
  readonly request?: JsonObject;
}

const whole = (upstream: Side, client: Side, body: JsonObject, { restore = {}, request }: Asked = {}): JsonObject =>
  client.client.encodeResponse(
    upstream.upstream.decodeResponse(body, restore),
    answerContext(client, request ?? smallestRequest(client, { stream: false })),
  );

const chatAnswer = (message: JsonObject, finish = 'stop'): JsonObject => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason: finish }],
});
const claudeAnswer = (content: readonly JsonValue[], stop_reason: string): JsonObject => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  content: [...content],
  stop_reason,
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 2 },
});
const googleAnswer = (parts: readonly JsonValue[], more: JsonObject = {}, usageMetadata?: JsonObject): JsonObject => ({
  candidates: [{ content: { role: 'model', parts: [...parts] }, index: 0, finishReason: 'STOP', ...more }],
  ...(usageMetadata === undefined ? {} : { usageMetadata }),
});
const chatCall = (name: string, args: string): JsonObject => ({
  tool_calls: [{ id: 'c1', type: 'function', function: { name, arguments: args } }],
});

/** Cases 69 and 70: text, a call, and usage. */
const googleTurn = googleAnswer(
  [{ text: 'a' }, { functionCall: { name: 'f', args: {} } }],
  {},
  {
    promptTokenCount: 10,
    candidatesTokenCount: 2,
    thoughtsTokenCount: 3,
    cachedContentTokenCount: 4,
    totalTokenCount: 15,
  },
);

interface Case {
  readonly name: string;
  readonly from: Side;
  readonly to: Side;
  readonly body: JsonObject;
  readonly expected: JsonObject;
}

const choice = (message: JsonObject, finish_reason: string): JsonObject => ({ choices: [{ message, finish_reason }] });

const cases: readonly Case[] = [
  {
    name: '48 G->C: a signature of a call travels in extra_content',
    from: G,
    to: C,
    body: googleAnswer([{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'SIG' }]),
    expected: choice({ tool_calls: [{ extra_content: { google: { thought_signature: 'SIG' } } }] }, 'tool_calls'),
  },
  ...[{ reasoning_text: 'hm' }, { reasoning_content: 'hm', reasoning_text: 'hm' }].map((thinking) => ({
    name: `51 C->A: thinking first, then text: ${Object.keys(thinking).join(' and ')}`,
    from: C,
    to: A,
    body: chatAnswer({ content: 'ok', ...thinking }),
    expected: {
      content: [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'ok' },
      ],
    },
  })),
  {
    name: '69 G->C: a call ends the answer, thoughts count as output',
    from: G,
    to: C,
    body: googleTurn,
    expected: {
      choices: [{ finish_reason: 'tool_calls' }],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    },
  },
  {
    name: '70 G->A: the same, without the cached part of the input',
    from: G,
    to: A,
    body: googleTurn,
    expected: {
      stop_reason: 'tool_use',
      usage: { input_tokens: 6, cache_read_input_tokens: 4, output_tokens: 5 },
    },
  },
  {
    name: '71 A->C: calls stand in their order, thinking beside them',
    from: A,
    to: C,
    body: claudeAnswer(
      [
        { type: 'thinking', thinking: 'hm', signature: 'E' },
        { type: 'tool_use', id: 't1', name: 'f', input: { a: 1 } },
        { type: 'tool_use', id: 't2', name: 'f', input: {} },
      ],
      'tool_use',
    ),
    expected: choice(
      {
        reasoning_content: 'hm',
        tool_calls: [
          { id: 't1', function: { name: 'f', arguments: '{"a":1}' } },
          { id: 't2', function: { name: 'f', arguments: '{}' } },
        ],
      },
      'tool_calls',
    ),
  },
  {
    name: '73 C->A: no calls and the finish tool_calls',
    from: C,
    to: A,
    body: chatAnswer({ content: 'a' }, 'tool_calls'),
    expected: { stop_reason: 'end_turn' },
  },
  {
    name: '73 C->A: calls and the finish stop',
    from: C,
    to: A,
    body: chatAnswer({ content: null, ...chatCall('f', '{}') }),
    expected: { stop_reason: 'tool_use' },
  },
  ...(
    [
      [C, { choices: [{ finish_reason: 'length' }] }],
      [A, { stop_reason: 'max_tokens' }],
      [R, { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }],
    ] as const
  ).map(([to, expected]) => ({
    name: `74 G->${to.id}: an answer cut by its limit`,
    from: G,
    to,
    body: googleAnswer([{ text: 'a' }], { finishReason: 'MAX_TOKENS' }),
    expected: expected as JsonObject,
  })),
  {
    name: '74 a call does not hide that the limit was reached',
    from: G,
    to: C,
    body: googleAnswer([{ functionCall: { name: 'f', args: {} } }], { finishReason: 'MAX_TOKENS' }),
    expected: { choices: [{ finish_reason: 'length' }] },
  },
  ...(
    [
      ['refusal', 'content_filter'],
      ['pause_turn', 'stop'],
    ] as const
  ).map(([reason, finish]) => ({
    name: `76 A->C: ${reason}`,
    from: A,
    to: C,
    body: claudeAnswer([{ type: 'text', text: 'a' }], reason),
    expected: { choices: [{ finish_reason: finish }] },
  })),
  {
    name: '80 A->C: a call without input has an empty object of arguments',
    from: A,
    to: C,
    body: claudeAnswer([{ type: 'tool_use', id: 't1', name: 'f', input: {} }], 'tool_use'),
    expected: choice({ tool_calls: [{ function: { arguments: '{}' } }] }, 'tool_calls'),
  },
  {
    name: '80 A->R: a call without input has an empty object of arguments',
    from: A,
    to: R,
    body: claudeAnswer([{ type: 'tool_use', id: 't1', name: 'f', input: {} }], 'tool_use'),
    expected: { output: [{ type: 'function_call', arguments: '{}' }] },
  },
  {
    name: '80 A->G: a call without input has an empty object of arguments',
    from: A,
    to: G,
    body: claudeAnswer([{ type: 'tool_use', id: 't1', name: 'f', input: {} }], 'tool_use'),
    expected: { candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: {} } }] } }] },
  },
  ...(
    [
      [C, choice({ content: '' }, 'stop')],
      [R, { status: 'completed', output: [{ type: 'message', content: [{ type: 'output_text', text: '' }] }] }],
      [A, { stop_reason: 'end_turn', content: [{ type: 'text', text: '' }] }],
    ] as const
  ).map(([to, expected]) => ({
    name: `81 G->${to.id}: an empty answer has one empty text`,
    from: G,
    to,
    body: googleAnswer([]),
    expected,
  })),
  {
    name: '82 G->A: the answer to a prefill is not prefixed',
    from: G,
    to: A,
    body: googleAnswer([{ text: ' 42' }]),
    expected: { content: [{ type: 'text', text: ' 42' }] },
  },
];

test.each(cases)('whole, case $name', ({ from, to, body, expected }) => {
  expect(whole(from, to, body)).toMatchObject(expected);
});

describe('whole, case', () => {
  test('24 G->C: the client sees the name it declared', () => {
    const tools = [{ type: 'function', function: { name: '9 to-5/x' } }];
    const { restore } = translate({ ...smallestRequest(C), tools }, C, G);
    const body = googleAnswer([{ functionCall: { name: '_9_to-5_x', args: {} } }]);
    expect(whole(G, C, body, { restore })).toMatchObject(
      choice({ tool_calls: [{ function: { name: '9 to-5/x' } }] }, 'tool_calls'),
    );
  });

  test('31 C->R: the wrapped input comes back raw, as a custom call', () => {
    const request = smallestRequest(R, { tools: [{ type: 'custom', name: 'apply' }], stream: false });
    const { restore } = translate(request, R, C, { model: userModel() });
    const body = chatAnswer({ content: null, ...chatCall('apply', '{"input":"*** x"}') }, 'tool_calls');
    expect(whole(C, R, body, { restore, request })['output']).toMatchObject([
      { type: 'custom_tool_call', call_id: 'c1', name: 'apply', input: '*** x' },
    ]);
  });

  test('83 G->A: grounding is a search with its results', () => {
    const groundingMetadata = {
      webSearchQueries: ['q'],
      groundingChunks: [{ web: { uri: 'https://ex.org', title: 'Ex' } }],
    };
    const answer = whole(G, A, googleAnswer([{ text: 'a' }], { groundingMetadata }));
    expect(answer['usage']).toMatchObject({ server_tool_use: { web_search_requests: 1 } });
    expect(answer['content']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'server_tool_use', name: 'web_search', input: { query: 'q' } }),
        expect.objectContaining({
          type: 'web_search_tool_result',
          content: [expect.objectContaining({ url: 'https://ex.org', title: 'Ex', page_age: null })],
        }),
      ]),
    );
  });
});
