import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../../../src/daemon/ir/model.js';
import { CLAUDE, chunkOf, clientAnswer, GEMINI, prepareFor } from '../../../support/antigravity.js';
import { framesOf } from '../../../support/sides.js';
import { A, assistantA, C, G, hi, tool } from '../../../support/translation-cases.js';

const searching = (model: ModelInfo): ModelInfo => ({ ...model, traits: new Set([...model.traits, 'web-search']) });
const search = (type: string, more: JsonObject = {}): JsonObject => ({ type, name: 'web_search', ...more });
const question = (tools: readonly JsonObject[], more: JsonObject = {}): JsonObject => ({
  max_tokens: 1000,
  tools,
  messages: [
    { role: 'user', content: 'first' },
    assistantA({ type: 'text', text: 'a' }),
    { role: 'user', content: [{ type: 'text', text: 'weather in Paris' }] },
  ],
  ...more,
});

describe.each(['web_search_20250305', 'web_search_20260209'])('%s as the only tool', (type) => {
  test.each([CLAUDE, GEMINI])('is a search of the service’s own, for $id', (model) => {
    const { envelope } = prepareFor(A, searching(model), question([search(type)]));
    expect(envelope).toEqual({
      project: expect.any(String),
      model: model.id,
      requestType: 'web_search',
      userAgent: 'cliproxyctl',
      request: {
        contents: [{ role: 'user', parts: [{ text: 'weather in Paris' }] }],
        tools: [{ googleSearch: { enhancedContent: { imageSearch: { maxResultCount: 5 } } } }],
        generationConfig: { candidateCount: 1 },
      },
    });
  });

  test('says how many results, and of which sites', () => {
    const { inner } = prepareFor(
      A,
      searching(CLAUDE),
      question([search(type, { max_uses: 3, allowed_domains: ['a.example'] })]),
    );
    expect(inner['tools']).toEqual([
      { googleSearch: { enhancedContent: { imageSearch: { maxResultCount: 3 } }, includedDomains: ['a.example'] } },
    ]);
  });
});

describe('no search is made of', () => {
  const asked = (model: ModelInfo, body: JsonObject, from = A) => {
    const { envelope, inner, translated } = prepareFor(from, model, body);
    return { type: envelope['requestType'], tools: inner['tools'], warnings: translated?.warnings.length ?? 0 };
  };
  const typed = search('web_search_20250305');

  test('a tool among others: the search is left out, and that is said', () => {
    for (const model of [CLAUDE, GEMINI]) {
      const { type, tools, warnings } = asked(searching(model), question([typed, tool('f')]));
      expect(type).toBe('agent');
      expect(JSON.stringify(tools)).not.toContain('googleSearch');
      expect(JSON.stringify(tools)).toContain('"name":"f"');
      expect(warnings).toBeGreaterThan(0);
    }
  });

  test('a model that is not listed as one that searches: Claude goes without, Gemini searches as it always does', () => {
    const claude = asked(CLAUDE, question([typed]));
    expect(claude).toMatchObject({ type: 'agent', tools: undefined });
    expect(claude.warnings).toBeGreaterThan(0);
    expect(asked(GEMINI, question([typed]))).toMatchObject({ type: 'agent', tools: [{ googleSearch: {} }] });
  });

  test('a tool that must not be used', () => {
    const { type, tools } = asked(searching(CLAUDE), question([typed], { tool_choice: { type: 'none' } }));
    expect([type, tools]).toEqual(['agent', undefined]);
  });

  test('what other clients ask in the course of a conversation', () => {
    const chat = asked(searching(GEMINI), { messages: hi, web_search_options: {} }, C);
    expect(chat).toMatchObject({ type: 'agent', tools: [{ googleSearch: {} }] });
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
    const google = asked(searching(GEMINI), { contents, tools: [{ googleSearch: {} }] }, G);
    expect(google).toMatchObject({ type: 'agent', tools: [{ googleSearch: {} }] });
  });
});

describe('what is found', () => {
  const words = ['Mild, says one. ', 'Wet – says the other.'];
  const segment = (text: string, startIndex: number) => ({
    segment: { startIndex, endIndex: startIndex + Buffer.byteLength(text), text },
  });
  const chunks = [
    ...words.map((text) => chunkOf([{ text }])),
    {
      ...chunkOf([{ text: '' }], {
        finishReason: 'STOP',
        groundingMetadata: {
          webSearchQueries: ['weather in Paris'],
          groundingChunks: [
            { web: { uri: 'https://one.example/', title: 'One' } },
            { web: { uri: 'https://two.example/', title: 'Two' } },
          ],
          groundingSupports: [
            { ...segment(words[0] ?? '', 0), groundingChunkIndices: [0] },
            { ...segment(words[1] ?? '', 16), groundingChunkIndices: [1] },
          ],
        },
      }),
      usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 9 },
    },
  ];
  const ask = question([search('web_search_20250305')]);
  const found = [
    { type: 'web_search_result', title: 'One', url: 'https://one.example/' },
    { type: 'web_search_result', title: 'Two', url: 'https://two.example/' },
  ];

  test('is a search, its results and cited words, in that order', async () => {
    const { json } = await clientAnswer(A, prepareFor(A, searching(CLAUDE), ask, { stream: false }), ...chunks);
    const content = json['content'] as JsonObject[];
    expect(content.map(({ type }) => type)).toEqual(['server_tool_use', 'web_search_tool_result', 'text']);
    expect(content[0]).toMatchObject({ name: 'web_search', input: { query: 'weather in Paris' } });
    expect(content[1]).toMatchObject({ tool_use_id: content[0]?.['id'], content: found });
    expect(content[2]?.['text']).toBe(words.join(''));
    expect(content[2]?.['citations']).toMatchObject([{ url: 'https://one.example/' }, { url: 'https://two.example/' }]);
    expect(json['usage']).toMatchObject({ input_tokens: 7, server_tool_use: { web_search_requests: 1 } });
  });

  test('is the same in a stream', async () => {
    const { text } = await clientAnswer(A, prepareFor(A, searching(CLAUDE), { ...ask, stream: true }), ...chunks);
    const frames = framesOf(text);
    const started = frames.flatMap(({ content_block: block }) => (block === undefined ? [] : [block as JsonObject]));
    expect(started.map(({ type }) => type)).toEqual(['server_tool_use', 'web_search_tool_result', 'text']);
    expect(started[1]).toMatchObject({ content: found });
    const deltas = frames.flatMap(({ delta }): JsonValue[] => (delta === undefined ? [] : [delta]));
    expect(JSON.stringify(deltas)).toContain('"url":"https://two.example/"');
    const last = frames.findLast(({ type }) => type === 'message_delta');
    expect(last?.['usage']).toMatchObject({ server_tool_use: { web_search_requests: 1 } });
  });

  test('may be nothing: then the words stand alone', async () => {
    const none = chunkOf([{ text: 'I do not know' }], { finishReason: 'STOP' });
    const { json } = await clientAnswer(A, prepareFor(A, searching(CLAUDE), ask, { stream: false }), none);
    expect((json['content'] as JsonObject[]).map(({ type }) => type)).toEqual(['text']);
  });
});
