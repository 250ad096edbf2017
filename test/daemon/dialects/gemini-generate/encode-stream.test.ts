import { describe, expect, test } from 'vitest';
import { geminiGenerateClient } from '../../../../src/daemon/dialects/gemini-generate/dialect.js';
import { encodeResponse } from '../../../../src/daemon/dialects/gemini-generate/response.js';
import type { Finish, ModelEvent, ModelResponse } from '../../../../src/daemon/ir/event.js';
import { expandResponse } from '../../../../src/daemon/ir/expand.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import {
  decodeStream,
  encodeContext,
  encodeEvents,
  modelRequest,
  readStream,
} from '../../../support/gemini-generate.js';

const start: ModelEvent = { type: 'response-start', id: 'r1', model: 'upstream' };
const end = (reason: Finish['reason'] = 'stop', raw?: string): ModelEvent => ({
  type: 'response-end',
  finish: raw === undefined ? { reason } : { reason, raw },
});
const partsOf = (frames: readonly JsonObject[]) =>
  frames.flatMap((frame) => {
    const [candidate] = frame['candidates'] as { content: { parts: JsonObject[]; role: string } }[];
    return candidate?.content.parts ?? [];
  });
const lastCandidate = (frames: readonly JsonObject[]) =>
  (frames.at(-1)?.['candidates'] as JsonObject[] | undefined)?.[0];
const EMPTY = { text: '' };

test('each chunk is a whole response, and the last has finish and usage', () => {
  const frames = encodeEvents([
    start,
    { type: 'text-start', index: 0 },
    { type: 'text-delta', index: 0, text: 'He said "ä"\n' },
    { type: 'text-end', index: 0 },
    { type: 'usage', usage: { inputTokens: 10, cacheReadTokens: 4 } },
    { type: 'usage', usage: { outputTokens: 5, reasoningTokens: 3 } },
    end(),
  ]);
  expect(frames).toEqual([
    {
      candidates: [{ content: { parts: [{ text: 'He said "ä"\n' }], role: 'model' }, index: 0 }],
      modelVersion: 'my-alias',
      responseId: 'r1',
    },
    {
      candidates: [{ content: { parts: [EMPTY], role: 'model' }, finishReason: 'STOP', index: 0 }],
      usageMetadata: {
        promptTokenCount: 10,
        cachedContentTokenCount: 4,
        candidatesTokenCount: 2,
        thoughtsTokenCount: 3,
        totalTokenCount: 15,
      },
      modelVersion: 'my-alias',
      responseId: 'r1',
    },
  ]);
});

test('calls are sent whole, however their fragments interleave', () => {
  const frames = encodeEvents([
    start,
    { type: 'tool-call-start', index: 0, id: 'a', name: 'f', opaque: { origin: 'gemini-generate', value: 'S' } },
    { type: 'tool-call-start', index: 1, id: 'b', name: 'g' },
    { type: 'tool-call-delta', index: 0, json: '{"x":' },
    { type: 'tool-call-delta', index: 1, json: '{bad' },
    { type: 'tool-call-end', index: 1 },
    { type: 'tool-call-delta', index: 0, json: '1}' },
    { type: 'tool-call-end', index: 0 },
    { type: 'tool-call-start', index: 2, id: 'c', name: 'h' },
    { type: 'tool-call-end', index: 2 },
    end('tool-calls'),
  ]);
  expect(partsOf(frames)).toEqual([
    { functionCall: { id: 'b', name: 'g', args: {} } },
    { functionCall: { id: 'a', name: 'f', args: { x: 1 } }, thoughtSignature: 'S' },
    { functionCall: { id: 'c', name: 'h', args: {} } },
    EMPTY,
  ]);
  expect(lastCandidate(frames)).toMatchObject({ finishReason: 'STOP' });
});

const thinking: readonly ModelEvent[] = [
  start,
  { type: 'reasoning-start', index: 0 },
  { type: 'reasoning-delta', index: 0, text: 'hm' },
  { type: 'reasoning-end', index: 0, opaque: { origin: 'anthropic-messages', value: 'Er0B' } },
  end(),
];

test('thoughts are marked, and the signature of another vendor is tagged', () => {
  expect(partsOf(encodeEvents(thinking))).toEqual([
    { text: 'hm', thought: true },
    { text: '', thought: true, thoughtSignature: 'cliproxy0AEr0B' },
    EMPTY,
  ]);
});

test('thoughts that the client hides leave their signature only', () => {
  const request = modelRequest([], { dialect: 'gemini-generate', reasoning: { summary: 'none' } });
  expect(partsOf(encodeEvents(thinking, encodeContext({ request })))).toEqual([
    { text: '', thought: true, thoughtSignature: 'cliproxy0AEr0B' },
    EMPTY,
  ]);
});

test.each<[Finish['reason'], string | undefined, string]>([
  ['stop', undefined, 'STOP'],
  ['pause', undefined, 'STOP'],
  ['length', 'max_tokens', 'MAX_TOKENS'],
  ['refusal', 'refusal', 'SAFETY'],
  ['content-filter', 'RECITATION', 'RECITATION'],
  ['stop', 'MALFORMED_FUNCTION_CALL', 'MALFORMED_FUNCTION_CALL'],
  ['other', 'weird', 'OTHER'],
])('the finish %s (%s) is %s', (reason, raw, word) => {
  expect(lastCandidate(encodeEvents([start, end(reason, raw)]))).toMatchObject({ finishReason: word });
});

test('an error is a frame of its own, and the last', () => {
  const frames = encodeEvents([start, { type: 'error', error: { reason: 'overloaded', message: 'busy' } }]);
  expect(frames).toEqual([{ error: { code: 529, message: 'busy', status: 'UNAVAILABLE' } }]);
});

test('an answer without an id gets one; unknown usage is zero', () => {
  expect(encodeEvents([{ type: 'response-start' }, end()])).toEqual([
    {
      candidates: [{ content: { parts: [EMPTY], role: 'model' }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 0, candidatesTokenCount: 0, totalTokenCount: 0 },
      modelVersion: 'my-alias',
      responseId: 'new',
    },
  ]);
});

const cited: ModelResponse = {
  id: 'r1',
  content: [
    { type: 'text', text: 'Zürich. ' },
    { type: 'search', id: 's', queries: ['q'], results: [{ url: 'https://a', title: 'A' }, { url: 'https://b' }] },
    {
      type: 'text',
      text: 'Bern is it.',
      citations: [
        { url: 'https://b', start: 0, end: 4 },
        { url: 'https://c', title: 'C' },
      ],
    },
  ],
  finish: { reason: 'stop' },
};

describe('citations and searches are grounding', () => {
  const chunks = [
    { web: { uri: 'https://a', title: 'A' } },
    { web: { uri: 'https://b' } },
    { web: { uri: 'https://c', title: 'C' } },
  ];

  test('counted in bytes through the whole stream', () => {
    const events: ModelEvent[] = [];
    expandResponse(cited, (event) => events.push(event));
    expect(lastCandidate(encodeEvents(events))).toMatchObject({
      groundingMetadata: {
        webSearchQueries: ['q'],
        groundingChunks: chunks,
        groundingSupports: [
          { segment: { startIndex: 9, endIndex: 13, text: 'Bern' }, groundingChunkIndices: [1] },
          { segment: { startIndex: 9, endIndex: 20, text: 'Bern is it.' }, groundingChunkIndices: [2] },
        ],
      },
    });
  });

  test('counted from the beginning of the part in a whole answer', () => {
    const body = encodeResponse(cited, encodeContext());
    expect(body).toMatchObject({
      candidates: [
        {
          content: { parts: [{ text: 'Zürich. ' }, { text: 'Bern is it.' }], role: 'model' },
          groundingMetadata: {
            groundingSupports: [
              { segment: { partIndex: 1, startIndex: 0, endIndex: 4, text: 'Bern' } },
              { segment: { partIndex: 1, startIndex: 0, endIndex: 11 } },
            ],
          },
        },
      ],
    });
  });
});

test.each(['text', 'thought-call', 'grounded', 'blocked', 'image'])(
  'what was decoded from %s and encoded again says the same',
  (name) => {
    const events = decodeStream([readStream(name)]);
    const again = decodeStream([
      Buffer.from(
        encodeEvents(events, encodeContext({ model: 'm' }))
          .map((frame) => `data: ${JSON.stringify(frame)}\n\n`)
          .join(''),
      ),
    ]);
    const essence = (list: readonly ModelEvent[]) =>
      list.filter(({ type }) => !['response-start', 'usage', 'response-end', 'part'].includes(type));
    const finishOf = (list: readonly ModelEvent[]) =>
      list.flatMap((event) => (event.type === 'response-end' ? [event.finish.reason] : []));
    expect(essence(again)).toEqual(essence(events));
    expect(finishOf(again)).toEqual(finishOf(events));
  },
);

describe('a whole answer', () => {
  test('has all parts, the client’s model name and the upstream’s id', () => {
    const response: ModelResponse = {
      id: 'r1',
      model: 'upstream',
      content: [
        { type: 'reasoning', text: 'hm', opaque: { origin: 'gemini-generate', value: 'S' } },
        { type: 'text', text: '' },
        { type: 'text', text: 'a' },
        { type: 'tool-call', id: 'c', name: 'f', input: '' },
        { type: 'tool-call', id: 'd', name: 'p', input: 'raw', custom: true },
        { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'QQ==' } },
        { type: 'media', source: { kind: 'url', url: 'https://x' } },
        { type: 'native', dialect: 'anthropic-messages', value: {} },
        { type: 'native', dialect: 'gemini-generate', value: { executableCode: {} } },
      ],
      finish: { reason: 'tool-calls' },
      usage: { inputTokens: 1, outputTokens: 2 },
    };
    expect(encodeResponse(response, encodeContext())).toEqual({
      candidates: [
        {
          content: {
            role: 'model',
            parts: [
              { text: 'hm', thought: true, thoughtSignature: 'S' },
              { text: 'a' },
              { functionCall: { id: 'c', name: 'f', args: {} } },
              { functionCall: { id: 'd', name: 'p', args: { input: 'raw' } } },
              { inlineData: { mimeType: 'image/png', data: 'QQ==' } },
              { fileData: { fileUri: 'https://x' } },
              { executableCode: {} },
            ],
          },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 },
      modelVersion: 'my-alias',
      responseId: 'r1',
    });
  });

  test('is an empty text when there is nothing, and may have alternatives', () => {
    const response: ModelResponse = {
      content: [],
      finish: { reason: 'content-filter' },
      alternatives: [{ content: [{ type: 'text', text: 'b' }], finish: { reason: 'length' } }],
    };
    expect(encodeResponse(response, encodeContext())).toMatchObject({
      candidates: [
        { content: { parts: [EMPTY] }, finishReason: 'SAFETY', index: 0 },
        { content: { parts: [{ text: 'b' }] }, finishReason: 'MAX_TOKENS', index: 1 },
      ],
    });
  });
});

test('the keep-alive is a comment', () => {
  expect(geminiGenerateClient.keepAlive).toBe(': keep-alive\n\n');
});
