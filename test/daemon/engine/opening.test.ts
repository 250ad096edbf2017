import { describe, expect, test } from 'vitest';
import { openingOf } from '../../../src/daemon/engine/opening.js';
import { openWireBody } from '../../../src/daemon/engine/wire-body.js';

const of = (body: object) => openingOf(openWireBody(Buffer.from(JSON.stringify(body))));

/** One conversation in each dialect, with as many turns as wanted. */
const DIALECTS: Readonly<Record<string, (turns: number, user?: string, system?: string) => object>> = {
  chat: (turns, user = 'hi', system = 'be kind') => ({
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: [{ type: 'text', text: user }] },
      { role: 'assistant', content: 'hello' },
      { role: 'user', content: 'more' },
    ].slice(0, turns + 1),
  }),
  responses: (turns, user = 'hi', system = 'be kind') => ({
    instructions: system,
    input: [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: user }] },
      { type: 'reasoning', summary: [], encrypted_content: 'x' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'hello' }] },
    ].slice(0, turns === 1 ? 1 : 3),
  }),
  anthropic: (turns, user = 'hi', system = 'be kind') => ({
    system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }],
    messages: [
      {
        content: [
          { type: 'image', source: { data: 'abc' } },
          { text: user, type: 'text' },
        ],
        role: 'user',
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 's' },
          { type: 'text', text: 'hello' },
        ],
      },
      { role: 'user', content: 'more' },
    ].slice(0, turns),
  }),
  gemini: (turns, user = 'hi', system = 'be kind') => ({
    systemInstruction: { parts: [{ text: system }] },
    contents: [
      { parts: [{ inlineData: { data: 'abc' } }, { text: user }] },
      { role: 'model', parts: [{ text: 'hello' }] },
      { role: 'user', parts: [{ text: 'more' }] },
    ].slice(0, turns),
  }),
};

describe.each(Object.entries(DIALECTS))('%s', (_name, body) => {
  test('the first request is known by what the later ones have as their second id', () => {
    const first = of(body(1));
    const second = of(body(2));
    expect(first).toEqual({ id: expect.stringMatching(/^msg:[0-9a-f]{24}$/) });
    expect(second).toEqual({ id: expect.not.stringMatching(first?.id ?? '-'), second: first?.id });
    expect(of(body(3))).toEqual(second);
  });

  test('another system prompt or question is another conversation', () => {
    expect(of(body(1, 'bye'))).not.toEqual(of(body(1)));
    expect(of(body(1, 'hi', 'be rude'))).not.toEqual(of(body(1)));
  });

  test('only the first 100 bytes count', () => {
    const same = 'x'.repeat(100);
    expect(of(body(1, `${same}1`))).toEqual(of(body(1, `${same}2`)));
    expect(of(body(1, `${same.slice(1)}1`))).not.toEqual(of(body(1, `${same.slice(1)}2`)));
  });
});

test('all dialects know the same conversation by the same id', () => {
  expect(new Set(Object.values(DIALECTS).map((body) => of(body(2))?.id)).size).toBe(1);
});

test.each([
  ['a text as input', { input: 'hi' }],
  ['a legacy prompt', { prompt: 'hi' }],
])('%s is what the user said', (_name, body) => {
  expect(of(body)).toEqual(of({ messages: [{ role: 'user', content: 'hi' }] }));
});

test.each([
  [{}],
  [{ messages: [] }],
  [{ messages: 5 }],
  [{ messages: [1, 'x', null, { role: 'user' }] }],
  [{ system: 'be kind' }],
])('%j is no conversation', (body) => {
  expect(of(body)).toBeUndefined();
});
