import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { openCatalog } from '../../../../src/daemon/models/catalog.js';
import { geminiAccount } from '../../../../src/daemon/providers/gemini/account.js';
import { listGeminiModels } from '../../../../src/daemon/providers/gemini/models.js';
import { toListed } from '../../../../src/daemon/runtime/account-models.js';
import { openAccountCompiler } from '../../../../src/daemon/runtime/accounts.js';
import { parseConfig, requireConfig } from '../../../../src/shared/config/load.js';
import { accountContext, type SideAnswer, sideCalls } from '../../../support/accounts.js';
import { fakeClock } from '../../../support/pool.js';
import { makeServiceAccount } from '../../../support/vendors/google.js';

const FILE: JsonObject = { type: 'gemini', access_token: 'ya29.x', project_id: 'my-project' };
const LIST = '/v1beta/models';
const item = (name: string, methods: readonly string[], more: JsonObject = {}): JsonObject => ({
  name: `models/${name}`,
  displayName: name.toUpperCase(),
  inputTokenLimit: 1000,
  outputTokenLimit: 100,
  supportedGenerationMethods: [...methods],
  ...more,
});
const page = (models: readonly JsonObject[], more: JsonObject = {}): SideAnswer => ({ body: { models, ...more } });
const chat = ['generateContent', 'countTokens'];

function ask(answers: (count: number) => SideAnswer, fields: JsonObject = FILE) {
  const { http, calls } = sideCalls({
    [LIST]: (_call, count) => answers(count),
    '/token': () => ({ body: { access_token: 'ya29.made', expires_in: 3599 } }),
  });
  const settings = { endpoints: { token: 'https://oauth2.googleapis.com/token' } };
  return { list: listGeminiModels(fields, accountContext(settings, { http })), calls };
}

describe('the models of a login', () => {
  test('are asked for by its token, and its project pays', async () => {
    const { list, calls } = ask(() => page([item('gemini-2.5-pro', chat)]));
    await list;
    expect(calls).toHaveLength(1);
    expect(calls[0]?.url).toBe('https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000');
    expect(calls[0]?.headers).toMatchObject({ authorization: 'Bearer ya29.x', 'x-goog-user-project': 'my-project' });
  });

  test('of a service account are asked for by a token of its own', async () => {
    const fields = { type: 'gemini', project_id: 'demo-project', service_account: makeServiceAccount().file };
    const { list, calls } = ask(() => page([item('gemini-2.5-pro', chat)]), fields);
    await list;
    expect(calls.at(-1)?.headers).toMatchObject({ authorization: 'Bearer ya29.made' });
  });

  test('are read over all pages, and one that Google lists twice counts once', async () => {
    const { list, calls } = ask((count) =>
      count === 1
        ? page([item('a', chat), item('b', chat)], { nextPageToken: 'p 2' })
        : page([item('b', chat), item('c', chat)]),
    );
    expect((await list).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(calls[1]?.url).toContain('pageToken=p+2');
  });

  test('end, though a list does not', async () => {
    const { list, calls } = ask(() => page([item('a', chat)], { nextPageToken: 'again' }));
    expect(await list).toHaveLength(1);
    expect(calls).toHaveLength(10);
  });

  test('are those that answer or make vectors, with the limits that Google says', async () => {
    const { list } = ask(() =>
      page([
        item('gemini-2.5-pro', chat),
        item('gemini-embedding-001', ['embedContent']),
        item('veo-3.0', ['predictLongRunning']),
        item('imagen-4.0', ['predict']),
        item('odd name', chat),
        { displayName: 'no name', supportedGenerationMethods: chat },
      ]),
    );
    const shared = { ownedBy: 'google', userDefined: true, traits: new Set(), contextTokens: 1000 };
    expect(await list).toEqual([
      { ...shared, id: 'gemini-2.5-pro', displayName: 'GEMINI-2.5-PRO', maxOutputTokens: 100 },
      {
        ...shared,
        id: 'gemini-embedding-001',
        displayName: 'GEMINI-EMBEDDING-001',
        outputModalities: ['embedding'],
      },
    ]);
  });

  test.each<{ name: string; answer: SideAnswer; says: string }>([
    {
      name: 'Google refuses',
      answer: { status: 403, body: { error: { message: 'ya29.x is bad' } } },
      says: 'does not list',
    },
    { name: 'there is none', answer: page([]), says: 'empty' },
    { name: 'it is no list', answer: { body: { models: 'x' } }, says: 'empty' },
  ])('stay what they were where $name, and no token is told', async ({ answer, says }) => {
    const error = await ask(() => answer).list.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'models_unavailable', message: expect.stringContaining(says) });
    expect(String(error)).not.toContain('ya29.x');
  });

  test('have what the catalogue knows beside their limits', async () => {
    const { list } = ask(() => page([item('gemini-3-flash-preview', chat), item('gemini-9-omni', chat)]));
    const models = (await list).map(toListed);
    const { http, clock } = accountContext({}, { clock: fakeClock(0) });
    const compiler = openAccountCompiler({
      providers: [geminiAccount],
      catalog: openCatalog(),
      http,
      clock,
      renew: async () => undefined,
    });
    const config = requireConfig(parseConfig('api-keys: []', { path: 'config.yaml' })).config;
    const { credentials } = compiler.compile(config, [{ name: 'g.json', revision: '1', fields: FILE, models }]);
    const [known, unknown] = credentials[0]?.models.map(({ model }) => model) ?? [];
    expect(known).toMatchObject({ contextTokens: 1000, userDefined: false, thinking: { levels: expect.any(Array) } });
    expect([...(known?.traits ?? [])]).toEqual(['gemini-3']);
    expect(unknown).toMatchObject({ id: 'gemini-9-omni', userDefined: true });
  });
});
