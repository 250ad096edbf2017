import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { CLAUDE, chunkOf, clientAnswer, GEMINI, innerOf, OTHER, prepareFor } from '../../../support/antigravity.js';
import { modelNamed } from '../../../support/provider.js';
import { framesOf } from '../../../support/sides.js';
import { A, assistantA, C, fn, G, hi, tool, used, userA } from '../../../support/translation-cases.js';

const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];

function declared(schema: JsonObject): JsonObject {
  const tools = innerOf(C, CLAUDE, { messages: hi, tools: [fn('f', schema)] })['tools'];
  const [{ functionDeclarations }] = tools as [{ functionDeclarations: [{ parameters: JsonObject }] }];
  return functionDeclarations[0].parameters;
}
const REASON = { type: 'string', description: expect.any(String) };

describe('every object of an input', () => {
  test.each<{ name: string; schema: JsonObject; sent: JsonObject }>([
    {
      name: 'that is empty gets a reason',
      schema: { type: 'object', properties: {} },
      sent: { type: 'object', properties: { reason: REASON }, required: ['reason'] },
    },
    {
      name: 'that requires nothing gets a flag',
      schema: { type: 'object', properties: { a: { type: 'string' } } },
      sent: { type: 'object', properties: { _: { type: 'boolean' }, a: { type: 'string' } }, required: ['_'] },
    },
    {
      name: 'that requires something stays as it is',
      schema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      sent: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    },
    {
      name: 'that stands in lists, maps and properties counts, too',
      schema: {
        type: 'object',
        properties: {
          list: { type: 'array', items: { type: 'object' } },
          map: { type: 'object', properties: { k: {} }, required: ['k'], additionalProperties: { type: 'object' } },
        },
        required: ['list'],
      },
      sent: {
        type: 'object',
        properties: {
          list: { type: 'array', items: { type: 'object', properties: { reason: REASON }, required: ['reason'] } },
          map: {
            type: 'object',
            properties: { k: {} },
            required: ['k'],
            additionalProperties: { type: 'object', properties: { reason: REASON }, required: ['reason'] },
          },
        },
        required: ['list'],
      },
    },
  ])('$name', ({ schema, sent }) => {
    expect(declared(schema)).toEqual(sent);
  });
});

describe('what was made up for an input', () => {
  const tools = [
    fn('empty', { type: 'object' }),
    fn('free', { type: 'object', properties: { a: { type: 'string' }, reason: { type: 'string' } } }),
    fn('own', { type: 'object', properties: { _: { type: 'string' } } }),
    fn('deep', {
      type: 'object',
      properties: {
        list: { type: 'array', items: { type: 'object' } },
        keep: { type: 'object', properties: { _: {} }, required: ['_'] },
      },
      required: ['list'],
    }),
  ];
  const cases: readonly { readonly name: string; readonly args: JsonObject; readonly seen: JsonObject }[] = [
    { name: 'empty', args: { reason: 'x' }, seen: {} },
    { name: 'free', args: { _: true, a: 'b', reason: 'mine' }, seen: { a: 'b', reason: 'mine' } },
    { name: 'own', args: { _: 'mine' }, seen: { _: 'mine' } },
    {
      name: 'deep',
      args: { list: [{ reason: 'x' }, { reason: 'y', z: 1 }], keep: { _: 1 } },
      seen: { list: [{}, { z: 1 }], keep: { _: 1 } },
    },
    { name: 'nobody', args: { reason: 'x' }, seen: { reason: 'x' } },
  ];

  test.each(cases)('is not in the arguments that a client gets: $name', async ({ name, args, seen }) => {
    const chunk = chunkOf([{ functionCall: { id: 'c1', name, args } }], { finishReason: 'STOP' });
    const body = { messages: hi, tools };
    const whole = await clientAnswer(C, prepareFor(C, CLAUDE, body, { stream: false }), chunk);
    const [{ message }] = whole.json['choices'] as [{ message: { tool_calls: [{ function: { arguments: string } }] } }];
    expect(JSON.parse(message.tool_calls[0].function.arguments)).toEqual(seen);
    const functionDeclarations = tools.map((each) => each['function'] as JsonObject);
    const google = functionDeclarations.map(({ name: called, parameters }) => ({ name: called, parameters }));
    const relay = await clientAnswer(
      G,
      prepareFor(G, CLAUDE, { contents, tools: [{ functionDeclarations: google }] }),
      chunk,
    );
    expect(framesOf(relay.text)).toEqual([
      chunkOf([{ functionCall: { id: 'c1', name, args: seen } }], { finishReason: 'STOP' }),
    ]);
  });
});

describe('tools', () => {
  test('of Google’s own are not for other vendors’ models, which keep their functions', () => {
    const tools = [{ googleSearch: {}, functionDeclarations: [{ name: 'f' }] }, { codeExecution: {} }];
    const names = (model: typeof CLAUDE) =>
      (innerOf(G, model, { contents, tools })['tools'] as JsonObject[]).map((group) => Object.keys(group).toSorted());
    expect(names(CLAUDE)).toEqual([['functionDeclarations']]);
    expect(names(OTHER)).toEqual([['functionDeclarations']]);
    expect(names(GEMINI)).toEqual([['functionDeclarations', 'googleSearch'], ['codeExecution']]);
  });

  test('are called in the same mode even where there is none to call', () => {
    expect(innerOf(C, CLAUDE, { messages: hi })['toolConfig']).toEqual({
      functionCallingConfig: { mode: 'VALIDATED' },
    });
    expect(innerOf(C, GEMINI, { messages: hi })).not.toHaveProperty('toolConfig');
  });
});

describe('thinking', () => {
  const configOf = (generationConfig: JsonObject, model = CLAUDE): unknown =>
    innerOf(G, model, { contents, generationConfig })['generationConfig'];
  const thinking = (thinkingBudget: number) => ({ thinkingConfig: { thinkingBudget, includeThoughts: true } });

  test.each<{ name: string; asked: JsonObject; sent: JsonObject | undefined }>([
    {
      name: 'stays below the length of the answer',
      asked: { maxOutputTokens: 4000, ...thinking(4000) },
      sent: { maxOutputTokens: 4000, ...thinking(3999) },
    },
    {
      name: 'stays as it is where there is room',
      asked: { maxOutputTokens: 8000, ...thinking(4000) },
      sent: { maxOutputTokens: 8000, ...thinking(4000) },
    },
    {
      name: 'is left out where no room is left',
      asked: { maxOutputTokens: 1000, ...thinking(4000) },
      sent: { maxOutputTokens: 1000 },
    },
    { name: 'of less than the least is left out', asked: thinking(500), sent: undefined },
    { name: 'that is off is left out', asked: thinking(0), sent: undefined },
    {
      name: 'has the longest answer around it where the client names none',
      asked: thinking(2000),
      sent: { maxOutputTokens: 64_000, ...thinking(2000) },
    },
    {
      name: 'as much as the model likes is a medium budget',
      asked: thinking(-1),
      sent: { maxOutputTokens: 64_000, ...thinking(8192) },
    },
    {
      name: 'by a level has the budget that the level stands for',
      asked: { thinkingConfig: { thinkingLevel: 'HIGH', includeThoughts: true } },
      sent: { maxOutputTokens: 64_000, ...thinking(24_576) },
    },
  ])('$name', ({ asked, sent }) => {
    expect(configOf(asked)).toEqual(sent);
  });

  test.each([
    { asked: undefined, sent: true },
    { asked: false, sent: false },
  ])('is shown ($sent) where the client says $asked: it must come back with the calls', ({ asked, sent }) => {
    const config = { thinkingBudget: 2000, ...(asked === undefined ? {} : { includeThoughts: asked }) };
    expect(configOf({ thinkingConfig: config })).toMatchObject({ thinkingConfig: { includeThoughts: sent } });
  });

  test('has 64000 tokens where nothing is known of the model', () => {
    const unknown = modelNamed('claude-next', { traits: CLAUDE.traits });
    expect(configOf(thinking(100_000), unknown)).toMatchObject({
      maxOutputTokens: 64_000,
      thinkingConfig: { thinkingBudget: 63_999 },
    });
  });

  test.each([
    {
      name: 'a turn that goes on behind tools',
      last: userA({ type: 'tool_result', tool_use_id: 't1', content: 'ok' }),
      thinks: false,
    },
    { name: 'a conversation without calls', last: userA({ type: 'text', text: 'on' }), thinks: true },
  ])('whose beginning is lost: $name thinks: $thinks', ({ last, thinks }) => {
    const said = thinks ? { type: 'text', text: 'a' } : used('t1');
    const { generationConfig } = innerOf(A, CLAUDE, {
      max_tokens: 8000,
      thinking: { type: 'enabled', budget_tokens: 4000 },
      tools: [tool('f')],
      messages: [{ role: 'user', content: 'go' }, assistantA(said), last],
    });
    const config = generationConfig as JsonObject;
    expect(config['maxOutputTokens']).toBe(8000);
    expect(config['thinkingConfig'] !== undefined).toBe(thinks);
  });
});

test('an empty word is never sent to Claude', () => {
  expect(innerOf(C, CLAUDE, { messages: [{ role: 'user', content: '' }] })['contents']).toEqual([
    { role: 'user', parts: [{ text: '.' }] },
  ]);
  const { systemInstruction } = innerOf(G, CLAUDE, { contents, systemInstruction: { parts: [{ text: '' }] } });
  expect(systemInstruction).toBeUndefined();
});

test('calls and answers have ids that Claude takes, and keep together', () => {
  const call = (id: JsonObject) => ({ functionCall: { ...id, name: 'f', args: {} } });
  const answer = (id: JsonObject, result: string) => ({ functionResponse: { ...id, name: 'f', response: { result } } });
  const history = [
    ...contents,
    { role: 'model', parts: [call({ id: 'a:1/x' }), call({ id: 'a_1_x' })] },
    { role: 'user', parts: [answer({ id: 'a_1_x' }, 'two'), answer({ id: 'a:1/x' }, 'one')] },
    { role: 'model', parts: [call({}), call({})] },
    { role: 'user', parts: [answer({}, 'three'), answer({}, 'four')] },
  ];
  const sent = (innerOf(G, CLAUDE, { contents: history })['contents'] as { parts: JsonObject[] }[]).slice(1);
  const idsOf = (member: string) =>
    sent.flatMap(({ parts }) =>
      parts.flatMap((part) => (part[member] === undefined ? [] : [part[member] as JsonObject])),
    );
  const ids = idsOf('functionCall').map(({ id }) => id);
  expect(ids).toEqual(['a_1_x', 'a_1_x_2', 'call', 'call_2']);
  expect(idsOf('functionResponse')).toEqual(
    ['one', 'two', 'three', 'four'].map((result, at) => ({ id: ids[at], name: 'f', response: { result } })),
  );
});
