import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import { parseModelName } from '../../../src/daemon/models/reasoning.js';
import { knownModel, userModel } from '../../support/sides.js';
import { A, C, G, G2, refusal, suffixed, up } from '../../support/translation-cases.js';

// The numbers are those of the table of translation cases: suffixes and levels of thinking.
describe('case of thinking', () => {
  const thinkingOf = (body: JsonObject): unknown =>
    (body['generationConfig'] as JsonObject | undefined)?.['thinkingConfig'];

  test.each([
    ['53', 'gemini-2.5-flash(high)', { thinkingBudget: 24_576 }],
    ['54', 'gemini-2.5-pro(none)', { thinkingBudget: 128 }],
    ['54', 'gemini-2.5-flash(none)', { thinkingBudget: 0 }],
    ['59', 'gemini-2.5-flash(99999)', { thinkingBudget: 24_576 }],
  ])('%s: %s', (_number, name, expected) => {
    expect(thinkingOf(suffixed(name, C, G, {}))).toMatchObject(expected);
  });

  test('53: the upstream is asked for the model without its suffix', () => {
    expect(suffixed('claude-sonnet-4-5(high)', C, A, {})['model']).toBe('claude-sonnet-4-5-20250929');
  });

  test('57: a budget stays below the limit of the answer, or thinking is left out', () => {
    const { thinking } = suffixed('claude-sonnet-4-5(xhigh)', C, A, { max_tokens: 4000 });
    expect(thinking).toMatchObject({ type: 'enabled', budget_tokens: 3999 });
    expect(suffixed('claude-sonnet-4-5(xhigh)', C, A, { max_tokens: 900 })['thinking']).toBeUndefined();
  });

  test('59 G->G: a body out of range is the mistake of the client', () => {
    const body = { generationConfig: { thinkingConfig: { thinkingBudget: 99_999 } } };
    expect(refusal(() => up(G, G, body, G2)).failure.status).toBe(400);
  });

  test('60: a suffix nobody knows is removed, an open bracket is part of the name', () => {
    expect(parseModelName('model(ultra)')).toEqual({ base: 'model' });
    expect(parseModelName('model(high')).toEqual({ base: 'model(high' });
  });

  test.each([
    ['own-model(8192)', 'medium'],
    ['own-model(auto)', 'auto'],
  ])('61: %s of the user', (name, effort) => {
    expect(suffixed(name, A, C, {}, userModel())['reasoning_effort']).toBe(effort);
  });

  test('62: a model that cannot think is not asked to', () => {
    const body = suffixed('claude-3-5-haiku(high)', C, A, {}, knownModel('claude-3-5-haiku-20241022'));
    expect([body['thinking'], body['output_config']]).toEqual([undefined, undefined]);
  });
});
