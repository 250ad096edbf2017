import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isObject, type JsonObject } from '../../src/daemon/ir/json.js';
import type { AccountProvider } from '../../src/daemon/providers/account.js';
import { type Call, callIn, FORGETFUL_CLIENTS } from './conversation.js';
import { END, IMAGE } from './every-client.js';
import { type Gate, startGate } from './provider-contract-gate.js';
import { type ContractRig, openRig } from './provider-contract-rig.js';
import type { Ability, Inference, Stage } from './provider-contract-types.js';

const ABILITIES = ['text', 'tools', 'image', 'reasoning'] as const satisfies readonly Ability[];

/** The smallest question, in each client's dialect. */
const TEXT: Readonly<Record<string, (model: string, stream: boolean) => Call>> = {
  'openai-chat': (model, stream) => ({
    path: '/v1/chat/completions',
    body: { model, stream, messages: [{ role: 'user', content: 'good morning' }] },
  }),
  'openai-responses': (model, stream) => ({ path: '/v1/responses', body: { model, stream, input: 'good morning' } }),
  'anthropic-messages': (model, stream) => ({
    path: '/v1/messages',
    body: { model, stream, max_tokens: 1000, messages: [{ role: 'user', content: 'good morning' }] },
  }),
  'gemini-generate': (model, stream) => ({
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: { contents: [{ role: 'user', parts: [{ text: 'good morning' }] }] },
  }),
};

/** How each client is told of thoughts. */
const THOUGHT: Readonly<Record<string, RegExp>> = {
  // `reasoning` is OpenRouter's name for it, which its clients know.
  'openai-chat': /"reasoning(_content)?":/,
  'openai-responses': /"type":"reasoning"/,
  'anthropic-messages': /"type":"thinking"/,
  'gemini-generate': /"thought":true/,
};

/** Claims that each client dialect, whole and streamed, gets of a provider what its model can do. */
export function testEveryClient(name: string, inference: Inference, provider?: AccountProvider): void {
  const { model, cannot = {} } = inference;
  describe(`${name}: ${model}`, () => {
    let stage: Stage;
    let gate: Gate;
    let rig: ContractRig;
    beforeAll(async () => {
      stage = await inference.start();
      gate = await startGate(stage.origin, inference.isInference);
      rig = await openRig({ stage, gate, inference, ...(provider === undefined ? {} : { provider }) });
    });
    afterAll(async () => {
      await Promise.all([rig.close(), gate.close(), stage.close()]);
    });
    const cells = FORGETFUL_CLIENTS.flatMap(({ id }) =>
      [true, false].flatMap((stream) => ABILITIES.map((ability) => ({ id, stream, ability }))),
    );
    const can = cells.filter(({ ability }) => cannot[ability] === undefined);

    test.each(can)('$id gets $ability; streamed: $stream', async ({ id, stream, ability }) => {
      const text = await answerTo(rig, { id, stream, ability, model }, inference.keepsThoughts);
      if (stream) expect(text).toMatch(END[id] ?? /$^/);
      if (ability === 'text') expect(text.replaceAll(/[^a-z]+/gi, ' ')).toMatch(/good .*morning/);
      if (ability === 'image') expect(text.replaceAll(/\s+/g, ' ')).toContain('image');
      if (ability === 'tools') expect(text).toContain('sunny');
      if (ability === 'reasoning') expect(text.replaceAll(/":\s+/g, '":')).toMatch(THOUGHT[id] ?? /$^/);
    });

    const lacks = cells.flatMap((cell) => {
      const why = cannot[cell.ability];
      return why === undefined ? [] : [{ ...cell, why }];
    });
    if (lacks.length > 0) {
      test.each(lacks)(
        '$id is answered without $ability ($why); streamed: $stream',
        async ({ id, stream, ability }) => {
          const text = await answerTo(rig, { id, stream, ability, model });
          expect(text).not.toMatch(THOUGHT[id] ?? /$^/);
        },
      );
    }
  });
}

interface Cell {
  readonly id: string;
  readonly stream: boolean;
  readonly ability: Ability;
  readonly model: string;
}

/** Asks what the cell is about, to the end of the conversation that it takes. */
async function answerTo(rig: ContractRig, { id, stream, ability, model }: Cell, keeps?: string): Promise<string> {
  const client = FORGETFUL_CLIENTS.find((each) => each.id === id);
  const call = { text: TEXT, image: IMAGE, tools: undefined, reasoning: undefined }[ability]?.[id]?.(model, stream);
  if (client === undefined) throw new Error(`no client ${id}`);
  const forget = ({ path, body }: Call): Call =>
    keeps === id ? { path, body: withoutThinking(body) } : { path, body };
  const question =
    call ?? (ability === 'tools' ? forget(client.ask(model, stream)) : withSummary(client.ask(model, stream)));
  const first = await rig.ask(question);
  expect(first.status, first.text).toBe(200);
  if (ability !== 'tools') return first.text;
  expect(first.text).toContain('Paris');
  // Calls of Gemini may have no id.
  const callId = id === 'gemini-generate' ? 'call_1' : callIn(first.objects);
  const next = await rig.ask(forget(client.goOn(model, { id: callId, args: { city: 'Paris' } }, stream)));
  expect(next.status, next.text).toBe(200);
  return next.text;
}

const withoutThinking = ({ thinking: _thinking, ...body }: JsonObject): JsonObject => body;

/** Thoughts are told to Responses clients that ask for a summary of them. */
const withSummary = ({ path, body }: Call): Call =>
  isObject(body['reasoning'])
    ? { path, body: { ...body, reasoning: { effort: 'high', summary: 'auto' } } }
    : { path, body };
