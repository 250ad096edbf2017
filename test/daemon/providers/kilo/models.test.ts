import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../../src/daemon/ir/json.js';
import { kiloAliases, listKiloModels, readModels } from '../../../../src/daemon/providers/kilo/models.js';
import { isFree } from '../../../../src/daemon/providers/kilo/wanted-models.js';
import { accountContext, sideCalls } from '../../../support/accounts.js';
import { modelNamed } from '../../../support/provider.js';
import { kiloFile } from '../../../support/vendors/kilo.js';

const SONNET = {
  id: 'anthropic/claude-sonnet-4.6',
  name: 'Claude Sonnet 4.6',
  context_length: 1_000_000,
  max_completion_tokens: 32_000,
  top_provider: { max_completion_tokens: 64_000 },
  pricing: {
    prompt: '0.000003',
    completion: '0.000015',
    input_cache_read: '0.0000003',
    input_cache_write: '0.00000375',
  },
  architecture: { input_modalities: ['text', 'image'], output_modalities: ['text'], tokenizer: 'Claude' },
  supported_parameters: ['tools', 'reasoning', 'temperature'],
  preferredIndex: 0,
  isFree: false,
  mayTrainOnYourPrompts: false,
  opencode: { family: 'claude', ai_sdk_provider: 'anthropic', variants: {} },
};
const one = (item: JsonValue) => readModels({ data: [item] })[0];

test('an entry of the list becomes what clients need to know', () => {
  expect(one(SONNET)).toEqual({
    id: SONNET.id,
    userDefined: false,
    traits: new Set(),
    displayName: SONNET.name,
    ownedBy: 'anthropic',
    contextTokens: 1_000_000,
    maxOutputTokens: 64_000,
    inputModalities: ['text', 'image'],
    outputModalities: ['text'],
    thinking: {
      min: 1024,
      max: 63_999,
      zeroAllowed: true,
      dynamicAllowed: true,
      levels: ['minimal', 'low', 'medium', 'high', 'xhigh'],
    },
    pricing: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
    endpoints: ['/messages', '/chat/completions'],
  });
});

test.each([
  { name: 'the provider’s limit', item: SONNET, expected: 64_000 },
  { name: 'the model’s own', item: { ...SONNET, top_provider: {} }, expected: 32_000 },
  { name: 'a fifth of the context', item: { id: 'x/y', context_length: 100_000 }, expected: 20_000 },
  { name: 'unknown where nothing is said', item: { id: 'x/y' }, expected: undefined },
])('the largest answer is $name', ({ item, expected }) => {
  expect(one(item)?.maxOutputTokens).toBe(expected);
});

describe('free is', () => {
  test.each([
    { name: 'what the list marks', item: { id: 'a/b', isFree: true }, free: true },
    { name: 'what the name says', item: { id: 'a/b:free' }, free: true },
    { name: 'what costs exactly nothing', item: { id: 'a/b', pricing: { prompt: '0', completion: '0' } }, free: true },
    { name: 'not the field other gateways look for', item: { id: 'a/b', is_free: true }, free: false },
    { name: 'not half of it', item: { id: 'a/b', pricing: { prompt: '0', completion: '0.1' } }, free: false },
    { name: 'not an unknown price', item: { id: 'a/b', pricing: { prompt: '-1', completion: '-1' } }, free: false },
  ])('$name', ({ item, free }) => {
    const model = one(item);
    expect(model !== undefined && isFree(model)).toBe(free);
    expect(model?.displayName?.includes('(free)') ?? false).toBe(free && !item.id.includes(':free'));
  });

  test('said once', () => {
    expect(one({ id: 'a/b', name: 'B (Free)', isFree: true })?.displayName).toBe('B (Free)');
  });
});

test.each([
  { name: 'negative', prompt: '-1' },
  { name: 'no number', prompt: 'much' },
  { name: 'empty', prompt: '' },
  { name: 'missing', prompt: undefined },
])('a price that is $name is unknown, not nothing', ({ prompt }) => {
  expect(one({ id: 'a/b', pricing: prompt === undefined ? {} : { prompt } })).not.toHaveProperty('pricing');
});

test('Kilo’s order is kept, the first place included, paid models too', () => {
  const items = [
    { id: 'c/last' },
    { id: 'b/second', preferredIndex: 1 },
    { id: 'a/first', preferredIndex: 0, pricing: { prompt: '1', completion: '1' } },
    { id: 'd/later' },
  ];
  expect(readModels({ data: items }).map(({ id }) => id)).toEqual(['a/first', 'b/second', 'c/last', 'd/later']);
});

test('bad entries do not lose the list; no entry at all is said', () => {
  const data = [null, 'x', {}, { id: 7 }, { id: '' }, { id: 'a b' }, { id: 'a/b' }, { id: 'a/b', name: 'again' }];
  expect(readModels({ data }).map(({ id }) => id)).toEqual(['a/b']);
  expect(() => readModels({ data: [] })).toThrow('no model');
  expect(() => readModels({})).toThrow('no model');
});

test('who may train on prompts is told; a model that chooses for itself takes no thinking settings', () => {
  expect(one({ id: 'a/b', name: 'B', isFree: true, mayTrainOnYourPrompts: true })).toMatchObject({
    mayTrain: true,
    displayName: 'B (free; prompts may be used for training)',
  });
  expect(one({ id: 'kilo-auto/frontier', supported_parameters: ['reasoning'] })?.thinking).toBeUndefined();
});

test.each([
  { id: 'anthropic/claude-sonnet-4.6', aliases: ['claude-sonnet-4-6'] },
  { id: 'openai/gpt-5.4', aliases: ['gpt-5.4'] },
  { id: 'google/gemini-2.5-pro', aliases: ['gemini-2.5-pro'] },
  { id: 'openai/gpt-oss-20b:free', aliases: [] },
  { id: 'z-ai/glm-5', aliases: [] },
  { id: 'kilo-auto/free', aliases: [] },
  { id: 'plain', aliases: [] },
])('$id is also known as $aliases', ({ id, aliases }) => {
  expect(kiloAliases(modelNamed(id))).toEqual(aliases);
});

describe('the list is asked', () => {
  const PATH = '/api/gateway/models';

  test('with the token and who pays, and may come as a bare list', async () => {
    const { http, calls } = sideCalls({ [PATH]: () => ({ body: [SONNET, { id: 'a/b:free' }] }) });
    const file = kiloFile({ kilocodeOrganizationId: 'org-0001' });
    const models = await listKiloModels(file, accountContext({}, { http }));
    expect(models.map(({ id }) => id)).toEqual([SONNET.id, 'a/b:free']);
    expect(calls[0]?.url).toBe('https://api.kilo.ai/api/gateway/models');
    expect(calls[0]?.headers).toMatchObject({
      authorization: expect.stringContaining('Bearer '),
      'x-kilocode-organizationid': 'org-0001',
    });
  });

  test('for free models only, where the file wants that', async () => {
    const { http } = sideCalls({ [PATH]: () => ({ body: { data: [SONNET, { id: 'a/b:free' }] } }) });
    const models = await listKiloModels(kiloFile({ free_only: true }), accountContext({}, { http }));
    expect(models.map(({ id }) => id)).toEqual(['a/b:free']);
  });

  test('for the models that are named, whether the list has them or not', async () => {
    const { http } = sideCalls({ [PATH]: () => ({ body: { data: [SONNET, { id: 'a/b:free' }] } }) });
    const file = kiloFile({ only_models: ['a/new', SONNET.id] });
    const models = await listKiloModels(file, accountContext({}, { http }));
    expect(models.map(({ id, userDefined }) => [id, userDefined])).toEqual([
      ['a/new', true],
      [SONNET.id, false],
    ]);
  });

  test.each([
    { name: 'once more without a personal token that is refused', organization: '', asked: 2, works: true },
    { name: 'never without the organisation that pays', organization: 'org-0001', asked: 1, works: false },
  ])('$name', async ({ organization, asked, works }) => {
    const { http, calls } = sideCalls({
      [PATH]: ({ headers }) =>
        headers['authorization'] === undefined ? { body: { data: [SONNET] } } : { status: 401 },
    });
    const file = kiloFile({ kilocodeOrganizationId: organization });
    const outcome = await listKiloModels(file, accountContext({}, { http })).catch((error: unknown) => error);
    expect({ asked: calls.length, works: Array.isArray(outcome) }).toEqual({ asked, works });
  });
});
