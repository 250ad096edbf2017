import { describe, expect, test } from 'vitest';
import type { ModelInfo } from '../../../../src/daemon/ir/model.js';
import type { ModelRequest, Reasoning } from '../../../../src/daemon/ir/request.js';
import { encode, gemini3, geminiModel, modelRequest, user, vertex } from '../../../support/gemini-generate.js';

const config = (extra: Partial<ModelRequest>, model: ModelInfo = geminiModel()) =>
  encode(modelRequest([user('hi')], extra), model).body['generationConfig'];

test('sampling has the names of Google', () => {
  const sampling = {
    maxOutputTokens: 100,
    temperature: 0,
    topP: 0.5,
    topK: 3,
    stop: ['END'],
    seed: 7,
    presencePenalty: 0.5,
    frequencyPenalty: -1,
    candidates: 2,
  };
  expect(config({ sampling })).toEqual({
    maxOutputTokens: 100,
    temperature: 0,
    topP: 0.5,
    topK: 3,
    stopSequences: ['END'],
    seed: 7,
    presencePenalty: 0.5,
    frequencyPenalty: -1,
    candidateCount: 2,
  });
});

test('nothing asked is nothing sent', () => {
  expect(Object.keys(encode(modelRequest([user('hi')])).body)).toEqual(['contents']);
});

test('what is out of range is lowered, with a warning', () => {
  const { body, warnings } = encode(
    modelRequest([user('hi')], {
      sampling: { maxOutputTokens: 1e6, temperature: 3, stop: ['1', '2', '3', '4', '5', '6'], logprobs: true },
      cacheKey: 'k',
      userId: 'u',
      metadata: { a: 'b' },
      serviceTier: 'scale',
    }),
  );
  expect(body['generationConfig']).toEqual({
    maxOutputTokens: 65_536,
    temperature: 2,
    stopSequences: ['1', '2', '3', '4', '5'],
  });
  expect(warnings.map(({ path }) => path).toSorted()).toEqual([
    'cacheKey',
    'metadata',
    'sampling.logprobs',
    'sampling.maxOutputTokens',
    'sampling.stop',
    'sampling.temperature',
    'serviceTier',
    'userId',
  ]);
});

test('a JSON schema for the answer is sent as it is', () => {
  const schema = { type: 'object', properties: { a: { type: 'string', minLength: 1 } }, additionalProperties: false };
  expect(config({ output: { type: 'json-schema', name: 'x', schema, strict: true } })).toEqual({
    responseMimeType: 'application/json',
    responseJsonSchema: schema,
  });
  expect(config({ output: { type: 'json' } })).toEqual({ responseMimeType: 'application/json' });
  expect(config({ output: { type: 'text' } })).toBeUndefined();
});

describe('a JSON answer beside functions', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const tools = [{ kind: 'function', name: 'f' }] as const;
  const asked = (output: NonNullable<ModelRequest['output']>, model: ModelInfo) =>
    encode(
      modelRequest([{ role: 'system', content: [{ type: 'text', text: 'S' }] }, user('hi')], { output, tools }),
      model,
    );

  test.each<{ name: string; output: NonNullable<ModelRequest['output']>; note: unknown }>([
    {
      name: 'with a schema',
      output: { type: 'json-schema', schema },
      note: expect.stringContaining(JSON.stringify(schema)),
    },
    { name: 'of any shape', output: { type: 'json' }, note: expect.stringContaining('one JSON object') },
  ])('$name is asked for in the prompt of a model that refuses the setting', ({ output, note }) => {
    const { body, warnings } = asked(output, geminiModel());
    expect(body).not.toHaveProperty('generationConfig');
    expect(body['systemInstruction']).toEqual({ parts: [{ text: 'S' }, { text: note }] });
    expect(warnings).toMatchObject([{ path: 'output' }]);
  });

  test('is a setting for Gemini 3', () => {
    const { body } = asked({ type: 'json-schema', schema }, gemini3);
    expect(body['generationConfig']).toEqual({ responseMimeType: 'application/json', responseJsonSchema: schema });
    expect(body['systemInstruction']).toEqual({ parts: [{ text: 'S' }] });
  });
});

test('tiers are those of Google', () => {
  const tier = (serviceTier: string, model?: ModelInfo) =>
    encode(modelRequest([user('hi')], { serviceTier }), model).body['serviceTier'];
  expect([tier('flex'), tier('priority'), tier('default'), tier('auto'), tier('flex', vertex)]).toEqual([
    'flex',
    'priority',
    undefined,
    undefined,
    // Its provider moves it into a header.
    'flex',
  ]);
});

test('a chat client asks for pictures with its own words', () => {
  const ext = {
    'openai-chat': { modalities: ['image', 'text'], image_config: { aspect_ratio: '16:9', image_size: '2K' } },
  };
  expect(config({ ext })).toEqual({
    responseModalities: ['IMAGE', 'TEXT'],
    imageConfig: { aspectRatio: '16:9', imageSize: '2K' },
  });
  expect(config({ ext: { 'openai-chat': { modalities: ['text', 'audio'] } } })).toBeUndefined();
});

describe('thinking', () => {
  const none = { id: 'gemini-2.0-flash', traits: new Set<never>(), userDefined: false } satisfies ModelInfo;
  const pro = geminiModel({
    thinking: { min: 128, max: 32_768, zeroAllowed: false, dynamicAllowed: true, levels: [] },
  });
  test.each<{ name: string; reasoning: Reasoning; model: ModelInfo; expected: object | undefined }>([
    {
      name: 'a budget',
      reasoning: { mode: 'budget', budgetTokens: 24_576 },
      model: geminiModel(),
      expected: { thinkingBudget: 24_576 },
    },
    {
      name: 'a level',
      reasoning: { mode: 'effort', effort: 'low' },
      model: gemini3,
      expected: { thinkingLevel: 'low' },
    },
    {
      name: 'a level above all',
      reasoning: { mode: 'effort', effort: 'max' },
      model: gemini3,
      expected: { thinkingLevel: 'high' },
    },
    {
      name: 'a level where there are budgets',
      reasoning: { mode: 'effort', effort: 'high' },
      model: geminiModel(),
      expected: { thinkingBudget: 24_576 },
    },
    {
      name: 'as much as it likes',
      reasoning: { mode: 'auto', summary: 'auto' },
      model: geminiModel(),
      expected: { thinkingBudget: -1, includeThoughts: true },
    },
    { name: 'off', reasoning: { mode: 'off', summary: 'auto' }, model: geminiModel(), expected: { thinkingBudget: 0 } },
    { name: 'off, which Pro cannot', reasoning: { mode: 'off' }, model: pro, expected: { thinkingBudget: 128 } },
    {
      name: 'off, which levels cannot',
      reasoning: { mode: 'off' },
      model: gemini3,
      expected: { thinkingLevel: 'minimal' },
    },
    { name: 'hidden', reasoning: { summary: 'none' }, model: geminiModel(), expected: { includeThoughts: false } },
    { name: 'by a model that cannot', reasoning: { mode: 'auto', summary: 'auto' }, model: none, expected: undefined },
    {
      name: 'by a model nobody knows',
      reasoning: { mode: 'effort', effort: 'high' },
      model: { ...none, userDefined: true },
      expected: { thinkingLevel: 'high' },
    },
  ])('$name', ({ reasoning, model, expected }) => {
    expect(config({ reasoning }, model)).toEqual(expected === undefined ? undefined : { thinkingConfig: expected });
  });
});
