import { describe, expect, test } from 'vitest';
import { openCatalog } from '../../../src/daemon/models/catalog.js';
import { compileCredentials } from '../../../src/daemon/runtime/credentials.js';
import { compileRoutes, openRouteFinder } from '../../../src/daemon/runtime/routes.js';
import { bigFixture, configOf } from '../../support/runtime.js';

const catalog = openCatalog();

/** The names of a config, and who serves each. */
function tableOf(yaml: string) {
  const config = configOf(yaml);
  const table = compileRoutes(compileCredentials(config, catalog), config['force-model-prefix']);
  return { models: table.models, findRoute: openRouteFinder(table, catalog) };
}
type Table = ReturnType<typeof tableOf>;

const compatible = (name: string, models: string, more = ''): string => `
  - { name: ${name}, base-url: "https://${name}.test/v1", models: [${models}]${more === '' ? '' : `, ${more}`} }`;
const compile = (...entries: string[]): Table => tableOf(`openai-compatibility:${entries.join('')}`);
const names = ({ models }: Table): string[] => models.map(({ id }) => id);

/** Who serves a name: provider and upstream models, first choice first. */
const served = ({ findRoute }: Table, name: string) =>
  findRoute(name)?.candidates.map(({ credential, offers }) => [
    credential.providerName,
    ...offers.map(({ model }) => model.id),
  ]);

describe('names', () => {
  test('are aliases, and the upstream’s own where there is none', () => {
    const table = compile(compatible('a', '{ name: up-1, alias: one }, { name: up-2 }'));
    expect(names(table)).toEqual(['one', 'up-2']);
    expect(served(table, 'one')).toEqual([['a', 'up-1']]);
    expect(served(table, 'up-1')).toBeUndefined();
  });

  test('are found in any case, and listed as they were written first', () => {
    const table = compile(compatible('a', '{ name: One }'), compatible('b', '{ name: oNE }'));
    expect(names(table)).toEqual(['One']);
    expect(table.models[0]).toMatchObject({ providers: ['a', 'b'], credentials: 2 });
    expect(
      served(table, 'ONE')
        ?.map(([provider]) => provider)
        .toSorted(),
    ).toEqual(['a', 'b']);
  });

  test('with a prefix go to that credential; without, to all', () => {
    const table = compile(compatible('a', '{ name: one }', 'prefix: team'), compatible('b', '{ name: one }'));
    expect(names(table)).toEqual(['team/one', 'one']);
    expect(served(table, 'team/one')).toEqual([['a', 'one']]);
    expect(served(table, 'one')).toHaveLength(2);
  });

  test('need the prefix when it is forced', () => {
    const entries = [
      compatible('a', '{ name: one }, { name: team }', 'prefix: team'),
      compatible('b', '{ name: two }'),
    ];
    const table = tableOf(`force-model-prefix: true\nopenai-compatibility:${entries.join('')}`);
    // A model that is called like its prefix stays what it is.
    expect(names(table)).toEqual(['team/one', 'team/team', 'team', 'two']);
    expect(served(table, 'one')).toBeUndefined();
  });

  test('that stand for several upstream models pool them, in the order of the file', () => {
    const table = compile(compatible('a', '{ name: up-1, alias: pool }, { name: up-2, alias: pool }'));
    expect(names(table)).toEqual(['pool']);
    expect(served(table, 'pool')).toEqual([['a', 'up-1', 'up-2']]);
    expect(table.models[0]?.credentials).toBe(1);
  });
});

test('a higher priority comes first, and equal ones form a group', () => {
  const table = compile(
    compatible('low', '{ name: m }'),
    compatible('high', '{ name: m }', 'priority: 5'),
    compatible('low-too', '{ name: m }'),
  );
  const route = table.findRoute('m');
  expect(route?.groups.map((group) => group.map(({ credential }) => credential.providerName).toSorted())).toEqual([
    ['high'],
    ['low', 'low-too'],
  ]);
});

describe('a dated model', () => {
  const table = tableOf('claude-api-key: [{ api-key: k }, { api-key: l, prefix: team }]');

  test.each([
    ['claude-sonnet-4-5', 2],
    ['Claude-Sonnet-4-5', 2],
    ['claude-sonnet-4-5-20250929', 2],
    ['team/claude-sonnet-4-5', 1],
  ])('answers to %s too', (name, candidates) => {
    const route = table.findRoute(name);
    expect(route?.candidates).toHaveLength(candidates);
    expect(route?.candidates[0]?.offers[0]?.model.id).toBe('claude-sonnet-4-5-20250929');
  });

  test.each(['claude-sonnet-4-4', 'other/claude-sonnet-4-5', 'gemini-2.5-flash'])('does not make %s known', (name) => {
    expect(table.findRoute(name)).toBeUndefined();
  });

  test('is listed under its full name only', () => {
    expect(names(table)).not.toContain('claude-sonnet-4-5');
  });
});

describe('the config of a related gateway', () => {
  const table = tableOf(bigFixture());
  const claude = catalog.list('claude').map(({ id }) => id);
  const gemini = catalog.list('gemini').map(({ id }) => id);

  test('serves the names it served there', () => {
    const own = [
      'test/gemini-flash',
      'gemini-flash',
      'test/codex-latest',
      'codex-latest',
      'claude-sonnet-latest',
      'kimi-k2',
      'vertex-flash',
    ];
    expect(names(table).toSorted()).toEqual([...new Set([...own, ...claude, ...gemini])].toSorted());
  });

  test.each([
    ['gemini-flash', [['gemini', 'gemini-2.5-flash']]],
    ['test/codex-latest', [['codex', 'gpt-5-codex']]],
    ['kimi-k2', Array(2).fill(['openrouter', 'moonshotai/kimi-k2:free', 'moonshotai/kimi-k2-0905'])],
    ['claude-sonnet-latest', Array(2).fill(['claude', 'claude-sonnet-4-5-20250929'])],
  ])('%s is served by %j', (name, expected) => {
    expect(served(table, name)).toEqual(expected);
  });
});
