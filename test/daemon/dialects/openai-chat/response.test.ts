import { describe, expect, test } from 'vitest';
import { openaiChatClient, openaiChatUpstream } from '../../../../src/daemon/dialects/openai-chat/dialect.js';
import type { ModelResponse } from '../../../../src/daemon/ir/event.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { encodeContext, fixtureBody, foreignRequest } from '../../../support/openai-chat.js';

const decode = (body: JsonObject, restore = {}) => openaiChatUpstream.decodeResponse(body, restore);
const encode = (response: ModelResponse, request = foreignRequest('openai-chat')): JsonObject =>
  openaiChatClient.encodeResponse(response, encodeContext(request));
const choiceOf = (body: JsonObject, index = 0): JsonObject => (body as { choices: JsonObject[] }).choices[index] ?? {};

describe('whole answers of upstreams', () => {
  test('thinking, text, calls, usage and the fields of this dialect', () => {
    expect(decode(fixtureBody('responses/mixed.json'))).toEqual({
      id: 'chatcmpl-B',
      model: 'm',
      content: [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'ok', citations: [{ url: 'https://a.example', title: 'A', start: 0, end: 2 }] },
        { type: 'tool-call', id: 'c1', name: 'f', input: '{"a":1}' },
      ],
      finish: { reason: 'tool-calls', raw: 'stop' },
      usage: {
        inputTokens: 20,
        cacheReadTokens: 4,
        outputTokens: 9,
        reasoningTokens: 2,
        raw: fixtureBody('responses/mixed.json')['usage'],
      },
      ext: { 'openai-chat': { created: 1_780_000_000, system_fingerprint: 'fp', logprobs: expect.anything() } },
    });
  });

  test('one answer cut into two choices is put together', () => {
    expect(decode(fixtureBody('responses/copilot-split.json'))).toMatchObject({
      content: [
        { type: 'text', text: 'I will look' },
        { type: 'tool-call', id: 't1' },
      ],
      finish: { reason: 'tool-calls' },
    });
  });

  test('several answers are alternatives when several were asked for', () => {
    const message = (content: string): JsonObject => ({ message: { content }, finish_reason: 'stop' });
    const body = {
      choices: [
        { index: 0, ...message('a') },
        { index: 1, ...message('b') },
      ],
    };
    expect(decode(body, { candidates: 2 })).toMatchObject({
      content: [{ text: 'a' }],
      alternatives: [{ content: [{ text: 'b' }], finish: { reason: 'stop' } }],
    });
  });

  test('what the request had to change in tools is undone', () => {
    const call = { id: 'c', type: 'function', function: { name: 'a_b', arguments: '{"input":"raw"}' } };
    const body = { choices: [{ message: { tool_calls: [call] }, finish_reason: 'tool_calls' }] };
    const restore = { toolNames: new Map([['a_b', 'a.b']]), wrappedTools: new Set(['a.b']) };
    expect(decode(body, restore).content).toEqual([
      { type: 'tool-call', id: 'c', name: 'a.b', input: 'raw', custom: true },
    ]);
  });

  test.each<{ name: string; usage: JsonObject; expected: object }>([
    {
      name: 'names of Responses',
      usage: {
        input_tokens: 7,
        output_tokens: 3,
        input_tokens_details: { cached_tokens: 2 },
        output_tokens_details: { reasoning_tokens: 1 },
      },
      expected: { inputTokens: 7, outputTokens: 3, cacheReadTokens: 2, reasoningTokens: 1 },
    },
    {
      name: 'reasoning that the completion leaves out',
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 18,
        completion_tokens_details: { reasoning_tokens: 3 },
      },
      expected: { inputTokens: 10, outputTokens: 8, reasoningTokens: 3 },
    },
    {
      name: 'cache writes',
      usage: { prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 0, cached_creation_tokens: 6 } },
      expected: { inputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 6 },
    },
    { name: 'nothing', usage: { prompt_tokens: null }, expected: {} },
  ])('reads usage: $name', ({ usage, expected }) => {
    expect(decode({ choices: [{ message: { content: '' } }], usage }).usage).toEqual({ ...expected, raw: usage });
  });
});

describe('whole answers for clients', () => {
  test('an answer of this dialect survives both ways', () => {
    const fixture = fixtureBody('responses/mixed.json');
    const printed = encode(decode(fixture));
    expect(printed).toMatchObject({
      id: 'chatcmpl-B',
      created: 1_780_000_000,
      model: 'alias',
      system_fingerprint: 'fp',
      usage: { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 },
    });
    expect(choiceOf(printed)).toEqual({ ...choiceOf(fixture), finish_reason: 'tool_calls' });
  });

  test.each<{ name: string; response: ModelResponse; message: JsonObject; finish: string }>([
    {
      name: 'nothing is empty text',
      response: { content: [], finish: { reason: 'content-filter' } },
      message: { role: 'assistant', content: '', refusal: null },
      finish: 'content_filter',
    },
    {
      name: 'only a call has no content',
      response: {
        content: [{ type: 'tool-call', id: 'c', name: 'f', input: '' }],
        finish: { reason: 'stop' },
      },
      message: {
        role: 'assistant',
        content: null,
        refusal: null,
        tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      finish: 'tool_calls',
    },
    {
      name: 'a refusal stands beside the content',
      response: { content: [{ type: 'text', text: 'no', refusal: true }], finish: { reason: 'refusal' } },
      message: { role: 'assistant', content: null, refusal: 'no' },
      finish: 'content_filter',
    },
    {
      name: 'a pause is a stop',
      response: { content: [{ type: 'text', text: 'a' }], finish: { reason: 'pause' } },
      message: { role: 'assistant', content: 'a', refusal: null },
      finish: 'stop',
    },
    {
      name: 'calls announced but absent are a stop',
      response: { content: [{ type: 'text', text: 'a' }], finish: { reason: 'tool-calls' } },
      message: { role: 'assistant', content: 'a', refusal: null },
      finish: 'stop',
    },
    {
      name: 'thinking and a picture',
      response: {
        content: [
          { type: 'reasoning', text: 'hm' },
          { type: 'text', text: 'a' },
          { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AA' } },
        ],
        finish: { reason: 'length' },
      },
      message: {
        role: 'assistant',
        content: 'a',
        refusal: null,
        reasoning_content: 'hm',
        images: [{ index: 0, type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }],
      },
      finish: 'length',
    },
  ])('$name', ({ response, message, finish }) => {
    expect(choiceOf(encode(response))).toEqual({ index: 0, message, logprobs: null, finish_reason: finish });
  });

  test('unknown usage is zero, an id and a time are made', () => {
    expect(encode({ content: [], finish: { reason: 'stop' } })).toMatchObject({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_780_000_000,
      usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
    });
  });

  test('alternatives are further choices', () => {
    const printed = encode({
      content: [{ type: 'text', text: 'a' }],
      finish: { reason: 'stop' },
      alternatives: [{ content: [{ type: 'text', text: 'b' }], finish: { reason: 'length' } }],
    });
    expect(choiceOf(printed, 1)).toMatchObject({ index: 1, message: { content: 'b' }, finish_reason: 'length' });
  });

  test('offsets of citations count from the start of the whole text', () => {
    const printed = encode({
      content: [
        { type: 'text', text: 'abc' },
        { type: 'text', text: 'de', citations: [{ url: 'https://a.example' }] },
      ],
      finish: { reason: 'stop' },
    });
    expect(choiceOf(printed)).toMatchObject({
      message: {
        content: 'abcde',
        annotations: [{ url_citation: { url: 'https://a.example', title: '', start_index: 3, end_index: 5 } }],
      },
    });
  });

  test('a client that knows functions only gets function_call', () => {
    const request = openaiChatClient.decodeRequest(fixtureBody('requests/legacy.json'));
    const response: ModelResponse = {
      content: [{ type: 'tool-call', id: 'c', name: 'add', input: '{}' }],
      finish: { reason: 'tool-calls' },
    };
    expect(choiceOf(encode(response, request))).toMatchObject({
      message: { function_call: { name: 'add', arguments: '{}' } },
      finish_reason: 'function_call',
    });
  });
});
