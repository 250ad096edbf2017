import { expect, test } from 'vitest';
import type { ListedModel } from '../../../src/daemon/runtime/snapshot.js';
import { listShape, modelList, oneModel } from '../../../src/daemon/server/model-lists.js';
import { modelNamed } from '../../support/provider.js';

const STARTED_AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const known: ListedModel = {
  id: 'team/sonnet',
  info: modelNamed('claude-sonnet-4-5', {
    displayName: 'Claude Sonnet 4.5',
    ownedBy: 'anthropic',
    contextTokens: 200_000,
    maxOutputTokens: 64_000,
    inputModalities: ['text', 'image'],
    outputModalities: ['text'],
    thinking: { zeroAllowed: true, dynamicAllowed: true, levels: ['low', 'high'] },
  }),
  providers: ['claude'],
  credentials: 2,
};
const unknown: ListedModel = { id: 'acme-1', info: modelNamed('acme-1'), providers: ['acme'], credentials: 1 };

test.each<[Record<string, string>, string]>([
  [{}, 'openai'],
  [{ 'user-agent': 'OpenAI/JS 6' }, 'openai'],
  [{ 'anthropic-version': '2023-06-01' }, 'anthropic'],
  [{ 'user-agent': 'claude-cli/2.1.0 (external, cli)' }, 'anthropic'],
  [{ 'x-goog-api-key': 'k' }, 'google'],
  [{ 'user-agent': 'google-genai-sdk/1.0 gl-node' }, 'google'],
  [{ 'anthropic-version': '2023-06-01', 'x-goog-api-key': 'k' }, 'anthropic'],
])('%j asks for the %s list', (headers, shape) => {
  expect(listShape((name) => headers[name])).toBe(shape);
});

test('OpenAI clients get one flat list, with limits where they are known', () => {
  expect(modelList([known, unknown], 'openai', STARTED_AT)).toEqual({
    object: 'list',
    data: [
      {
        id: 'team/sonnet',
        object: 'model',
        created: 1767323045,
        owned_by: 'anthropic',
        display_name: 'Claude Sonnet 4.5',
        context_length: 200_000,
        context_window: 200_000,
        max_output_tokens: 64_000,
        input_modalities: ['text', 'image'],
        output_modalities: ['text'],
        thinking_levels: ['low', 'high'],
      },
      { id: 'acme-1', object: 'model', created: 1767323045, owned_by: 'acme' },
    ],
  });
});

test('Anthropic clients get one page that is the last', () => {
  expect(modelList([known, unknown], 'anthropic', STARTED_AT)).toEqual({
    data: [
      {
        id: 'team/sonnet',
        type: 'model',
        display_name: 'Claude Sonnet 4.5',
        created_at: '2026-01-02T03:04:05.678Z',
        max_input_tokens: 200_000,
        max_tokens: 64_000,
      },
      { id: 'acme-1', type: 'model', display_name: 'acme-1', created_at: '2026-01-02T03:04:05.678Z' },
    ],
    has_more: false,
    first_id: 'team/sonnet',
    last_id: 'acme-1',
  });
});

test('Google clients get resource names and methods', () => {
  const methods = ['generateContent', 'countTokens'];
  expect(modelList([known, unknown], 'google', STARTED_AT)).toEqual({
    models: [
      {
        name: 'models/team/sonnet',
        version: '001',
        displayName: 'Claude Sonnet 4.5',
        description: 'Claude Sonnet 4.5',
        inputTokenLimit: 200_000,
        outputTokenLimit: 64_000,
        supportedGenerationMethods: methods,
        thinking: true,
      },
      {
        name: 'models/acme-1',
        version: '001',
        displayName: 'acme-1',
        description: 'acme-1',
        supportedGenerationMethods: methods,
      },
    ],
  });
});

test('a list of none is a list', () => {
  expect(modelList([], 'openai', STARTED_AT)).toEqual({ object: 'list', data: [] });
  expect(modelList([], 'anthropic', STARTED_AT)).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
  expect(modelList([], 'google', STARTED_AT)).toEqual({ models: [] });
});

test.each([
  ['openai', 'data'],
  ['anthropic', 'data'],
  ['google', 'models'],
] as const)('one model in the %s shape looks as in the list', (shape, member) => {
  expect(modelList([known], shape, STARTED_AT)[member]).toEqual([oneModel(known, shape, STARTED_AT)]);
});
