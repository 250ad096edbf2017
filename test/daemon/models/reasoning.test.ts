import { describe, expect, test } from 'vitest';
import type { ModelInfo } from '../../../src/daemon/ir/model.js';
import type { Reasoning } from '../../../src/daemon/ir/request.js';
import { effortOfBudget } from '../../../src/daemon/ir/thinking.js';
import { openCatalog } from '../../../src/daemon/models/catalog.js';
import { fitReasoning, parseModelName } from '../../../src/daemon/models/reasoning.js';

const catalog = openCatalog();
const model = (id: string): ModelInfo => {
  const found = catalog.find(id);
  if (found === undefined) throw new Error(`no model ${id}`);
  return found;
};
const own: ModelInfo = { id: 'x', userDefined: true, traits: new Set() };

describe('a thinking suffix', () => {
  test.each<[string, string, Reasoning | undefined]>([
    ['m', 'm', undefined],
    ['m(high)', 'm', { mode: 'effort', effort: 'high' }],
    ['m(XHIGH)', 'm', { mode: 'effort', effort: 'xhigh' }],
    ['m(8192)', 'm', { mode: 'budget', budgetTokens: 8192 }],
    ['m(0)', 'm', { mode: 'off' }],
    ['m(none)', 'm', { mode: 'off' }],
    ['m(auto)', 'm', { mode: 'auto' }],
    ['m(-1)', 'm', { mode: 'auto' }],
    ['m()', 'm', undefined],
    ['model(ultra)', 'model', undefined],
    ['model(high', 'model(high', undefined],
    ['a(b)(low)', 'a(b)', { mode: 'effort', effort: 'low' }],
    ['team/m(low)', 'team/m', { mode: 'effort', effort: 'low' }],
    ['(low)', '(low)', undefined],
  ])('%s is %s', (name, base, suffix) => {
    expect(parseModelName(name)).toEqual(suffix === undefined ? { base } : { base, suffix });
  });
});

test.each([
  [1, 'minimal'],
  [512, 'minimal'],
  [513, 'low'],
  [1024, 'low'],
  [8192, 'medium'],
  [24_576, 'high'],
  [24_577, 'xhigh'],
  [500_000, 'xhigh'],
])('a budget of %i is level %s', (budget, effort) => {
  expect(effortOfBudget(budget)).toBe(effort);
});

describe('fitting to a model', () => {
  test.each<{ name: string; id: string; asked: Reasoning; fitted: Reasoning | undefined }>([
    {
      name: 'a level becomes a budget',
      id: 'gemini-2.5-flash',
      asked: { mode: 'effort', effort: 'high' },
      fitted: { mode: 'budget', budgetTokens: 24_576 },
    },
    {
      name: 'off where it cannot be off is the least',
      id: 'gemini-2.5-pro',
      asked: { mode: 'off' },
      fitted: { mode: 'budget', budgetTokens: 128 },
    },
    { name: 'off where it can', id: 'gemini-2.5-flash', asked: { mode: 'off' }, fitted: { mode: 'off' } },
    {
      name: 'a tie goes lower',
      id: 'gemini-3-pro-preview',
      asked: { mode: 'effort', effort: 'medium' },
      fitted: { mode: 'effort', effort: 'low' },
    },
    {
      name: 'a budget becomes a level',
      id: 'gpt-5.5',
      asked: { mode: 'budget', budgetTokens: 8192 },
      fitted: { mode: 'effort', effort: 'medium' },
    },
    {
      name: 'xhigh prefers max',
      id: 'claude-opus-4-6',
      asked: { mode: 'effort', effort: 'xhigh' },
      fitted: { mode: 'effort', effort: 'max' },
    },
    {
      name: 'a budget is clamped',
      id: 'gemini-2.5-flash',
      asked: { mode: 'budget', budgetTokens: 99_999 },
      fitted: { mode: 'budget', budgetTokens: 24_576 },
    },
    {
      name: 'auto without dynamic thinking is the middle',
      id: 'claude-sonnet-4-5',
      asked: { mode: 'auto' },
      fitted: { mode: 'budget', budgetTokens: 64_512 },
    },
    {
      name: 'auto on levels only is medium',
      id: 'gpt-5.5',
      asked: { mode: 'auto' },
      fitted: { mode: 'effort', effort: 'medium' },
    },
    {
      name: 'a model that cannot think drops it',
      id: 'claude-3-5-haiku',
      asked: { mode: 'effort', effort: 'high' },
      fitted: undefined,
    },
    {
      name: 'visibility survives',
      id: 'gpt-5.5',
      asked: { mode: 'effort', effort: 'max', summary: 'auto' },
      fitted: { mode: 'effort', effort: 'xhigh', summary: 'auto' },
    },
  ])('$name', ({ id, asked, fitted }) => {
    expect(fitReasoning(asked, model(id), { strict: false })).toEqual(fitted);
  });

  test('a user-defined model gets what was asked', () => {
    expect(fitReasoning({ mode: 'budget', budgetTokens: 5 }, own, { strict: true })).toEqual({
      mode: 'budget',
      budgetTokens: 5,
    });
  });

  test('the model family itself is told what is valid', () => {
    const strict = { strict: true };
    expect(() => fitReasoning({ mode: 'budget', budgetTokens: 99_999 }, model('gemini-2.5-flash'), strict)).toThrow(
      /1 to 24576/,
    );
    expect(() => fitReasoning({ mode: 'effort', effort: 'minimal' }, model('gpt-5.5'), strict)).toThrow(
      /low, medium, high, xhigh/,
    );
  });
});

test('a dated model answers to its short name', () => {
  expect(catalog.find('claude-sonnet-4-5')?.id).toBe('claude-sonnet-4-5-20250929');
  expect(catalog.find('anthropic/claude-opus-5')?.maxOutputTokens).toBe(128_000);
  expect(catalog.find('unheard-of')).toBeUndefined();
});
