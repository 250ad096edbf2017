import { describe, expect, test } from 'vitest';
import { issueOpaque } from '../../../../src/cli/demo/upstreams/opaque.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../../../src/daemon/ir/model.js';
import { sealOpaque } from '../../../../src/daemon/ir/opaque.js';
import {
  CLAUDE,
  chunkOf,
  clientAnswer,
  GEMINI,
  innerOf,
  OTHER,
  openAccount,
  prepareFor,
} from '../../../support/antigravity.js';
import { relayed } from '../../../support/provider.js';
import { framesOf } from '../../../support/sides.js';
import { A, assistantA, C, G, tool, used, userA } from '../../../support/translation-cases.js';

const BYPASS = 'skip_thought_signature_validator';
const GOOGLES = issueOpaque('gemini', 'thought');
/** As Anthropic writes it: it begins with E. */
const PLAIN = issueOpaque('anthropic', 'thinking');
/** As the service writes it: it begins with R. */
const WRAPPED = Buffer.from(PLAIN, 'latin1').toString('base64');
const SEALED = sealOpaque({ origin: 'anthropic-messages', value: PLAIN }, 'gemini-generate');

const call = (name = 'f', more: JsonObject = {}): JsonObject => ({ functionCall: { name, args: {} }, ...more });
const answer = (name = 'f'): JsonObject => ({ functionResponse: { name, response: { result: 'ok' } } });
const thought = (more: JsonObject = {}): JsonObject => ({ text: 'hm', thought: true, ...more });

/** The parts of the model's turn of a Gemini client, as they are sent. */
function sentParts(model: ModelInfo, parts: readonly JsonObject[], refused?: string): readonly JsonObject[] {
  const answers = parts.flatMap(({ functionCall }) =>
    functionCall === undefined ? [] : [answer(String((functionCall as JsonObject)['name']))],
  );
  const contents = [
    { role: 'user', parts: [{ text: 'go' }] },
    { role: 'model', parts },
    { role: 'user', parts: [...answers, { text: 'on' }] },
  ];
  const inner = innerOf(G, model, { contents }, refused === undefined ? {} : { refused });
  const [, turn] = inner['contents'] as { role: string; parts: JsonObject[] }[];
  return turn?.role === 'model' ? turn.parts : [];
}

describe('to Gemini', () => {
  test.each<{ name: string; parts: readonly JsonObject[]; sent: readonly JsonObject[] }>([
    {
      name: 'its own go back on the very parts that had them',
      parts: [
        thought({ thoughtSignature: GOOGLES }),
        { text: 'a', thoughtSignature: GOOGLES },
        call('f', { thoughtSignature: GOOGLES }),
      ],
      sent: [
        thought({ thoughtSignature: GOOGLES }),
        { text: 'a', thoughtSignature: GOOGLES },
        call('f', { thoughtSignature: GOOGLES }),
      ],
    },
    {
      name: 'in the other spelling, too',
      parts: [{ text: 'a', thought_signature: GOOGLES }],
      sent: [{ text: 'a', thoughtSignature: GOOGLES }],
    },
    {
      name: 'on an empty text they stay',
      parts: [{ text: 'a' }, { text: '', thoughtSignature: GOOGLES }],
      sent: [{ text: 'a' }, { text: '', thoughtSignature: GOOGLES }],
    },
    {
      name: 'a call whose signature is lost gets the bypass, and so does one that Claude signed',
      parts: [call('f', { thoughtSignature: SEALED }), call('g')],
      sent: [call('f', { thoughtSignature: BYPASS }), call('g')],
    },
    {
      name: 'of calls made together only the first has one, whatever a client says',
      parts: [call('f', { thoughtSignature: GOOGLES }), call('g', { thoughtSignature: BYPASS })],
      sent: [call('f', { thoughtSignature: GOOGLES }), call('g')],
    },
    {
      name: 'thoughts that nobody signed, or somebody else, stay away',
      parts: [thought(), thought({ thoughtSignature: SEALED }), thought({ thoughtSignature: '' }), { text: 'a' }],
      sent: [{ text: 'a' }],
    },
  ])('$name', ({ parts, sent }) => {
    expect(sentParts(GEMINI, parts)).toEqual(sent);
  });
});

describe('to Claude', () => {
  test.each<{ name: string; parts: readonly JsonObject[]; sent: readonly JsonObject[] }>([
    {
      name: 'thinking that Claude signed goes back, in the form that the service writes',
      parts: [thought({ thoughtSignature: SEALED }), call()],
      sent: [thought({ thoughtSignature: WRAPPED }), { functionCall: { id: 'call', name: 'f', args: {} } }],
    },
    {
      name: 'that Gemini signed stays away: looks prove nothing',
      parts: [thought({ thoughtSignature: GOOGLES }), thought({ thoughtSignature: PLAIN }), { text: 'a' }],
      sent: [{ text: 'a' }],
    },
    {
      name: 'that says nothing stays away',
      parts: [{ text: '', thought: true, thoughtSignature: SEALED }, thought(), { text: 'a' }],
      sent: [{ text: 'a' }],
    },
    {
      name: 'nothing else is signed, and nothing is bypassed',
      parts: [{ text: 'a', thoughtSignature: GOOGLES }, call('f', { thoughtSignature: BYPASS })],
      sent: [{ text: 'a' }, { functionCall: { id: 'call', name: 'f', args: {} } }],
    },
  ])('$name', ({ parts, sent }) => {
    expect(sentParts(CLAUDE, parts)).toEqual(sent);
  });

  test.each([PLAIN, WRAPPED])('an Anthropic client’s thinking goes back in either form (%#)', (signature) => {
    const body = {
      max_tokens: 8000,
      thinking: { type: 'enabled', budget_tokens: 4000 },
      tools: [tool('f')],
      messages: [
        { role: 'user', content: 'go' },
        assistantA({ type: 'thinking', thinking: 'hm', signature }, used('t1')),
        userA({ type: 'tool_result', tool_use_id: 't1', content: 'ok' }),
      ],
    };
    const { contents, generationConfig } = innerOf(A, CLAUDE, body);
    expect((contents as JsonObject[])[1]?.['parts']).toEqual([
      thought({ thoughtSignature: WRAPPED }),
      { functionCall: { id: 't1', name: 'f', args: {} } },
    ]);
    expect(generationConfig).toMatchObject({ thinkingConfig: { thinkingBudget: 4000 } });
  });
});

test('a model of yet another vendor gets neither thoughts nor signatures', () => {
  const parts = [thought({ thoughtSignature: GOOGLES }), { text: 'a', thoughtSignature: SEALED }];
  expect(sentParts(OTHER, parts)).toEqual([{ text: 'a' }]);
});

test.each([GEMINI, CLAUDE])('what the user says is never signed, nor what a tool answers ($id)', (model) => {
  const parts = [
    { text: 'a', thoughtSignature: GOOGLES },
    { ...thought(), thoughtSignature: SEALED },
  ];
  expect(innerOf(G, model, { contents: [{ role: 'user', parts }] })['contents']).toEqual([
    { role: 'user', parts: [{ text: 'a' }] },
  ]);
});

describe('an answer of Claude’s', () => {
  const chunks = [
    chunkOf([thought()]),
    chunkOf([{ text: '', thought: true, thoughtSignature: WRAPPED }]),
    chunkOf([call()], { finishReason: 'STOP' }),
  ];
  const question = { max_tokens: 8000, messages: [{ role: 'user', content: 'go' }] };
  const contents = [{ role: 'user', parts: [{ text: 'go' }] }];

  test.each([true, false])('has its signature as Anthropic’s clients know it; streamed: %s', async (stream) => {
    const { text } = await clientAnswer(A, prepareFor(A, CLAUDE, { ...question, stream }, { stream }), ...chunks);
    expect(text).toContain(`"signature":"${PLAIN}"`);
  });

  test.each([true, false])('names its issuer in a slot of Google’s, and comes back; streamed: %s', async (stream) => {
    const { text } = await clientAnswer(G, prepareFor(G, CLAUDE, { contents }, { stream }), ...chunks);
    expect(text).toContain(`"thoughtSignature":"${SEALED}"`);
    expect(text).not.toContain(WRAPPED);
    expect(sentParts(CLAUDE, [thought({ thoughtSignature: SEALED })])).toEqual([
      thought({ thoughtSignature: WRAPPED }),
    ]);
  });

  test('teaches in which form the service writes them now', async () => {
    const upstream = openAccount();
    const plain = chunkOf([thought({ thoughtSignature: PLAIN })], { finishReason: 'STOP' });
    await clientAnswer(G, prepareFor(G, CLAUDE, { contents }, { upstream }), plain);
    const history = [...contents, { role: 'model', parts: [thought({ thoughtSignature: SEALED })] }, ...contents];
    const [, turn] = innerOf(G, CLAUDE, { contents: history }, { upstream })['contents'] as { parts: JsonObject[] }[];
    expect(turn?.parts).toEqual([thought({ thoughtSignature: PLAIN })]);
  });
});

test('what a model of yet another vendor signs is kept from the client', async () => {
  const contents = [{ role: 'user', parts: [{ text: 'go' }] }];
  const chunk = chunkOf([{ text: 'a', thoughtSignature: GOOGLES }], { finishReason: 'STOP' });
  const { text } = await clientAnswer(G, prepareFor(G, OTHER, { contents }), chunk);
  expect(framesOf(text)).toEqual([chunkOf([{ text: 'a' }], { finishReason: 'STOP' })]);
});

describe('after a refusal', () => {
  const parts = [thought({ thoughtSignature: GOOGLES }), call('f', { thoughtSignature: GOOGLES })];

  test('none is sent: Gemini’s call has the bypass', () => {
    const refused = 'Corrupted thought signature.';
    expect(sentParts(GEMINI, parts, refused)).toEqual([call('f', { thoughtSignature: BYPASS })]);
  });

  test('none is sent: Claude’s thinking is left out, and it goes on without', () => {
    const refused = 'messages.1.content.0: Invalid `signature` in `thinking` block';
    expect(sentParts(CLAUDE, [thought({ thoughtSignature: SEALED }), { text: 'a' }], refused)).toEqual([{ text: 'a' }]);
  });

  test.each([
    {
      name: 'about something else',
      message: 'Invalid value at contents',
      status: 400,
      contents: [{ role: 'model', parts }],
    },
    { name: 'about signatures, where there was none', message: 'Invalid signature', status: 400, contents: [] },
    {
      name: 'of another kind',
      message: 'the request signature is invalid',
      status: 401,
      contents: [{ role: 'model', parts }],
    },
  ])('$name, it is not sent again', ({ message, status, contents }) => {
    const failure = { reason: 'invalid-request', status, message } as const;
    expect(openAccount().repair?.(failure, relayed({ contents }))).toBe(false);
  });
});

test('a client of OpenAI’s has no thinking to send back, and is served without', () => {
  const messages = [
    { role: 'user', content: 'go' },
    { role: 'assistant', content: 'a', reasoning_content: 'hm' },
    { role: 'user', content: 'on' },
  ];
  for (const model of [GEMINI, CLAUDE]) {
    const [, turn] = innerOf(C, model, { messages })['contents'] as { parts: JsonObject[] }[];
    expect(turn?.parts).toEqual([{ text: 'a' }]);
  }
});
