import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../src/daemon/ir/json.js';
import { userModel } from '../../support/sides.js';
import {
  A,
  assistantA,
  C,
  type Case,
  call,
  called,
  G,
  G2,
  G3,
  PNG_BLOCK,
  PNG_DATA,
  R,
  result,
  text,
  up,
  used,
  userA,
  VERTEX,
} from '../../support/translation-cases.js';

// The numbers are those of the table of translation cases: calls, results and thinking of earlier turns.
const cases: readonly Case[] = [
  {
    name: '32 A->C: results come before the words of the turn',
    from: A,
    to: C,
    body: {
      messages: [
        userA(text('hi')),
        assistantA(used('t1')),
        userA({ type: 'tool_result', tool_use_id: 't1', content: 'ok' }, text('next')),
      ],
    },
    expected: {
      messages: [
        { role: 'user', content: 'hi' },
        called(call('t1')),
        result('t1', 'ok'),
        { role: 'user', content: 'next' },
      ],
    },
  },
  ...(
    [
      ['texts are joined', [text('a'), text('b')], 'a\n\nb'],
      [
        'with an image it is a list',
        [text('a'), PNG_BLOCK],
        [text('a'), { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }],
      ],
    ] as const
  ).map(([name, content, expected]) => ({
    name: `33 A->C: of a result ${name}`,
    from: A,
    to: C,
    body: {
      messages: [
        userA(text('hi')),
        assistantA(used('t1')),
        userA({ type: 'tool_result', tool_use_id: 't1', content: [...content] }),
      ],
    },
    expected: { messages: [{ role: 'user', content: 'hi' }, called(call('t1')), result('t1', expected as JsonValue)] },
  })),
  ...(
    [
      [
        'G3',
        G3,
        [
          {
            functionResponse: { id: 't1', name: 'f', response: { result: 'x' }, parts: [PNG_DATA] },
          },
        ],
      ],
      ['G2', G2, [{ functionResponse: { id: 't1', name: 'f', response: { result: 'x' } } }, PNG_DATA]],
    ] as const
  ).map(([name, model, parts]) => ({
    name: `34 A->${name}: an image in a result`,
    from: A,
    to: G,
    model,
    body: {
      messages: [
        userA(text('hi')),
        assistantA(used('t1')),
        userA({ type: 'tool_result', tool_use_id: 't1', content: [text('x'), PNG_BLOCK] }),
      ],
    },
    expected: { contents: expect.arrayContaining([{ role: 'user', parts: [...parts] }]) },
  })),
  {
    name: '35 A->G: an error says so',
    from: A,
    to: G,
    body: {
      messages: [
        userA(text('hi')),
        assistantA(used('t1')),
        userA({ type: 'tool_result', tool_use_id: 't1', is_error: true, content: 'boom' }),
      ],
    },
    expected: {
      contents: expect.arrayContaining([
        { role: 'user', parts: [{ functionResponse: { id: 't1', name: 'f', response: { error: 'boom' } } }] },
      ]),
    },
  },
  ...['boom', 'Error: boom'].map((content) => ({
    name: `35 A->C: the error "${content}" is marked once`,
    from: A,
    to: C,
    body: {
      messages: [
        userA(text('hi')),
        assistantA(used('t1')),
        userA({ type: 'tool_result', tool_use_id: 't1', is_error: true, content }),
      ],
    },
    expected: { messages: expect.arrayContaining([result('t1', 'Error: boom')]) },
  })),
  {
    name: '36 C->A: results stand in the order of the calls',
    from: C,
    to: A,
    body: {
      messages: [
        { role: 'user', content: 'hi' },
        called(call('c1'), call('c2')),
        result('c2', 'two'),
        result('c1', 'one'),
      ],
    },
    expected: {
      messages: [
        userA(text('hi')),
        assistantA(used('c1'), used('c2')),
        userA(
          { type: 'tool_result', tool_use_id: 'c1', content: 'one' },
          { type: 'tool_result', tool_use_id: 'c2', content: 'two' },
        ),
      ],
    },
  },
  {
    name: '37 C->A: of two answers to one call the last is sent',
    from: C,
    to: A,
    body: {
      messages: [{ role: 'user', content: 'hi' }, called(call('c1')), result('c1', 'old'), result('c1', 'new')],
    },
    expected: {
      messages: [
        userA(text('hi')),
        assistantA(used('c1')),
        userA({ type: 'tool_result', tool_use_id: 'c1', content: 'new' }),
      ],
    },
  },
  {
    name: '38 C->A: a missing result is stated',
    from: C,
    to: A,
    body: { messages: [{ role: 'user', content: 'hi' }, called(call('c1')), { role: 'user', content: 'go' }] },
    expected: {
      messages: [
        userA(text('hi')),
        assistantA(used('c1')),
        userA({ type: 'tool_result', tool_use_id: 'c1', content: '[no result]', is_error: true }, text('go')),
      ],
    },
  },
  ...(
    [
      ['', {}],
      ['[1]', {}],
      ['{"a":1,}', { a: 1 }],
    ] as const
  ).map(([args, input]) => ({
    name: `39 C->A: the arguments ${JSON.stringify(args)} are an object`,
    from: C,
    to: A,
    body: { messages: [{ role: 'user', content: 'hi' }, called(call('c1', 'f', args)), result('c1', 'ok')] },
    expected: { messages: expect.arrayContaining([assistantA(used('c1', 'f', input))]) },
  })),
  {
    name: '40 C->A: ids have the characters of Anthropic, alike in call and result',
    from: C,
    to: A,
    body: { messages: [{ role: 'user', content: 'hi' }, called(call('call:1/x')), result('call:1/x', 'ok')] },
    expected: {
      messages: [
        userA(text('hi')),
        assistantA(used('call_1_x')),
        userA({ type: 'tool_result', tool_use_id: 'call_1_x', content: 'ok' }),
      ],
    },
  },
  {
    name: '41 C->Vertex: calls have no ids',
    from: C,
    to: G,
    model: VERTEX,
    body: { messages: [{ role: 'user', content: 'hi' }, called(call('c1')), result('c1', 'ok')] },
    expected: {
      contents: [
        { role: 'user', parts: [{ text: 'hi' }] },
        { role: 'model', parts: [expect.objectContaining({ functionCall: { name: 'f', args: {} } })] },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { result: 'ok' } } }] },
      ],
    },
  },
  {
    name: '42 R->C: text and calls in a row are one turn, results stay in order',
    from: R,
    to: C,
    body: {
      input: [
        { role: 'assistant', content: 't' },
        { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
        { type: 'function_call', call_id: 'b', name: 'f', arguments: '{}' },
        { type: 'function_call_output', call_id: 'b', output: 'B' },
        { type: 'function_call_output', call_id: 'a', output: 'A' },
      ],
    },
    expected: {
      messages: [
        { role: 'assistant', content: 't', tool_calls: [call('a'), call('b')] },
        result('b', 'B'),
        result('a', 'A'),
      ],
    },
  },
  {
    name: '43 R->C: nothing stands between a call and its result',
    from: R,
    to: C,
    body: {
      input: [
        { type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' },
        { role: 'user', content: 'interrupt' },
        { type: 'function_call_output', call_id: 'a', output: 'A' },
      ],
    },
    expected: { messages: [called(call('a')), result('a', 'A'), { role: 'user', content: 'interrupt' }] },
  },
  {
    name: '44 C->G: a result without its call is text',
    from: C,
    to: G,
    body: { messages: [{ role: 'user', content: 'hi' }, result('c9', 'v')] },
    expected: { contents: [{ role: 'user', parts: [{ text: 'hi' }, { text: 'Tool result (c9): v' }] }] },
  },
  ...(
    [
      ['is left out', {}, { role: 'assistant', content: 'x' }],
      [
        'is kept by a compatible model',
        { isCompat: true },
        { role: 'assistant', content: 'x', reasoning_content: 'hm' },
      ],
    ] as const
  ).map(([name, more, expected]) => ({
    name: `45 A->C: thinking without a signature ${name}`,
    from: A,
    to: C,
    model: userModel(more),
    body: {
      messages: [userA(text('hi')), assistantA({ type: 'thinking', thinking: 'hm' }, text('x')), userA(text('go'))],
    },
    expected: { messages: [{ role: 'user', content: 'hi' }, expected, { role: 'user', content: 'go' }] },
  })),
  {
    name: '49 R->A: reasoning of another vendor is left out, what follows stays',
    from: R,
    to: A,
    body: {
      input: [
        { role: 'user', content: 'hi' },
        { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAAABgpt' },
        { role: 'assistant', content: 'kept' },
        { role: 'user', content: 'go' },
      ],
    },
    expected: { messages: [userA(text('hi')), assistantA(text('kept')), userA(text('go'))] },
  },
  {
    name: '50 A->C: thinking in a user turn is ignored',
    from: A,
    to: C,
    body: { messages: [userA({ type: 'thinking', thinking: 'obey', signature: 's' }, text('hi'))] },
    expected: { messages: [{ role: 'user', content: 'hi' }] },
  },
];

describe.each([
  ['whole', false],
  ['streamed', true],
])('asked for a %s answer', (_name, stream) => {
  test.each(cases)('case $name', ({ from, to, body, model, expected }) => {
    const translated = up(from, to, { ...body, stream }, model);
    for (const [member, value] of Object.entries(expected)) expect(translated[member]).toEqual(value);
    // Google's body does not say it: its URL does.
    if (to !== G) expect(translated['stream'] ?? false).toBe(stream);
  });
});
