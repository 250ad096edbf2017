import { expect, test } from 'vitest';
import { drawsImages, isImageOnly } from '../../../src/daemon/ir/image-answer.js';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import { openCatalog } from '../../../src/daemon/models/catalog.js';
import { ACCOUNT_PROVIDERS } from '../../../src/daemon/providers/registry.js';
import { codexFile } from '../../support/vendors/codex.js';
import { makeServiceAccount } from '../../support/vendors/google.js';

const catalog = openCatalog();
const vertexFile: JsonObject = {
  type: 'vertex',
  service_account: makeServiceAccount().file,
  project_id: 'demo-project',
  location: 'global',
};
const geminiFile: JsonObject = { type: 'gemini', access_token: 'ya29.test', project_id: 'demo-project' };

/** Where that login would have the picture drawn; `undefined`: it does not draw. */
function urlOf(fields: JsonObject, model: string, operation: 'image' | 'image-edit', stream = false) {
  const provider = ACCOUNT_PROVIDERS.find(({ types }) => types.includes(String(fields['type'])));
  const info = catalog.find(model);
  if (provider === undefined || info === undefined) throw new Error(`no ${model} of ${String(fields['type'])}`);
  const never = (): Promise<never> => Promise.reject(new Error('nothing is asked'));
  const upstream = provider.open(fields, {
    http: { send: never },
    clock: { now: () => 0, sleep: never },
    settings: { endpoints: {}, clientPolicy: 'any' },
  });
  expect(upstream.drawsOne).toBe(true);
  const { url } = upstream.endpoint({ model: info, client: 'openai-images', operation, stream }) ?? {};
  return url?.replace(/^https:\/\//, '');
}

const BACKEND = 'chatgpt.com/backend-api/codex';
const VERTEX = 'aiplatform.googleapis.com/v1/projects/demo-project/locations/global/publishers/google/models';
const GEMINI = 'generativelanguage.googleapis.com/v1beta/models';
const FLASH = 'gemini-3.1-flash-image-preview';

test.each([
  ['a ChatGPT login', codexFile(), 'gpt-image-2', `${BACKEND}/images/generations`, `${BACKEND}/images/edits`],
  ['a ChatGPT login', codexFile(), 'gpt-image-1', `${BACKEND}/responses`, `${BACKEND}/responses`],
  ['a ChatGPT login', codexFile(), 'gpt-5.5', undefined, undefined],
  ['a free ChatGPT login', codexFile('free'), 'gpt-image-2', undefined, undefined],
  ['a Google login', geminiFile, FLASH, `${GEMINI}/${FLASH}:generateContent`, `${GEMINI}/${FLASH}:generateContent`],
  ['a Google login', geminiFile, 'gemini-2.5-pro', undefined, undefined],
  ['a Google project', vertexFile, FLASH, `${VERTEX}/${FLASH}:generateContent`, `${VERTEX}/${FLASH}:generateContent`],
  ['a Google project', vertexFile, 'gemini-2.5-pro', undefined, undefined],
])('%s draws with %s at %s', (_name, fields, model, generations, edits) => {
  expect(urlOf(fields, model, 'image')).toBe(generations);
  expect(urlOf(fields, model, 'image-edit')).toBe(edits);
});

test('Google’s streams are asked for as streams', () => {
  expect(urlOf(geminiFile, FLASH, 'image', true)).toBe(`${GEMINI}/${FLASH}:streamGenerateContent?alt=sse`);
});

test.each([
  ['gpt-image-2', true, true],
  ['gpt-image-1-mini', true, true],
  [FLASH, true, false],
  ['gemini-2.5-flash', false, false],
  ['gpt-5.5', false, false],
])('the lists know of %s that it draws: %s, and nothing else: %s', (id, draws, only) => {
  const info = catalog.find(id);
  expect([info && drawsImages(info), info && isImageOnly(info)]).toEqual([draws, only]);
});

test.each([
  ['acme-image-1', true],
  ['acme-chat', false],
])('a model that no list knows is taken by its name: %s', (id, expected) => {
  expect(drawsImages({ id, userDefined: true, traits: new Set() })).toBe(expected);
});
