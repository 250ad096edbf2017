import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Message, Part } from '../../../src/daemon/ir/request.js';
import { pairToolResults } from '../../../src/daemon/ir/tool-turns.js';

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const call = (id: string): Part => ({ type: 'tool-call', id, name: 'f', input: '{}' });
const calls = (...ids: string[]): Message => ({ role: 'assistant', content: ids.map(call) });
const result = (callId: string, text: string): Part => ({
  type: 'tool-result',
  callId,
  content: [{ type: 'text', text }],
});
const results = (...pairs: [string, string][]): Message => ({
  role: 'tool',
  content: pairs.map(([id, text]) => result(id, text)),
});

/** A short form to compare: one word per message. */
const shape = (messages: readonly Message[]): string[] =>
  messages.map(({ role, content }) => {
    const words = content.map((part) => {
      if (part.type === 'text') return part.text;
      if (part.type === 'tool-call') return part.id;
      if (part.type !== 'tool-result') return part.type;
      const text = part.content.map((inner) => (inner.type === 'text' ? inner.text : inner.type)).join('+');
      return `${part.callId}=${text}${part.isError ? '!' : ''}`;
    });
    return `${role}: ${words.join(', ')}`;
  });

describe('pairing of tool results', () => {
  test.each<{ name: string; messages: Message[]; paired: string[] }>([
    {
      name: 'joins the results of one assistant message, in the order of its calls',
      messages: [calls('c1', 'c2'), results(['c2', 'two']), results(['c1', 'one'])],
      paired: ['assistant: c1, c2', 'tool: c1=one, c2=two'],
    },
    {
      name: 'keeps the last of two answers, at the place of the first',
      messages: [calls('c1', 'c2'), results(['c1', 'old']), results(['c2', 'two']), results(['c1', 'new'])],
      paired: ['assistant: c1, c2', 'tool: c1=new, c2=two'],
    },
    {
      name: 'invents an error for a call without an answer',
      messages: [calls('c1'), user('go')],
      paired: ['assistant: c1', 'tool: c1=[no result]!', 'user: go'],
    },
    {
      name: 'invents one at the end of the conversation too',
      messages: [user('hi'), calls('c1')],
      paired: ['user: hi', 'assistant: c1', 'tool: c1=[no result]!'],
    },
    {
      name: 'moves what stood between a call and its result behind the result',
      messages: [calls('a'), user('interrupt'), results(['a', 'x'])],
      paired: ['assistant: a', 'tool: a=x', 'user: interrupt'],
    },
    {
      name: 'turns a result nobody asked for into user text',
      messages: [user('hi'), results(['c9', 'v'])],
      paired: ['user: hi', 'user: Tool result (c9): v'],
    },
    {
      name: 'keeps an orphan behind the results it arrived with',
      messages: [calls('c1'), results(['c9', 'v'], ['c1', 'one'])],
      paired: ['assistant: c1', 'tool: c1=one', 'user: Tool result (c9): v'],
    },
    {
      name: 'gives an id that is used again to the nearest earlier call',
      messages: [calls('c0'), results(['c0', 'one']), user('again'), calls('c0'), results(['c0', 'two'])],
      paired: ['assistant: c0', 'tool: c0=one', 'user: again', 'assistant: c0', 'tool: c0=two'],
    },
    {
      name: 'leaves a conversation without tools alone',
      messages: [user('a'), { role: 'assistant', content: [{ type: 'text', text: 'b' }] }, user('c')],
      paired: ['user: a', 'assistant: b', 'user: c'],
    },
  ])('$name', ({ messages, paired }) => {
    expect(shape(pairToolResults(messages, { synthesize: true }))).toEqual(paired);
  });

  test('leaves a call unanswered when asked not to invent', () => {
    expect(shape(pairToolResults([calls('a', 'b'), results(['b', 'x'])], { synthesize: false }))).toEqual([
      'assistant: a, b',
      'tool: b=x',
    ]);
    expect(shape(pairToolResults([calls('a'), user('go')], { synthesize: false }))).toEqual([
      'assistant: a',
      'user: go',
    ]);
  });

  test('keeps the order of arrival where that is wanted, what is missing last', () => {
    const messages = [calls('a', 'b', 'c'), results(['c', '3']), results(['b', '2'])];
    expect(shape(pairToolResults(messages, { synthesize: true, order: 'received' }))).toEqual([
      'assistant: a, b, c',
      'tool: c=3, b=2, a=[no result]!',
    ]);
  });

  test('keeps images of an orphan, and a breakpoint of a whole message', () => {
    const image: Part = { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AA==' } };
    const orphan: Message = { role: 'tool', content: [{ type: 'tool-result', callId: 'x', content: [image] }] };
    expect(pairToolResults([orphan], { synthesize: true })).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Tool result (x): ' }, image] },
    ]);
    const [, paired] = pairToolResults([calls('a'), { ...results(['a', 'x']), cache: { ttlSeconds: 300 } }], {
      synthesize: true,
    });
    expect(paired?.content[0]?.cache).toEqual({ ttlSeconds: 300 });
  });

  test('for any conversation: results stand directly behind their calls, and pairing twice changes nothing', () => {
    const ids = fc.constantFrom('a', 'b', 'c');
    const message = fc.oneof(
      fc.uniqueArray(ids, { minLength: 1 }).map((list) => calls(...list)),
      fc.array(fc.tuple(ids, fc.string()), { minLength: 1, maxLength: 3 }).map((pairs) => results(...pairs)),
      fc.string().map(user),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 12 }), (messages) => {
        const paired = pairToolResults(messages, { synthesize: true });
        paired.forEach((current, at) => {
          const asked = current.content.flatMap((part) => (part.type === 'tool-call' ? [part.id] : []));
          if (asked.length === 0) return;
          const answered = paired[at + 1];
          expect(answered?.role).toBe('tool');
          expect(answered?.content.map((part) => part.type === 'tool-result' && part.callId)).toEqual(asked);
        });
        expect(pairToolResults(paired, { synthesize: true })).toEqual(paired);
      }),
    );
  });
});
