import { describe, expect, test } from 'vitest';
import { issueOpaque } from '../../../src/cli/demo/upstreams/opaque.js';
import type { JsonObject, JsonValue } from '../../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../../src/daemon/ir/model.js';
import { CLAUDE, chunkOf, clientAnswer, GEMINI, innerOf, prepareFor } from '../../support/antigravity.js';
import { framesOf, type Side } from '../../support/sides.js';
import { A, assistantA, C, fn, G, G2, hi, tool, up, used, userA } from '../../support/translation-cases.js';

const textTurn = (role: string, text: string): JsonObject => ({ role, parts: [{ text }] });
const contentsOf = (from: Side, to: ModelInfo, body: JsonObject): readonly JsonObject[] =>
  innerOf(from, to, body)['contents'] as JsonObject[];
const partsIn = (turn: JsonObject | undefined): readonly JsonObject[] => (turn?.['parts'] ?? []) as JsonObject[];
const declarationOf = (from: Side, to: ModelInfo, body: JsonObject): JsonObject => {
  const [group] = innerOf(from, to, body)['tools'] as { functionDeclarations: JsonObject[] }[];
  return group?.functionDeclarations[0] ?? {};
};

test('8. roles that say nothing are user and model in turn', () => {
  const contents = [textTurn('', 'a'), textTurn('bogus', 'b'), textTurn('user', 'c')];
  for (const model of [GEMINI, CLAUDE]) {
    expect(contentsOf(G, model, { contents }).map(({ role }) => role)).toEqual(['user', 'model', 'user']);
  }
});

test('9. a conversation that the model opens gets an empty word of the user, but never for Claude', () => {
  const contents = [textTurn('model', 'hello'), textTurn('user', 'hi')];
  expect(contentsOf(G, GEMINI, { contents })).toEqual([textTurn('user', ''), ...contents]);
  expect(contentsOf(G, CLAUDE, { contents })).toEqual(contents);
});

test('22. an enumeration of numbers keeps its type and is told in words', () => {
  const parameters = { type: 'object', properties: { k: { type: 'integer', enum: [1, 2] } }, required: ['k'] };
  const body = { messages: hi, tools: [fn('f', parameters)] };
  const expected = {
    type: 'object',
    properties: { k: { type: 'integer', description: 'Allowed: 1, 2' } },
    required: ['k'],
  };
  for (const model of [GEMINI, CLAUDE]) expect(declarationOf(C, model, body)['parameters']).toEqual(expected);
  const [google] = up(C, G, body, G2)['tools'] as { functionDeclarations: JsonObject[] }[];
  expect(google?.functionDeclarations[0]?.['parametersJsonSchema']).toMatchObject({
    properties: { k: { type: 'string', enum: ['1', '2'] } },
  });
});

describe('23. a function without input asks Claude for a reason', () => {
  const body = { messages: hi, tools: [fn('f', { type: 'object' })] };
  const answer = chunkOf([{ functionCall: { id: 'c1', name: 'f', args: { reason: 'x' } } }], { finishReason: 'STOP' });

  test('in its declaration', () => {
    expect(declarationOf(C, CLAUDE, body)['parameters']).toMatchObject({
      properties: { reason: { type: 'string' } },
      required: ['reason'],
    });
    expect(declarationOf(C, GEMINI, body)['parameters']).toEqual({ type: 'object' });
  });

  test('and the client never sees it, streamed', async () => {
    const { text } = await clientAnswer(C, prepareFor(C, CLAUDE, { ...body, stream: true }), answer);
    const pieces = framesOf(text).map((frame) => JSON.stringify(frame));
    expect(pieces.join('')).toContain('"arguments":"{}"');
    expect(pieces.join('')).not.toContain('reason\\"');
  });

  test('and the client never sees it, whole', async () => {
    const { json } = await clientAnswer(C, prepareFor(C, CLAUDE, body, { stream: false }), answer);
    const [choice] = json['choices'] as { message: { tool_calls: { function: JsonObject }[] } }[];
    expect(choice?.message.tool_calls[0]?.function).toEqual({ name: 'f', arguments: '{}' });
  });
});

test('28. Claude keeps to schemas whichever tool must be called', () => {
  const body = (choice: JsonValue): JsonObject => ({
    max_tokens: 100,
    messages: [{ role: 'user', content: 'hi' }],
    tools: [tool('f'), tool('g')],
    tool_choice: choice,
  });
  const callingOf = (model: ModelInfo, choice: JsonValue) => {
    const { functionCallingConfig } = innerOf(A, model, body(choice))['toolConfig'] as JsonObject;
    return functionCallingConfig;
  };
  expect(callingOf(GEMINI, { type: 'tool', name: 'f' })).toEqual({ mode: 'ANY', allowedFunctionNames: ['f'] });
  expect(callingOf(CLAUDE, { type: 'tool', name: 'f' })).toEqual({ mode: 'VALIDATED', allowedFunctionNames: ['f'] });
  for (const type of ['any', 'auto', 'none']) expect(callingOf(CLAUDE, { type })).toEqual({ mode: 'VALIDATED' });
});

const BYPASS = 'skip_thought_signature_validator';
const asked = (...content: readonly JsonObject[]): JsonObject => ({
  max_tokens: 100,
  tools: [tool('f'), tool('g')],
  messages: [
    { role: 'user', content: 'go' },
    assistantA(...content),
    userA(
      ...content
        .filter(({ type }) => type === 'tool_use')
        .map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'ok' })),
    ),
  ],
});

test('46. the first of the calls made together gets the bypass, where the signature is lost', () => {
  const [, model] = contentsOf(A, GEMINI, asked(used('t1', 'f'), used('t2', 'g')));
  const [first, second] = partsIn(model);
  expect(first?.['thoughtSignature']).toBe(BYPASS);
  expect(second).toEqual({ functionCall: { id: 't2', name: 'g', args: {} } });
});

describe('47. thinking that Gemini signed', () => {
  const signature = issueOpaque('gemini', 'thought');
  const answer = [
    chunkOf([{ text: 'hm', thought: true }]),
    chunkOf([{ functionCall: { id: 't1', name: 'f', args: {} }, thoughtSignature: signature }], {
      finishReason: 'STOP',
    }),
  ];
  const ask: JsonObject = {
    max_tokens: 8000,
    thinking: { type: 'enabled', budget_tokens: 4000 },
    messages: [{ role: 'user', content: 'go' }],
    tools: [tool('f')],
  };

  /** What an Anthropic client keeps of an answer. */
  async function kept(stream: boolean): Promise<readonly JsonObject[]> {
    const { json, text } = await clientAnswer(A, prepareFor(A, GEMINI, { ...ask, stream }, { stream }), ...answer);
    if (!stream) return json['content'] as JsonObject[];
    const thinking = framesOf(text).flatMap(({ delta }) => (delta === undefined ? [] : [delta as JsonObject]));
    const signed = thinking.findLast(({ type }) => type === 'signature_delta')?.['signature'];
    return [{ type: 'thinking', thinking: 'hm', signature: signed }, used('t1', 'f')];
  }

  test.each([true, false])('is not told to Claude, whose call stays unsigned; streamed: %s', async (stream) => {
    const content = await kept(stream);
    expect(content.map(({ type }) => type)).toContain('thinking');
    const [, model] = contentsOf(A, CLAUDE, { ...ask, ...asked(...content) });
    expect(model?.['parts']).toEqual([{ functionCall: { id: 't1', name: 'f', args: {} } }]);
  });

  test.each([true, false])('goes back to Gemini with its call; streamed: %s', async (stream) => {
    const [, model] = contentsOf(A, GEMINI, { ...ask, ...asked(...(await kept(stream))) });
    const call = partsIn(model).find(({ functionCall }) => functionCall !== undefined);
    expect(call?.['thoughtSignature']).toBe(signature);
  });
});
