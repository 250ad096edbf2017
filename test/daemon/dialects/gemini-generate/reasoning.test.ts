import { describe, expect, test } from 'vitest';
import { editReasoning, readReasoning } from '../../../../src/daemon/dialects/gemini-generate/reasoning.js';
import { wireBodyOf } from '../../../../src/daemon/engine/wire-body.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { Reasoning } from '../../../../src/daemon/ir/request.js';
import { gemini3, geminiModel } from '../../../support/gemini-generate.js';

test.each<{ config: JsonObject; reasoning: Reasoning | undefined }>([
  { config: { thinkingConfig: { thinkingLevel: 'HIGH' } }, reasoning: { mode: 'effort', effort: 'high' } },
  { config: { thinkingConfig: { thinkingBudget: 0 } }, reasoning: { mode: 'off' } },
  { config: { thinkingConfig: { thinkingBudget: -1 } }, reasoning: { mode: 'auto' } },
  { config: { thinkingConfig: { thinkingBudget: -2 } }, reasoning: { mode: 'budget', budgetTokens: -2 } },
  {
    config: { thinking_config: { thinking_level: 'low', thinking_budget: 5, include_thoughts: false } },
    reasoning: { mode: 'effort', effort: 'low', summary: 'none' },
  },
  {
    config: { thinkingConfig: { thinkingLevel: 'THINKING_LEVEL_UNSPECIFIED', includeThoughts: true } },
    reasoning: { summary: 'auto' },
  },
  { config: { thinkingConfig: {} }, reasoning: undefined },
  { config: {}, reasoning: undefined },
])('$config reads $reasoning', ({ config, reasoning }) => {
  expect(readReasoning(wireBodyOf({ generationConfig: config }))).toEqual(reasoning);
  expect(readReasoning(wireBodyOf({ generation_config: config }))).toEqual(reasoning);
  expect(readReasoning(wireBodyOf({}))).toBeUndefined();
});

describe('an edit', () => {
  const edit = (body: JsonObject, reasoning: Reasoning | undefined, model = geminiModel()): JsonObject => {
    const wire = wireBodyOf(body);
    editReasoning(wire, reasoning, model);
    return JSON.parse(Buffer.from(wire.bytes).toString('utf8'));
  };

  test('replaces the setting and nothing else', () => {
    const body = {
      contents: [],
      generationConfig: { temperature: 1, thinkingConfig: { thinkingBudget: 9, includeThoughts: true } },
    };
    expect(edit(body, { mode: 'budget', budgetTokens: 24_576, summary: 'auto' })).toEqual({
      contents: [],
      generationConfig: { temperature: 1, thinkingConfig: { thinkingBudget: 24_576, includeThoughts: true } },
    });
  });

  test('keeps the spelling of the client', () => {
    const body = { generation_config: { thinking_config: { thinking_budget: 9 } } };
    expect(edit(body, { mode: 'effort', effort: 'low' }, gemini3)).toEqual({
      generation_config: { thinking_config: { thinkingLevel: 'low' } },
    });
  });

  test('adds the setting where there was none', () => {
    expect(edit({}, { mode: 'off' })).toEqual({ generationConfig: { thinkingConfig: { thinkingBudget: 0 } } });
  });

  test('removes the setting, and the object it leaves empty', () => {
    expect(edit({ generationConfig: { thinkingConfig: { thinkingBudget: 9 } } }, undefined)).toEqual({});
    expect(edit({ generationConfig: { topP: 1, thinkingConfig: {} } }, undefined)).toEqual({
      generationConfig: { topP: 1 },
    });
    expect(edit({ generationConfig: { topP: 1 } }, undefined)).toEqual({ generationConfig: { topP: 1 } });
  });
});
