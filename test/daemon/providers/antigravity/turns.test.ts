import { expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { CLAUDE, GEMINI, innerOf } from '../../../support/antigravity.js';
import {
  A,
  assistantA,
  C,
  call as called,
  called as calls,
  G,
  PNG_BLOCK,
  PNG_DATA,
  result,
  tool,
  used,
  userA,
} from '../../../support/translation-cases.js';

const turn = (role: string, ...parts: readonly JsonObject[]): JsonObject => ({ role, parts });
const text = (value: string): JsonObject => ({ text: value });
const BYPASS = { thoughtSignature: 'skip_thought_signature_validator' };
const call = (name: string, id?: string): JsonObject => ({ functionCall: { ...(id && { id }), name, args: {} } });
const answer = (name: string, value: string, id?: string): JsonObject => ({
  functionResponse: { ...(id && { id }), name, response: { result: value } },
});

test.each<{ name: string; contents: readonly JsonObject[]; sent: readonly JsonObject[] }>([
  {
    name: 'roles of other vendors are understood',
    contents: [turn('system', text('a')), turn('assistant', text('b')), turn('user', text('c'))],
    sent: [turn('user', text('a')), turn('model', text('b')), turn('user', text('c'))],
  },
  {
    name: 'turns of the model between which nothing is said are one, in the service’s order',
    contents: [
      turn('user', text('a')),
      turn('model', text('b')),
      turn('user', text('')),
      turn('model', { text: 'hm', thought: true, thoughtSignature: 'U0lH' }, call('g', 'y')),
      turn('user', answer('g', '1', 'y')),
    ],
    sent: [
      turn('user', text('a')),
      turn('model', { text: 'hm', thought: true, thoughtSignature: 'U0lH' }, text('b'), {
        ...call('g', 'y'),
        ...BYPASS,
      }),
      turn('user', answer('g', '1', 'y')),
    ],
  },
  {
    name: 'turns of one side in a row are one',
    contents: [
      turn('user', text('a')),
      turn('user', text('b')),
      turn('model', text('c')),
      turn('model', text('d')),
      turn('user', text('e')),
    ],
    sent: [turn('user', text('a'), text('b')), turn('model', text('c'), text('d')), turn('user', text('e'))],
  },
  {
    name: 'empty words and empty turns are left out',
    contents: [turn('user', text('a'), text('')), turn('model', text('')), turn('model'), turn('user', text('b'))],
    sent: [turn('user', text('a'), text('b'))],
  },
  {
    name: 'answers stand behind their calls, in the same order',
    contents: [
      turn('user', text('go')),
      turn('model', call('f', '1'), call('g', '2')),
      turn('user', text('wait'), answer('g', 'two', '2')),
      turn('user', answer('f', 'one', '1')),
    ],
    sent: [
      turn('user', text('go')),
      turn('model', { ...call('f', '1'), ...BYPASS }, call('g', '2')),
      turn('user', answer('f', 'one', '1'), answer('g', 'two', '2'), text('wait')),
    ],
  },
  {
    name: 'answers without ids belong to calls of their name, first come first served',
    contents: [
      turn('user', text('go')),
      turn('model', call('f'), call('g'), call('f')),
      turn('function', answer('f', 'one'), answer('f', 'three'), answer('g', 'two')),
    ],
    sent: [
      turn('user', text('go')),
      turn('model', { ...call('f'), ...BYPASS }, call('g'), call('f')),
      turn('user', answer('f', 'one'), answer('g', 'two'), answer('f', 'three')),
    ],
  },
  {
    name: 'an answer that has forgotten its name takes that of its call',
    contents: [
      turn('user', text('go')),
      turn('model', call('f', '1'), call('g', '2')),
      turn('user', answer('unknown', 'two', '2'), answer('', 'one', '1')),
    ],
    sent: [
      turn('user', text('go')),
      turn('model', { ...call('f', '1'), ...BYPASS }, call('g', '2')),
      turn('user', answer('f', 'one', '1'), answer('g', 'two', '2')),
    ],
  },
  {
    name: 'an answer that came twice counts as it was said last',
    contents: [
      turn('user', text('go')),
      turn('model', call('f', '1')),
      turn('user', answer('f', 'old', '1'), answer('f', 'new', '1')),
    ],
    sent: [
      turn('user', text('go')),
      turn('model', { ...call('f', '1'), ...BYPASS }),
      turn('user', answer('f', 'new', '1')),
    ],
  },
  {
    name: 'a call that nobody answered gets an empty answer, an answer to nothing becomes words',
    contents: [
      turn('user', text('go')),
      turn('model', call('f', '1')),
      turn('user', answer('h', 'lost', '9'), text('on')),
    ],
    sent: [
      turn('user', text('go')),
      turn('model', { ...call('f', '1'), ...BYPASS }),
      turn('user', answer('f', '', '1'), text('Tool result (9): lost'), text('on')),
    ],
  },
  {
    name: 'answers that a client gives to the model’s side are the user’s',
    contents: [turn('user', text('go')), turn('model', call('f')), turn('model', answer('f', 'one'))],
    sent: [turn('user', text('go')), turn('model', { ...call('f'), ...BYPASS }), turn('user', answer('f', 'one'))],
  },
  {
    name: 'thinking and calls in the user’s mouth are ignored',
    contents: [turn('user', { text: 'obey', thought: true }, text('hi'), call('rm'))],
    sent: [turn('user', text('hi'))],
  },
  {
    name: 'the model says its words before it calls',
    contents: [turn('user', text('go')), turn('model', call('f'), text('calling')), turn('user', answer('f', 'one'))],
    sent: [
      turn('user', text('go')),
      turn('model', text('calling'), { ...call('f'), ...BYPASS }),
      turn('user', answer('f', 'one')),
    ],
  },
  {
    name: 'what the model had begun to say becomes a wish to go on',
    contents: [turn('user', text('go')), turn('model', { text: 'hm', thought: true }, text('The answer'), text(' is'))],
    sent: [turn('user', text('go'), text('Continue from: The answer is'))],
  },
  {
    name: 'a last turn that says nothing is left out',
    contents: [turn('user', text('go')), turn('model', { text: 'hm', thought: true })],
    sent: [turn('user', text('go'))],
  },
])('$name', ({ contents, sent }) => {
  expect(innerOf(G, GEMINI, { contents })['contents']).toEqual(sent);
});

test.each([GEMINI, CLAUDE])('an assistant’s beginning is no last turn for $id', (model) => {
  const body = {
    max_tokens: 100,
    messages: [{ role: 'user', content: 'go' }, assistantA({ type: 'text', text: 'It is' })],
  };
  expect(innerOf(A, model, body)['contents']).toEqual([turn('user', text('go'), text('Continue from: It is'))]);
});

test.each([GEMINI, CLAUDE])('pictures of a result stand within it for $id', (model) => {
  const body = {
    max_tokens: 100,
    tools: [tool('f')],
    messages: [
      { role: 'user', content: 'go' },
      assistantA(used('t1')),
      userA({ type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'x' }, PNG_BLOCK] }),
    ],
  };
  const [, , turnOfUser] = innerOf(A, model, body)['contents'] as JsonObject[];
  const functionResponse = { id: 't1', name: 'f', response: { result: 'x' }, parts: [PNG_DATA] };
  expect(turnOfUser).toEqual(turn('user', { functionResponse }));
});

test('names of tools in a history have the letters that the service takes, and match', () => {
  const messages = [{ role: 'user', content: 'go' }, calls(called('c1', '9 to-5/x')), result('c1', 'ok')];
  const [, model, user] = innerOf(C, GEMINI, { messages })['contents'] as { parts: JsonObject[] }[];
  const names = [model?.parts[0]?.['functionCall'], user?.parts[0]?.['functionResponse']] as JsonObject[];
  expect(names.map(({ name }) => name)).toEqual(['_9_to-5_x', '_9_to-5_x']);
});
