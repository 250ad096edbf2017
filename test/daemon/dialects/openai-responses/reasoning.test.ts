import { expect, test } from 'vitest';
import type { WireBody } from '../../../../src/daemon/dialects/dialect.js';
import { openaiResponsesUpstream } from '../../../../src/daemon/dialects/openai-responses/dialect.js';
import type { JsonValue } from '../../../../src/daemon/ir/json.js';
import type { Reasoning } from '../../../../src/daemon/ir/request.js';
import { knownModel, userModel } from '../../../support/openai-responses.js';

const { editReasoning, readReasoning } = openaiResponsesUpstream;

/** A wire body of one member. */
function bodyWith(reasoning: JsonValue | undefined): WireBody & { readonly reasoning: () => JsonValue | undefined } {
  let value = reasoning;
  return {
    bytes: new Uint8Array(),
    get: (key) => (key === 'reasoning' ? value : undefined),
    set: (_key, next) => {
      value = next;
    },
    toJSON: () => ({ reasoning: value }),
    reasoning: () => value,
  };
}

test.each<[JsonValue | undefined, Reasoning | undefined]>([
  [undefined, undefined],
  [null, undefined],
  [{}, undefined],
  [{ effort: 'high' }, { mode: 'effort', effort: 'high' }],
  [{ effort: 'none' }, { mode: 'off' }],
  [
    { effort: 'auto', summary: 'detailed' },
    { mode: 'auto', summary: 'detailed' },
  ],
  [{ effort: 'ultra', summary: null }, undefined],
  [{ effort: 'ultra', generate_summary: 'auto' }, { summary: 'auto' }],
])('reads %j', (value, reasoning) => {
  expect(readReasoning(bodyWith(value))).toEqual(reasoning);
});

test.each<[JsonValue | undefined, Reasoning | undefined, JsonValue | undefined]>([
  [undefined, { mode: 'effort', effort: 'xhigh' }, { effort: 'xhigh' }],
  [
    { effort: 'low', summary: 'auto', context: 'auto' },
    { mode: 'effort', effort: 'high', summary: 'auto' },
    { context: 'auto', effort: 'high', summary: 'auto' },
  ],
  [{ effort: 'low', summary: 'auto' }, { mode: 'off' }, { effort: 'none' }],
  [{ effort: 'low' }, { mode: 'budget', budgetTokens: 30_000 }, { effort: 'xhigh' }],
  [{ effort: 'low', context: 'auto' }, undefined, undefined],
])('edits %j to %j', (before, reasoning, after) => {
  const body = bodyWith(before);
  editReasoning(body, reasoning, userModel);
  expect(body.reasoning()).toEqual(after);
});

test('auto is a word for models of the user only', () => {
  const known = bodyWith({ effort: 'low' });
  editReasoning(known, { mode: 'auto' }, knownModel);
  expect(known.reasoning()).toBeUndefined();
  const own = bodyWith({ effort: 'low' });
  editReasoning(own, { mode: 'auto' }, userModel);
  expect(own.reasoning()).toEqual({ effort: 'auto' });
});
