import { describe, expect, test } from 'vitest';
import { anthropicMessagesUpstream } from '../../../../src/daemon/dialects/anthropic-messages/dialect.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../../../src/daemon/ir/model.js';
import type { Message, ModelRequest, Part, Reasoning, Sampling } from '../../../../src/daemon/ir/request.js';
import {
  assistant,
  budgetModel,
  call,
  encode,
  hybridModel,
  request,
  result,
  traits,
  user,
  wireBody,
} from '../../../support/anthropic-messages.js';

const adaptiveOnly = budgetModel({
  id: 'claude-opus-5',
  ...traits('adaptive-thinking-only', 'no-sampling'),
  thinking: { zeroAllowed: true, dynamicAllowed: true, levels: ['low', 'medium', 'high', 'xhigh', 'max'] },
});
const thoughtless = ((): ModelInfo => {
  const { thinking: _, ...rest } = budgetModel({ id: 'claude-3-5-haiku' });
  return rest;
})();
const userDefined = { ...thoughtless, id: 'kimi', userDefined: true };

const pick = (body: JsonObject, ...keys: readonly string[]): JsonObject =>
  Object.fromEntries(keys.filter((key) => body[key] !== undefined).map((key) => [key, body[key]]));
const sampled = (sampling: Sampling, more: Partial<ModelRequest> = {}, model = budgetModel()): JsonObject =>
  pick(encode(request([user('q')], { sampling, ...more }), model).body, 'temperature', 'top_p', 'top_k');

describe('max_tokens', () => {
  test.each<[string, number | undefined, number | undefined, number]>([
    ['absent: 32000', undefined, 128_000, 32_000],
    ['absent, and a model with less', undefined, 8192, 8192],
    ['absent, of an unknown model', undefined, undefined, 32_000],
    ['the client’s', 100, 8192, 100],
    ['more than the model can', 9000, 8192, 8192],
  ])('%s', (_, asked, limit, expected) => {
    const { maxOutputTokens: _limit, ...rest } = budgetModel();
    const model = limit === undefined ? rest : { ...rest, maxOutputTokens: limit };
    const sampling = asked === undefined ? {} : { maxOutputTokens: asked };
    expect(encode(request([user('q')], { sampling }), model).body['max_tokens']).toBe(expected);
  });
});

describe('sampling', () => {
  const thinking = { reasoning: { mode: 'budget', budgetTokens: 2000 } } as const;

  test('with thinking only what leaves it alone passes', () => {
    expect(sampled({ temperature: 0.2, topP: 0.5, topK: 4 }, thinking)).toEqual({});
    expect(sampled({ temperature: 1, topP: 0.97 }, thinking)).toEqual({ temperature: 1, top_p: 0.97 });
  });

  test('without thinking a temperature excludes top_p', () => {
    expect(sampled({ temperature: 0.2, topP: 0.5, topK: 4 })).toEqual({ temperature: 0.2, top_k: 4 });
    expect(sampled({ topP: 0.5 })).toEqual({ top_p: 0.5 });
  });

  test('a model without sampling gets none', () => {
    expect(sampled({ temperature: 0.2, topP: 0.5, topK: 4 }, {}, adaptiveOnly)).toEqual({});
  });

  test('a temperature of another scale is clamped', () => {
    expect(sampled({ temperature: 1.7 })).toEqual({ temperature: 1 });
  });

  test('what does not exist here is named in warnings', () => {
    const { body, warnings } = encode(
      request([user('q')], { sampling: { seed: 7, frequencyPenalty: 1, presencePenalty: 1, logprobs: true } }),
    );
    expect(Object.keys(body)).toEqual(['model', 'max_tokens', 'messages']);
    expect(warnings.map(({ path }) => path)).toEqual([
      'sampling.seed',
      'sampling.frequencyPenalty',
      'sampling.presencePenalty',
      'sampling.logprobs',
    ]);
  });

  test('several answers are refused', () => {
    expect(() => encode(request([user('q')], { sampling: { candidates: 2 } }))).toThrow(RequestFault);
  });

  test('stop sequences of white space are left out', () => {
    const { body } = encode(request([user('q')], { sampling: { stop: ['END', '\n'] } }));
    expect(body['stop_sequences']).toEqual(['END']);
  });
});

describe('thinking is spelled for the model', () => {
  const cases: readonly [string, ModelInfo, Reasoning, Sampling, JsonObject][] = [
    [
      'a budget',
      budgetModel(),
      { mode: 'budget', budgetTokens: 2000 },
      {},
      {
        thinking: { type: 'enabled', budget_tokens: 2000 },
      },
    ],
    [
      'a level of a budget model',
      budgetModel(),
      { mode: 'effort', effort: 'high' },
      {},
      {
        thinking: { type: 'enabled', budget_tokens: 24_576 },
      },
    ],
    [
      'a budget that leaves no room for the answer',
      budgetModel(),
      { mode: 'budget', budgetTokens: 32_768 },
      { maxOutputTokens: 4000 },
      {
        thinking: { type: 'enabled', budget_tokens: 3999 },
      },
    ],
    [
      'an answer too short for any thinking',
      budgetModel(),
      { mode: 'budget', budgetTokens: 32_768 },
      { maxOutputTokens: 900 },
      {},
    ],
    [
      'a level',
      hybridModel(),
      { mode: 'effort', effort: 'medium' },
      {},
      {
        thinking: { type: 'adaptive' },
        output_config: { effort: 'medium' },
      },
    ],
    [
      'minimal',
      hybridModel(),
      { mode: 'effort', effort: 'minimal' },
      {},
      {
        thinking: { type: 'adaptive' },
        output_config: { effort: 'low' },
      },
    ],
    [
      'xhigh of a model without it',
      hybridModel(),
      { mode: 'effort', effort: 'xhigh' },
      {},
      {
        thinking: { type: 'adaptive' },
        output_config: { effort: 'max' },
      },
    ],
    [
      'a budget of a model with both',
      hybridModel(),
      { mode: 'budget', budgetTokens: 2000 },
      {},
      {
        thinking: { type: 'enabled', budget_tokens: 2000 },
      },
    ],
    [
      'a budget of a model with levels only',
      adaptiveOnly,
      { mode: 'budget', budgetTokens: 20_000 },
      {},
      {
        thinking: { type: 'adaptive' },
        output_config: { effort: 'high' },
      },
    ],
    ['auto', hybridModel(), { mode: 'auto' }, {}, { thinking: { type: 'adaptive' } }],
    ['auto of a budget model', budgetModel(), { mode: 'auto' }, {}, { thinking: { type: 'enabled' } }],
    ['off', hybridModel(), { mode: 'off' }, {}, { thinking: { type: 'disabled' } }],
    ['a zero budget', hybridModel(), { mode: 'budget', budgetTokens: 0 }, {}, { thinking: { type: 'disabled' } }],
    [
      'shown, where it is hidden by default',
      hybridModel(),
      { mode: 'auto', summary: 'auto' },
      {},
      {
        thinking: { type: 'adaptive', display: 'summarized' },
      },
    ],
    [
      'hidden',
      budgetModel(),
      { mode: 'budget', budgetTokens: 2000, summary: 'none' },
      {},
      {
        thinking: { type: 'enabled', budget_tokens: 2000, display: 'omitted' },
      },
    ],
    ['nothing of a model that cannot', thoughtless, { mode: 'effort', effort: 'high' }, {}, {}],
    [
      'anything of a model we do not know',
      userDefined,
      { mode: 'budget', budgetTokens: 500 },
      {},
      {
        thinking: { type: 'enabled', budget_tokens: 500 },
      },
    ],
    ['only how it is shown', hybridModel(), { summary: 'auto' }, {}, {}],
  ];
  test.each(cases)('%s', (_, model, reasoning, sampling, expected) => {
    const { body } = encode(request([user('q')], { reasoning, sampling }), model);
    expect(pick(body, 'thinking', 'output_config')).toEqual(expected);
  });
});

describe('thinking is given up where the vendor would refuse the request for it', () => {
  const reasoning = { mode: 'effort', effort: 'high' } as const;
  const tools = [{ kind: 'function', name: 'f' }] as const;
  const own: Part = { type: 'reasoning', text: 'hm', opaque: { origin: 'anthropic-messages', value: 'Eabc' } };
  const thinkingOf = (messages: readonly Message[], more: Partial<ModelRequest> = {}): unknown =>
    encode(request(messages, { reasoning, tools, ...more })).body['thinking'];

  test('beside a forced tool, with its level', () => {
    const { body } = encode(
      request([user('q')], { reasoning, tools, toolChoice: { mode: 'required' } }),
      hybridModel(),
    );
    expect(body).toMatchObject({ tool_choice: { type: 'any' } });
    expect(pick(body, 'thinking', 'output_config')).toEqual({});
  });

  test('when the last tool turn lost its thinking block', () => {
    expect(thinkingOf([user('q'), assistant(call('c1')), result('c1', 'r')])).toEqual({ type: 'disabled' });
  });

  test('but not when it has one', () => {
    expect(thinkingOf([user('q'), assistant(own, call('c1')), result('c1', 'r')])).toMatchObject({ type: 'enabled' });
  });

  test('nor for an earlier turn', () => {
    expect(
      thinkingOf([user('q'), assistant(call('c1')), result('c1', 'r'), assistant('done'), user('next')]),
    ).toMatchObject({ type: 'enabled' });
  });

  test('when the client began the answer itself', () => {
    expect(thinkingOf([user('q'), assistant('The answer')])).toEqual({ type: 'disabled' });
  });
});

describe('thinking of a relayed body', () => {
  test.each<[JsonObject, Reasoning | undefined]>([
    [{}, undefined],
    [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, { mode: 'budget', budgetTokens: 2000 }],
    [{ thinking: { type: 'adaptive' } }, { mode: 'auto' }],
    [
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } },
      { mode: 'effort', effort: 'max' },
    ],
    [{ thinking: { type: 'adaptive', display: 'omitted' } }, { mode: 'auto', summary: 'none' }],
    [{ thinking: { type: 'disabled' }, output_config: { effort: 'low' } }, { mode: 'off' }],
    [{ output_config: { effort: 'low' } }, undefined],
    [{ thinking: { type: 'between_tools' } }, undefined],
  ])('%j is read', (body, expected) => {
    expect(anthropicMessagesUpstream.readReasoning(wireBody(body))).toEqual(expected);
  });

  const edit = (body: JsonObject, reasoning: Reasoning | undefined, model = hybridModel()): JsonObject => {
    const wire = wireBody({ max_tokens: 4000, ...body });
    anthropicMessagesUpstream.editReasoning(wire, reasoning, model);
    return wire.toJSON();
  };

  test('a level replaces a budget and keeps the caller’s display and format', () => {
    const format = { type: 'json_schema', schema: {} };
    expect(
      edit(
        { thinking: { type: 'enabled', budget_tokens: 3000, display: 'omitted' }, output_config: { format } },
        { mode: 'effort', effort: 'low' },
      ),
    ).toEqual({
      max_tokens: 4000,
      thinking: { type: 'adaptive', display: 'omitted' },
      output_config: { format, effort: 'low' },
    });
  });

  test('a budget stays below the limit of the answer', () => {
    expect(edit({}, { mode: 'budget', budgetTokens: 32_768 }, budgetModel())).toMatchObject({
      thinking: { type: 'enabled', budget_tokens: 3999 },
    });
  });

  test('off removes display and level', () => {
    expect(
      edit({ thinking: { type: 'adaptive', display: 'omitted' }, output_config: { effort: 'low' } }, { mode: 'off' }),
    ).toEqual({ max_tokens: 4000, thinking: { type: 'disabled' } });
  });

  test('nothing removes all of it', () => {
    expect(edit({ thinking: { type: 'adaptive' }, output_config: { effort: 'low' } }, undefined)).toEqual({
      max_tokens: 4000,
    });
  });

  test('what cannot stand beside thinking goes', () => {
    expect(edit({ temperature: 0.3, top_p: 0.99, top_k: 5 }, { mode: 'auto' })).toEqual({
      max_tokens: 4000,
      thinking: { type: 'adaptive' },
      top_p: 0.99,
    });
  });

  test('a forced tool wins', () => {
    expect(edit({ tool_choice: { type: 'any' } }, { mode: 'auto' })).toEqual({
      max_tokens: 4000,
      tool_choice: { type: 'any' },
    });
  });
});
