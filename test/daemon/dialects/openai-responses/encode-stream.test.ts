import { describe, expect, test } from 'vitest';
import type { ModelEvent } from '../../../../src/daemon/ir/event.js';
import { expandResponse } from '../../../../src/daemon/ir/expand.js';
import { isObject, type JsonObject } from '../../../../src/daemon/ir/json.js';
import type { Part } from '../../../../src/daemon/ir/request.js';
import { typesOf, type WrittenEvent, writeStream } from '../../../support/openai-responses.js';

const end: ModelEvent = { type: 'response-end', finish: { reason: 'stop' } };
const start: ModelEvent = { type: 'response-start', id: 'msg_1', model: 'other' };

function write(parts: readonly Part[], body?: JsonObject): WrittenEvent[] {
  const events: ModelEvent[] = [];
  expandResponse(
    { id: 'resp_9', content: parts, finish: { reason: 'stop' }, usage: { inputTokens: 10, outputTokens: 4 } },
    (event) => events.push(event),
  );
  return writeStream(events, body);
}
const last = (written: readonly WrittenEvent[]): JsonObject => {
  const response = written.at(-1)?.data['response'];
  return isObject(response) ? response : {};
};
const doneItems = (written: readonly WrittenEvent[]) =>
  written.filter(({ name }) => name === 'response.output_item.done').map(({ data }) => data['item']);

const EVERYTHING: readonly Part[] = [
  { type: 'reasoning', text: 'hm', opaque: { origin: 'anthropic-messages', value: 'SIG' } },
  { type: 'text', text: 'See', citations: [{ url: 'https://e.org', title: 'E' }] },
  { type: 'tool-call', id: 'c1', name: 'f', input: '{"a":1}' },
  { type: 'tool-call', id: 'c2', name: 'mcp__docs__search', input: '' },
  { type: 'tool-call', id: 'c3', name: 'apply', input: '{"input":"*** x"}' },
  { type: 'tool-call', id: 'c4', name: 'apply', input: '*** y', custom: true },
  { type: 'search', id: 'srvtoolu_1', queries: ['q'], results: [{ url: 'https://e.org', title: 'E' }] },
  { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AAAA' } },
  {
    type: 'native',
    dialect: 'openai-responses',
    value: { id: 'mcp_1', type: 'mcp_list_tools', server_label: 's', tools: [] },
  },
  { type: 'native', dialect: 'anthropic-messages', value: { type: 'container_upload' } },
  { type: 'text', text: 'no', refusal: true },
];
const REQUEST: JsonObject = {
  model: 'm',
  input: 'x',
  instructions: 'Be terse',
  store: false,
  temperature: 0.5,
  tools: [
    { type: 'function', name: 'f', parameters: {}, strict: false },
    { type: 'custom', name: 'apply' },
    { type: 'namespace', name: 'mcp__docs__', description: 'd', tools: [{ type: 'function', name: 'search' }] },
  ],
};

test('the sequence of a text is the one of the API', () => {
  expect(typesOf(write([{ type: 'text', text: 'hi' }]))).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_text.delta',
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.completed',
  ]);
});

test('the sequence of thinking and a call is the one of the API', () => {
  const parts: Part[] = [
    { type: 'reasoning', text: 'hm' },
    { type: 'tool-call', id: 'c', name: 'f', input: '{}' },
  ];
  expect(typesOf(write(parts)).slice(2, -1)).toEqual([
    'response.output_item.added',
    'response.reasoning_summary_part.added',
    'response.reasoning_summary_text.delta',
    'response.reasoning_summary_text.done',
    'response.reasoning_summary_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.output_item.done',
  ]);
});

test('events are named by their type and numbered without gaps', () => {
  const written = write(EVERYTHING, REQUEST);
  expect(written.map(({ data }) => data['sequence_number'])).toEqual(written.map((_event, index) => index));
  expect(written.map(({ name }) => name)).toEqual(typesOf(written));
});

test('the completed response holds exactly the items that were sent', () => {
  const written = write(EVERYTHING, REQUEST);
  expect(last(written)['output']).toEqual(doneItems(written));
  const indexes = written
    .filter(({ name }) => name === 'response.output_item.done')
    .map(({ data }) => data['output_index']);
  expect(indexes).toEqual(indexes.map((_value, index) => index));
  expect(doneItems(written)).toHaveLength(10);
});

test('items have what a client needs to send them back', () => {
  expect(doneItems(write(EVERYTHING, REQUEST))).toMatchObject(
    [
      { type: 'reasoning', id: /^rs_/, summary: [{ text: 'hm' }], encrypted_content: 'cliproxy0ASIG' },
      {
        type: 'message',
        content: [{ annotations: [{ url: 'https://e.org', title: 'E', start_index: 0, end_index: 3 }] }],
      },
      { type: 'function_call', id: /^fc_/, call_id: 'c1', name: 'f', arguments: '{"a":1}', status: 'completed' },
      { type: 'function_call', call_id: 'c2', name: 'search', namespace: 'mcp__docs__', arguments: '{}' },
      { type: 'custom_tool_call', id: /^ctc_/, call_id: 'c3', name: 'apply', input: '*** x' },
      { type: 'custom_tool_call', call_id: 'c4', name: 'apply', input: '*** y' },
      {
        type: 'web_search_call',
        id: /^ws_/,
        status: 'completed',
        action: { type: 'search', query: 'q', sources: [{ url: 'https://e.org' }] },
      },
      { type: 'image_generation_call', id: /^ig_/, status: 'completed', result: 'AAAA' },
      { type: 'mcp_list_tools' },
      { type: 'message', content: [{ type: 'refusal', refusal: 'no' }] },
    ].map((item) => ('id' in item ? { ...item, id: expect.stringMatching(item.id as RegExp) } : item)),
  );
});

test('encrypted reasoning goes only to a client that can send it back', () => {
  const [thought] = EVERYTHING;
  const sealed = (body: JsonObject) =>
    doneItems(write(thought === undefined ? [] : [thought], { model: 'm', input: 'x', ...body }))[0];
  expect(sealed({})).not.toHaveProperty('encrypted_content');
  expect(sealed({ store: true, include: ['reasoning.encrypted_content'] })).toHaveProperty('encrypted_content');
  expect(sealed({ store: false })).toHaveProperty('encrypted_content');
});

test('thinking whose text is hidden is marked inside the sealed state', () => {
  const hidden: Part = {
    type: 'reasoning',
    text: '',
    redacted: true,
    opaque: { origin: 'anthropic-messages', value: 'EmwK' },
  };
  expect(doneItems(write([hidden], REQUEST))).toMatchObject([
    { summary: [], encrypted_content: 'cliproxy0Aredacted0EmwK' },
  ]);
});

test('each response object is whole: settings repeated, the model as the client asked', () => {
  const written = write([{ type: 'text', text: 'hi' }], REQUEST);
  const created = written[0]?.data['response'];
  const settings = {
    id: 'resp_9',
    object: 'response',
    created_at: 1_790_000_000,
    model: 'my-model',
    error: null,
    incomplete_details: null,
    instructions: 'Be terse',
    metadata: {},
    parallel_tool_calls: true,
    temperature: 0.5,
    top_p: null,
    tool_choice: 'auto',
    tools: REQUEST['tools'],
    reasoning: { effort: null, summary: null },
    text: { format: { type: 'text' } },
    store: false,
    truncation: 'disabled',
  };
  expect(created).toMatchObject({ ...settings, status: 'in_progress', output: [], usage: null });
  expect(written[1]?.data['response']).toEqual(created);
  expect(last(written)).toMatchObject({ ...settings, status: 'completed', completed_at: 1_790_000_000 });
});

test('usage always has its details, and what nobody knows is 0', () => {
  expect(last(writeStream([start, end]))['usage']).toEqual({
    input_tokens: 0,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: 0,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 0,
  });
  const usage = { inputTokens: 10, cacheReadTokens: 4, cacheWriteTokens: 3, outputTokens: 5, reasoningTokens: 3 };
  expect(last(writeStream([start, { type: 'usage', usage }, end]))['usage']).toEqual({
    input_tokens: 10,
    input_tokens_details: { cached_tokens: 4, cache_write_tokens: 3, cached_creation_tokens: 3 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 3 },
    total_tokens: 15,
  });
});

test('an empty answer has one empty message', () => {
  const written = writeStream([start, end]);
  expect(last(written)).toMatchObject({
    id: 'resp_msg_1',
    output: [{ type: 'message', content: [{ type: 'output_text', text: '' }] }],
  });
});

test.each([
  { reason: 'stop', status: 'completed', incomplete: null },
  { reason: 'tool-calls', status: 'completed', incomplete: null },
  { reason: 'pause', status: 'completed', incomplete: null },
  { reason: 'length', status: 'incomplete', incomplete: { reason: 'max_output_tokens' } },
  { reason: 'content-filter', status: 'incomplete', incomplete: { reason: 'content_filter' } },
  { reason: 'refusal', status: 'incomplete', incomplete: { reason: 'content_filter' } },
] as const)('an answer ended by $reason is $status', ({ reason, status, incomplete }) => {
  const written = writeStream([start, { type: 'response-end', finish: { reason } }]);
  expect(typesOf(written).at(-1)).toBe(`response.${status}`);
  expect(last(written)).toMatchObject({ status, incomplete_details: incomplete });
});

describe('interleaved blocks', () => {
  test('become items one after the other, in the order of their indexes', () => {
    const written = writeStream([
      start,
      { type: 'tool-call-start', index: 0, id: 'a', name: 'f' },
      { type: 'tool-call-start', index: 2, id: 'c', name: 'f' },
      { type: 'tool-call-start', index: 1, id: 'b', name: 'f' },
      { type: 'tool-call-delta', index: 1, json: '{"b"' },
      { type: 'tool-call-delta', index: 0, json: '{"a":1}' },
      { type: 'tool-call-end', index: 2 },
      { type: 'tool-call-end', index: 0 },
      { type: 'tool-call-delta', index: 1, json: ':2}' },
      { type: 'tool-call-end', index: 1 },
      {
        type: 'part',
        index: 3,
        part: { type: 'native', dialect: 'openai-responses', value: { id: 'x', type: 'odd' } },
      },
      end,
    ]);
    expect(doneItems(written)).toMatchObject([
      { call_id: 'a', arguments: '{"a":1}' },
      { call_id: 'b', arguments: '{"b":2}' },
      { call_id: 'c', arguments: '{}' },
      { type: 'odd' },
    ]);
    let open = 0;
    for (const { name } of written) {
      if (name === 'response.output_item.added') open++;
      if (name === 'response.output_item.done') open--;
      expect(open).toBeLessThanOrEqual(1);
    }
  });
});

describe('a failure', () => {
  const failure: ModelEvent = {
    type: 'error',
    error: { reason: 'overloaded', code: 'overloaded_error', message: 'busy' },
  };
  test('before anything was sent is an error event', () => {
    const written = writeStream([failure]);
    expect(written).toEqual([
      {
        name: 'error',
        data: { type: 'error', sequence_number: 0, code: 'overloaded_error', message: 'busy', param: null },
      },
    ]);
  });
  test('later is a failed response, with the items that were finished', () => {
    const written = writeStream([
      start,
      { type: 'text-start', index: 0 },
      { type: 'text-delta', index: 0, text: 'a' },
      { type: 'text-end', index: 0 },
      { type: 'text-start', index: 1 },
      failure,
    ]);
    expect(typesOf(written).at(-1)).toBe('response.failed');
    expect(last(written)).toMatchObject({
      status: 'failed',
      error: { code: 'overloaded_error', message: 'busy' },
      output: [{ content: [{ text: 'a' }] }],
    });
  });
});
