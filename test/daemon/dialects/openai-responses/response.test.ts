import { describe, expect, test } from 'vitest';
import {
  openaiResponsesClient,
  openaiResponsesUpstream,
} from '../../../../src/daemon/dialects/openai-responses/dialect.js';
import { openCollector } from '../../../../src/daemon/ir/collect.js';
import type { ModelResponse } from '../../../../src/daemon/ir/event.js';
import { clientContext, decodeStream, fixtureBytes, fixtureJson } from '../../../support/openai-responses.js';

const { decodeResponse, tapResponse } = openaiResponsesUpstream;
const request = { model: 'm', input: 'x', store: false };
const encode = (response: ModelResponse, body = request) =>
  openaiResponsesClient.encodeResponse(response, clientContext(body));
const namespaced = {
  ...request,
  tools: [{ type: 'namespace', name: 'mcp__docs__', tools: [{ type: 'function', name: 'search' }] }],
};

test.each(['response-tools.json', 'response-hosted.json', 'response-multi.json'])(
  '%s survives decoding and encoding',
  (name) => {
    const body = fixtureJson(name);
    const printed = JSON.parse(JSON.stringify(encode(decodeResponse(body, {}))));
    const { completed_at, usage, ...rest } = printed;
    const { usage: was, ...expected } = body;
    expect(rest).toEqual({ ...expected, model: 'my-model' });
    expect(completed_at).toBe(1_790_000_000);
    expect(usage).toMatchObject(JSON.parse(JSON.stringify(was), (key, value) => (key === 'raw' ? undefined : value)));
  },
);

test.each([
  ['stream-tools.sse', 'response-tools.json'],
  ['stream-hosted.sse', 'response-hosted.json'],
])('%s, collected, is the same answer as %s', (stream, whole) => {
  const collector = openCollector();
  decodeStream([fixtureBytes(stream)]).forEach(collector.write);
  expect(encode(collector.result())['output']).toEqual(fixtureJson(whole)['output']);
});

test('decoded content says what it is', () => {
  const response = decodeResponse(fixtureJson('response-tools.json'), { toolNames: new Map([['shell', 'sh']]) });
  expect(response).toMatchObject({
    id: 'resp_0f1',
    content: [{ type: 'reasoning' }, { type: 'text' }, { name: 'sh' }, { custom: true }, { name: 'mcp__docs__search' }],
    finish: { reason: 'tool-calls' },
    usage: { inputTokens: 120 },
  });
  expect(encode(response, namespaced)['output']).toMatchObject([
    {},
    {},
    {},
    {},
    { name: 'search', namespace: 'mcp__docs__' },
  ]);
});

test('several answers of other dialects print alike streamed and whole', () => {
  const content = [
    { type: 'text', text: 'a', citations: [{ url: 'https://e.org' }] },
    { type: 'tool-call', id: 'c', name: 'f', input: '' },
  ] as const;
  expect(encode({ id: 'msg_1', content, finish: { reason: 'length' } })).toMatchObject({
    id: 'resp_msg_1',
    status: 'incomplete',
    completed_at: null,
    incomplete_details: { reason: 'max_output_tokens' },
    output: [
      {
        type: 'message',
        status: 'completed',
        content: [{ text: 'a', annotations: [{ url: 'https://e.org', title: '', end_index: 1 }] }],
      },
      { type: 'function_call', call_id: 'c', arguments: '{}' },
    ],
    usage: { input_tokens: 0, output_tokens_details: { reasoning_tokens: 0 } },
  });
});

test('an empty answer has one empty message', () => {
  expect(encode({ content: [], finish: { reason: 'stop' } })['output']).toMatchObject([
    { type: 'message', content: [{ type: 'output_text', text: '', annotations: [] }] },
  ]);
});

describe('a malformed item of an upstream', () => {
  test.each([{ type: 'message', content: 7 }, { type: 'odd', x: 1 }, { type: 'image_generation_call' }])(
    '%j stays native',
    (item) => {
      expect(decodeResponse({ output: [item] }, {}).content).toEqual([
        { type: 'native', dialect: 'openai-responses', value: item },
      ]);
    },
  );
  test('does not throw', () => {
    const output = [
      { type: 'function_call' },
      { type: 'message', content: [1, { type: 'output_text' }] },
      { type: 'reasoning', summary: 'x' },
      5,
    ];
    expect(decodeResponse({ output }, {}).content).toHaveLength(4);
  });
});

test('the facts of a relayed answer', () => {
  expect(tapResponse(fixtureBytes('response-tools.json'))).toMatchObject({
    usage: { inputTokens: 120, cacheReadTokens: 64, outputTokens: 30 },
    finish: { reason: 'tool-calls' },
  });
  expect(tapResponse(Buffer.from('oops'))).toEqual({});
});
