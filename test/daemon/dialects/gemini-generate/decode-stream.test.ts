import { describe, expect, test } from 'vitest';
import { openDecoder } from '../../../../src/daemon/dialects/gemini-generate/decode-stream.js';
import { decodeResponse } from '../../../../src/daemon/dialects/gemini-generate/response.js';
import { openCollector } from '../../../../src/daemon/ir/collect.js';
import type { ModelEvent, ModelResponse } from '../../../../src/daemon/ir/event.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { decodeChunks, decodeStream, readStream } from '../../../support/gemini-generate.js';

const collect = (events: readonly ModelEvent[]): ModelResponse => {
  const collector = openCollector();
  events.forEach(collector.write);
  return collector.result();
};
const answer = (name: string): ModelResponse => collect(decodeStream([readStream(name)]));
const signed = (value: string) => ({ origin: 'gemini-generate', value });
const candidate = (parts: readonly JsonObject[], extra: JsonObject = {}): JsonObject => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...extra }],
});

test('a text comes as one block, with the last usage', () => {
  const response = answer('text');
  expect(response).toMatchObject({
    id: 'abc-1',
    model: 'gemini-2.5-flash',
    content: [{ type: 'text', text: 'Grüße aus "error" 😀.' }],
    finish: { reason: 'stop', raw: 'STOP' },
    usage: { inputTokens: 10, outputTokens: 3 },
  });
});

test('thoughts, then calls: the turn ends with calls whatever Google says', () => {
  const response = answer('thought-call');
  expect(response.content).toEqual([
    { type: 'reasoning', text: '**Weather**' },
    { type: 'text', text: 'I look it up.' },
    { type: 'tool-call', id: 'fc_1', name: 'get_weather', input: '{"city":"Bern"}', opaque: signed('EiYKJGUy') },
    { type: 'tool-call', id: expect.stringMatching(/^call_[0-9A-Za-z]{24}$/), name: 'get_weather', input: '{}' },
  ]);
  expect(response.finish).toEqual({ reason: 'tool-calls', raw: 'STOP' });
  expect(response.usage).toMatchObject({ inputTokens: 10, cacheReadTokens: 4, outputTokens: 5, reasoningTokens: 3 });
});

test('what one signature ends and what another ends stay apart', () => {
  const thought = (text: string, thoughtSignature?: string): JsonObject => ({
    text,
    thought: true,
    ...(thoughtSignature === undefined ? {} : { thoughtSignature }),
  });
  const events = decodeChunks([
    candidate([thought('a'), thought('b'), thought('', 's1')]),
    candidate([thought('c', 's2'), { text: 'd', thoughtSignature: 's3' }]),
    candidate([{ text: 'e' }], { finishReason: 'STOP' }),
  ]);
  expect(collect(events).content).toEqual([
    { type: 'reasoning', text: 'ab', opaque: signed('s1') },
    { type: 'reasoning', text: 'c', opaque: signed('s2') },
    { type: 'text', text: 'd', opaque: signed('s3') },
    { type: 'text', text: 'e' },
  ]);
});

test('sources that come before any words stay before them, once', () => {
  const grounding = { webSearchQueries: ['q'], groundingChunks: [{ web: { uri: 'https://a.example/', title: 'A' } }] };
  const { content, usage } = collect(
    decodeChunks([
      candidate([], { groundingMetadata: grounding }),
      candidate([{ text: 'words' }]),
      candidate([], { finishReason: 'STOP', groundingMetadata: grounding }),
    ]),
  );
  expect(content.map(({ type }) => type)).toEqual(['search', 'text']);
  expect(usage).toEqual({ webSearches: 1 });
});

test('grounding becomes a search, and citations at character offsets', () => {
  const response = answer('grounded');
  expect(response.content).toEqual([
    {
      type: 'text',
      text: 'Zürich is big. Bern is the capital.',
      citations: [
        { url: 'https://example.net/b', title: 'example.net', start: 15, end: 35 },
        { url: 'https://example.org/z', title: 'example.org', start: 15, end: 35 },
        { url: 'https://example.org/z', title: 'example.org', start: 0, end: 14 },
      ],
    },
    {
      type: 'search',
      id: expect.stringMatching(/^search_/),
      queries: ['capital of Switzerland'],
      results: [
        { url: 'https://example.org/z', title: 'example.org' },
        { url: 'https://example.net/b', title: 'example.net' },
      ],
    },
  ]);
  expect(response.usage).toMatchObject({ inputTokens: 5, outputTokens: 9, webSearches: 1 });
});

test('a blocked prompt is an answer, not an error', () => {
  const response = answer('blocked');
  expect(response).toMatchObject({
    content: [],
    finish: { reason: 'content-filter', raw: 'SAFETY' },
    usage: { inputTokens: 8 },
  });
});

test('pictures come whole, drafts and code stay native, and usage may follow the end', () => {
  const response = answer('image');
  expect(response.content).toEqual([
    { type: 'text', text: 'Here:' },
    {
      type: 'native',
      dialect: 'gemini-generate',
      value: { inlineData: { mimeType: 'image/png', data: 'draft' }, thought: true },
    },
    {
      type: 'media',
      mediaType: 'image/png',
      source: { kind: 'base64', data: 'iVBORw0KGgo=' },
      opaque: signed('SigImg'),
    },
    { type: 'native', dialect: 'gemini-generate', value: { executableCode: { language: 'PYTHON', code: '1' } } },
  ]);
  expect(response.finish).toEqual({ reason: 'length', raw: 'MAX_TOKENS' });
  expect(response.usage).toMatchObject({ inputTokens: 8, outputTokens: 1300 });
});

test('an error frame ends the stream', () => {
  const events = decodeStream([readStream('error')]);
  expect(events.at(-1)).toMatchObject({
    type: 'error',
    error: { reason: 'overloaded', status: 503, code: 'UNAVAILABLE' },
  });
  expect(events.at(-2)?.type).toBe('text-delta');
});

test.each(['text', 'grounded', 'image', 'error'])('the stream %s gives the same events wherever it is cut', (name) => {
  const bytes = readStream(name);
  const withoutIds = (events: readonly ModelEvent[]) => JSON.stringify(events).replace(/search_\w+/g, 'search_');
  const whole = withoutIds(decodeStream([bytes]));
  for (let cut = 1; cut < bytes.length; cut++) {
    expect(withoutIds(decodeStream([bytes.subarray(0, cut), bytes.subarray(cut)]))).toBe(whole);
  }
});

describe('the end', () => {
  test.each([
    { name: 'a stream that was cut', chunks: [candidate([{ text: 'a' }])] },
    { name: 'a stream of usage alone', chunks: [{ usageMetadata: { promptTokenCount: 1 } }] },
    { name: 'an empty stream', chunks: [] },
  ])('$name is a failure', ({ chunks }) => {
    expect(decodeChunks(chunks).at(-1)).toMatchObject({ type: 'error', error: { reason: 'protocol', status: 502 } });
  });

  test('a frame that is no JSON is a failure', () => {
    const events: ModelEvent[] = [];
    const decoder = openDecoder({});
    for (const data of ['{"a":', '{}']) decoder.push(undefined, data, (event) => events.push(event));
    decoder.end((event) => events.push(event));
    expect(events).toMatchObject([{ type: 'error', error: { reason: 'protocol' } }]);
  });

  test.each([
    ['STOP', 'stop'],
    ['FINISH_REASON_UNSPECIFIED', 'stop'],
    ['OTHER', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content-filter'],
    ['RECITATION', 'content-filter'],
    ['IMAGE_SAFETY', 'content-filter'],
    ['MALFORMED_FUNCTION_CALL', 'stop'],
    ['SOMETHING_NEW', 'other'],
    ['constructor', 'other'],
  ])('%s is %s', (finishReason, reason) => {
    expect(collect(decodeChunks([candidate([], { finishReason })])).finish).toEqual({ reason, raw: finishReason });
  });

  test('a cut answer with a call is still a cut answer', () => {
    const chunk = candidate([{ functionCall: { name: 'f' } }], { finishReason: 'MAX_TOKENS' });
    expect(collect(decodeChunks([chunk])).finish.reason).toBe('length');
  });
});

test('an empty text that carries a signature gives it to what came before', () => {
  const chunks = [
    candidate([{ text: 'a' }]),
    candidate([{ text: '', thoughtSignature: 'S' }], { finishReason: 'STOP' }),
  ];
  expect(collect(decodeChunks(chunks)).content).toEqual([{ type: 'text', text: 'a', opaque: signed('S') }]);
});

test('text after a call is a new block', () => {
  const chunk = candidate([{ text: 'a' }, { functionCall: { id: 'c', name: 'f' } }, { text: 'b' }], {
    finishReason: 'STOP',
  });
  expect(collect(decodeChunks([chunk])).content.map(({ type }) => type)).toEqual(['text', 'tool-call', 'text']);
});

test('chunks of further candidates do not mix into the first', () => {
  const second = { candidates: [{ content: { parts: [{ text: 'x' }] }, index: 1 }] };
  expect(
    collect(decodeChunks([candidate([{ text: 'a' }]), second, candidate([], { finishReason: 'STOP' })])).content,
  ).toEqual([{ type: 'text', text: 'a' }]);
});

describe('usage', () => {
  test.each([
    { metadata: { promptTokenCount: 10 }, usage: { inputTokens: 10 } },
    { metadata: { promptTokenCount: 10, totalTokenCount: 10 }, usage: { inputTokens: 10, outputTokens: 0 } },
    {
      metadata: { promptTokenCount: 10, totalTokenCount: 15, thoughtsTokenCount: 2 },
      usage: { inputTokens: 10, outputTokens: 5, reasoningTokens: 2 },
    },
    {
      metadata: { promptTokenCount: 10, candidatesTokenCount: 2, thoughtsTokenCount: 3 },
      usage: { inputTokens: 10, outputTokens: 5, reasoningTokens: 3 },
    },
    {
      metadata: { promptTokenCount: 10, toolUsePromptTokenCount: 5, candidatesTokenCount: 1, totalTokenCount: 16 },
      usage: { inputTokens: 15, outputTokens: 1 },
    },
    { metadata: {}, usage: {} },
  ])('$metadata', ({ metadata, usage }) => {
    const response = decodeResponse({ ...candidate([], { finishReason: 'STOP' }), usageMetadata: metadata }, {});
    expect(response.usage).toEqual({ ...usage, raw: metadata });
  });
});

describe('a whole answer', () => {
  test('is read like a stream of one chunk', () => {
    const body = {
      ...candidate(
        [
          { text: 'T', thought: true, thoughtSignature: 'S' },
          { text: 'a' },
          { functionCall: { id: 'c', name: 'f', args: { x: 1 } } },
        ],
        {
          finishReason: 'STOP',
          safetyRatings: [],
        },
      ),
      responseId: 'r',
      modelVersion: 'v',
    };
    expect(decodeResponse(body, {})).toEqual({
      id: 'r',
      model: 'v',
      content: [
        { type: 'reasoning', text: 'T', opaque: signed('S') },
        { type: 'text', text: 'a' },
        { type: 'tool-call', id: 'c', name: 'f', input: '{"x":1}' },
      ],
      finish: { reason: 'tool-calls', raw: 'STOP' },
      ext: { 'gemini-generate': { safetyRatings: [] } },
    });
  });

  test('may have alternatives', () => {
    const candidates = ['a', 'b'].map((text, index) => ({
      content: { parts: [{ text }] },
      finishReason: 'STOP',
      index,
    }));
    expect(decodeResponse({ candidates }, {})).toMatchObject({
      content: [{ text: 'a' }],
      alternatives: [{ content: [{ text: 'b' }], finish: { reason: 'stop' } }],
    });
  });

  test('without candidates is empty', () => {
    expect(decodeResponse({ usageMetadata: {} }, {})).toMatchObject({ content: [], finish: { reason: 'other' } });
  });
});
