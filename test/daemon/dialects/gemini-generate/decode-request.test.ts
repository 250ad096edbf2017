import { describe, expect, test } from 'vitest';
import {
  decodeCountRequest,
  encodeCountRequest,
  encodeCountResponse,
} from '../../../../src/daemon/dialects/gemini-generate/count.js';
import { decodeRequest } from '../../../../src/daemon/dialects/gemini-generate/decode-request.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { Message } from '../../../../src/daemon/ir/request.js';
import { geminiModel, modelRequest, requestFixtures, system, user } from '../../../support/gemini-generate.js';

const decode = (body: JsonObject) => decodeRequest({ contents: [], model: 'm', ...body });
const fixture = (name: string): JsonObject => requestFixtures.find((each) => each.name === `${name}.json`)?.body ?? {};
/** What other dialects see of a message. */
const plain = ({ role, content }: Message) => ({ role, content: content.map(({ ext: _ext, ...part }) => part) });

test('an agent of Google is understood by others', () => {
  const request = decode(fixture('cli-agent'));
  expect(request.messages.map(plain)).toEqual([
    { role: 'system', content: [{ type: 'text', text: 'You are an agent.\nBe brief.' }] },
    { role: 'user', content: [{ type: 'text', text: 'This is the context.' }] },
    { role: 'assistant', content: [{ type: 'text', text: 'Got it.' }] },
    { role: 'user', content: [{ type: 'text', text: 'Read both files' }] },
    {
      role: 'assistant',
      content: [
        {
          type: 'reasoning',
          text: '**Planning**I will read them.',
          opaque: { origin: 'gemini-generate', value: 'CsoBAVSoXO4k' },
        },
        { type: 'text', text: 'Reading.' },
        {
          type: 'tool-call',
          id: 'call_gemini_1',
          name: 'read_file',
          input: '{"path":"a.ts"}',
          opaque: { origin: 'gemini-generate', value: 'EugBAVSo' },
        },
        { type: 'tool-call', id: 'call_gemini_2', name: 'read_file', input: '{"path":"b.ts","limit":10}' },
      ],
    },
    {
      role: 'tool',
      content: [
        { type: 'tool-result', callId: 'call_gemini_1', content: [{ type: 'text', text: 'const a = 1' }] },
        {
          type: 'tool-result',
          callId: 'call_gemini_2',
          content: [{ type: 'text', text: 'no such file' }],
          isError: true,
        },
      ],
    },
    { role: 'user', content: [{ type: 'text', text: 'go on' }] },
  ]);
  expect(request.tools.map(({ ext: _ext, ...tool }) => tool)).toEqual([
    {
      kind: 'function',
      name: 'read_file',
      description: 'Reads a file',
      schema: {
        type: 'object',
        properties: { path: { type: 'string' }, limit: { type: 'number' } },
        required: ['path'],
      },
    },
    {
      kind: 'function',
      name: 'list_directory',
      schema: { type: 'object', properties: { path: { type: ['string', 'null'], minLength: 1 } } },
    },
    { kind: 'hosted', capability: 'web-search' },
  ]);
  expect(request.toolChoice).toEqual({ mode: 'auto' });
  expect(request.sampling).toEqual({ temperature: 0, topP: 0.95, topK: 64 });
  expect(request.reasoning).toEqual({ mode: 'effort', effort: 'high', summary: 'auto' });
  expect(request.ext?.['gemini-generate']).toMatchObject({ sessionId: '4b0f' });
});

test('snake_case and lone parts are understood', () => {
  const request = decode(fixture('docs-snake-case'));
  expect(request.messages.map(plain)).toEqual([system('You are a cat. Your name is Neko.'), user('Hello there')]);
  expect(request.sampling).toEqual({ stop: ['Title'], temperature: 1, maxOutputTokens: 800, topP: 0.8, topK: 10 });
  expect(request.reasoning).toEqual({ mode: 'budget', budgetTokens: 1024, summary: 'auto' });
});

test('media keep their source', () => {
  const request = decode(fixture('vertex-media'));
  expect(request.messages.map(plain)[0]?.content).toEqual([
    {
      type: 'media',
      mediaType: 'video/mp4',
      source: { kind: 'file', id: 'gs://bucket/a.mp4', origin: 'gemini-generate' },
    },
    { type: 'media', mediaType: 'image/png', source: { kind: 'url', url: 'https://example.org/a.png' } },
    { type: 'media', mediaType: 'image/png', filename: 'a.png', source: { kind: 'base64', data: 'iVBORw0KGgo=' } },
    { type: 'media', mediaType: 'audio/mpeg', source: { kind: 'base64', data: 'SUQz' } },
    { type: 'text', text: 'What is this?' },
  ]);
  expect(request.messages[1]?.content.map(({ type }) => type)).toEqual(['native', 'native', 'text']);
  expect(request.output).toEqual({
    type: 'json-schema',
    schema: {
      type: 'object',
      properties: { kind: { type: ['string', 'null'], enum: ['a', 'b', null] } },
      required: ['kind'],
    },
  });
  expect(request.sampling).toMatchObject({ candidates: 2, logprobs: true, topLogprobs: 3, presencePenalty: 0.5 });
  expect(request.serviceTier).toBe('default');
});

test('the result of a tool is its text and its media', () => {
  const request = decode(fixture('tool-images'));
  expect(request.messages.map(plain)[2]).toEqual({
    role: 'tool',
    content: [
      {
        type: 'tool-result',
        callId: 'c1',
        content: [
          { type: 'text', text: 'done' },
          expect.objectContaining({ type: 'media', source: { kind: 'base64', data: '/9j/' } }),
        ],
      },
    ],
  });
});

test.each([
  { response: { result: 'x' }, text: 'x' },
  { response: { output: 'x' }, text: 'x' },
  { response: { result: { a: 1 } }, text: '{"result":{"a":1}}' },
  { response: { a: 1 }, text: '{"a":1}' },
])('the response $response reads $text', ({ response, text }) => {
  const { messages } = decode({ contents: [{ parts: [{ functionResponse: { name: 'f', response } }] }] });
  expect(messages[0]?.content).toMatchObject([{ content: [{ type: 'text', text }] }]);
});

test('what a stream left in pieces in the history is whole again', () => {
  const pieces = [
    { text: 'h', thought: true },
    { text: 'm', thought: true },
    { text: '', thought: true, thoughtSignature: 'cliproxy0AEr0B' },
    { text: 'He' },
    { text: 'llo' },
    { text: '', thoughtSignature: 'S' },
    { functionCall: { id: 'c', name: 'f', args: {} } },
  ];
  const model = pieces.map((part) => ({ role: 'model', parts: [part] }));
  const { messages } = decode({ contents: [{ role: 'user', parts: [{ text: 'a' }, { text: 'b' }] }, ...model] });
  expect(messages.map(plain)).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'hm', opaque: { origin: 'anthropic-messages', value: 'Er0B' } },
        { type: 'text', text: 'Hello', opaque: { origin: 'gemini-generate', value: 'S' } },
        { type: 'tool-call', id: 'c', name: 'f', input: '{}' },
      ],
    },
  ]);
});

test('roles that nobody knows take turns', () => {
  const contents = ['', 'bogus', 'user'].map((role) => ({ role, parts: [{ text: 'x' }] }));
  expect(decode({ contents }).messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
});

describe('the choice of functions', () => {
  test.each([
    { config: { mode: 'ANY', allowedFunctionNames: ['a'] }, choice: { mode: 'named', name: 'a' } },
    { config: { mode: 'ANY', allowedFunctionNames: ['a', 'b'] }, choice: { mode: 'required', allowed: ['a', 'b'] } },
    { config: { mode: 'any' }, choice: { mode: 'required' } },
    { config: { mode: 'NONE' }, choice: { mode: 'none' } },
    { config: { mode: 'VALIDATED', allowedFunctionNames: ['a'] }, choice: { mode: 'auto', allowed: ['a'] } },
    { config: { mode: 'MODE_UNSPECIFIED' }, choice: undefined },
  ])('$config', ({ config, choice }) => {
    expect(decode({ toolConfig: { functionCallingConfig: config } }).toolChoice).toEqual(choice);
  });
});

describe('what is malformed is named in the spelling of the client', () => {
  test.each<{ body: JsonObject; path: string }>([
    { body: { contents: null }, path: 'contents' },
    { body: { model: '' }, path: 'model' },
    { body: { contents: ['hi'] }, path: 'contents[0]' },
    { body: { contents: [{ parts: ['hi'] }] }, path: 'contents[0].parts[0]' },
    { body: { contents: [{ parts: [{ text: 1 }] }] }, path: 'contents[0].parts[0].text' },
    { body: { contents: [{ parts: [{ inline_data: {} }] }] }, path: 'contents[0].parts[0].inline_data.data' },
    {
      body: { contents: [{ parts: [{ inline_data: { data: 'x', mime_type: 3 } }] }] },
      path: 'contents[0].parts[0].inline_data.mime_type',
    },
    {
      body: { contents: [{ parts: [{ fileData: { mimeType: 'x' } }] }] },
      path: 'contents[0].parts[0].fileData.fileUri',
    },
    {
      body: { contents: [{ parts: [{ functionCall: { args: {} } }] }] },
      path: 'contents[0].parts[0].functionCall.name',
    },
    {
      body: { contents: [{ parts: [{ functionCall: { name: 'f', args: [] } }] }] },
      path: 'contents[0].parts[0].functionCall.args',
    },
    {
      body: { contents: [{ parts: [{ functionResponse: { parts: {} } }] }] },
      path: 'contents[0].parts[0].functionResponse.parts',
    },
    { body: { system_instruction: 'x' }, path: 'system_instruction' },
    { body: { generation_config: { max_output_tokens: '8' } }, path: 'generation_config.max_output_tokens' },
    { body: { generationConfig: { stopSequences: 'x' } }, path: 'generationConfig.stopSequences' },
    { body: { generationConfig: { stopSequences: [1] } }, path: 'generationConfig.stopSequences[0]' },
    {
      body: { generationConfig: { thinkingConfig: { thinkingBudget: 'x' } } },
      path: 'generationConfig.thinkingConfig.thinkingBudget',
    },
    { body: { tools: [3] }, path: 'tools[0]' },
    { body: { tools: [{ function_declarations: [{}] }] }, path: 'tools[0].function_declarations[0].name' },
    {
      body: { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [1] } } },
      path: 'toolConfig.functionCallingConfig.allowedFunctionNames',
    },
  ])('$path', ({ body, path }) => {
    expect(() => decode(body)).toThrow(RequestFault);
    expect(() => decode(body)).toThrow(expect.objectContaining({ path }));
  });
});

test('a signature of another vendor is told by its tag', () => {
  const { messages } = decode({
    contents: [{ role: 'model', parts: [{ text: '', thought: true, thoughtSignature: 'cliproxy0AEr0B' }] }],
  });
  expect(messages[0]?.content).toMatchObject([
    { type: 'reasoning', opaque: { origin: 'anthropic-messages', value: 'Er0B' } },
  ]);
});

describe('counting tokens', () => {
  const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];

  test.each<{ name: string; body: JsonObject; model: string }>([
    { name: 'of contents', body: { contents, model: 'm', stream: false }, model: 'm' },
    {
      name: 'of a whole request',
      body: { generateContentRequest: { model: 'models/x', contents } },
      model: 'models/x',
    },
    {
      name: 'of a whole request, the path naming the model',
      body: { model: 'm', generate_content_request: { contents } },
      model: 'm',
    },
    { name: 'without a model', body: { contents }, model: 'unknown' },
  ])('$name', ({ body, model }) => {
    const request = decodeCountRequest(body);
    expect(request.messages.map(plain)).toEqual([user('hi')]);
    expect(request.model).toBe(model);
  });

  test('asks with nothing but the contents', () => {
    const request = modelRequest([system('S'), user('hi')], { tools: [{ kind: 'function', name: 'f' }] });
    const context = { model: geminiModel(), warn: () => undefined, newId: (prefix: string) => prefix };
    expect(encodeCountRequest(request, context)).toEqual({ contents });
  });

  test('is answered with the total', () => {
    expect(encodeCountResponse(7)).toEqual({ totalTokens: 7 });
  });
});
