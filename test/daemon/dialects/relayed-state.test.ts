import { describe, expect, test } from 'vitest';
import { wireBodyOf } from '../../../src/daemon/engine/wire-body.js';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../../src/daemon/ir/model.js';
import { sealOpaque } from '../../../src/daemon/ir/opaque.js';
import { sideOf, userModel } from '../../support/sides.js';

const CHAT = 'openai-chat';
const RESPONSES = 'openai-responses';
const ANTHROPIC = 'anthropic-messages';
const GEMINI = 'gemini-generate';

const foreign = (slot: string, origin: string): string => sealOpaque({ origin, value: 'STATE' }, slot);
const said = { role: 'user', content: 'hi' };

interface Dropped {
  readonly name: string;
  readonly dialect: string;
  readonly body: JsonObject;
  readonly expected: JsonObject;
  readonly warned?: readonly string[];
  readonly model?: ModelInfo;
}

const cases: readonly Dropped[] = [
  {
    name: 'Claude behind Google’s wire gets back what Claude signed, and nothing of Gemini’s neighbours',
    dialect: GEMINI,
    model: userModel({ id: 'claude-sonnet-4-6', traits: new Set(['antigravity']) }),
    body: {
      contents: [
        {
          role: 'model',
          parts: [
            { text: 'hm', thought: true, thoughtSignature: foreign(GEMINI, ANTHROPIC) },
            { text: 'a', thoughtSignature: foreign(GEMINI, RESPONSES) },
          ],
        },
      ],
    },
    expected: {
      contents: [
        {
          role: 'model',
          parts: [{ text: 'hm', thought: true, thoughtSignature: foreign(GEMINI, ANTHROPIC) }, { text: 'a' }],
        },
      ],
    },
    warned: ['contents'],
  },
  {
    name: 'reasoning of another vendor leaves the input, the rest stays',
    dialect: RESPONSES,
    body: {
      input: [
        said,
        { type: 'reasoning', summary: [], encrypted_content: foreign(RESPONSES, ANTHROPIC) },
        { type: 'reasoning', summary: [], encrypted_content: 'gAAAown' },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      ],
    },
    expected: {
      input: [
        said,
        { type: 'reasoning', summary: [], encrypted_content: 'gAAAown' },
        { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      ],
    },
    warned: ['input'],
  },
  {
    name: 'an input that is text has no state',
    dialect: RESPONSES,
    body: { input: 'what is "cliproxy0"?' },
    expected: { input: 'what is "cliproxy0"?' },
    warned: [],
  },
  {
    name: 'thinking, hidden thinking and searches of other vendors leave the history; a turn left empty goes too',
    dialect: ANTHROPIC,
    body: {
      messages: [
        said,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: foreign(ANTHROPIC, GEMINI) },
            { type: 'redacted_thinking', data: foreign(ANTHROPIC, RESPONSES) },
            { type: 'server_tool_use', id: 's1', name: 'web_search', input: { query: 'q' } },
            {
              type: 'web_search_tool_result',
              tool_use_id: 's1',
              content: [
                { type: 'web_search_result', url: 'https://ex.org', title: 'x', encrypted_content: 'cliproxy0' },
              ],
            },
            { type: 'text', text: 'ok' },
          ],
        },
        said,
        { role: 'assistant', content: [{ type: 'thinking', thinking: '', signature: foreign(ANTHROPIC, GEMINI) }] },
        said,
      ],
    },
    expected: { messages: [said, { role: 'assistant', content: [{ type: 'text', text: 'ok' }] }, said, said] },
    warned: ['messages'],
  },
  {
    name: 'thinking of its own stays where another vendor spoke too',
    dialect: ANTHROPIC,
    body: {
      messages: [
        said,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'own', signature: 'EuYB' },
            { type: 'thinking', thinking: '', signature: foreign(ANTHROPIC, GEMINI) },
            { type: 'tool_use', id: 't', name: 'f', input: {} },
          ],
        },
      ],
      thinking: { type: 'enabled', budget_tokens: 2000 },
    },
    expected: {
      messages: [
        said,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'own', signature: 'EuYB' },
            { type: 'tool_use', id: 't', name: 'f', input: {} },
          ],
        },
      ],
      thinking: { type: 'enabled', budget_tokens: 2000 },
    },
    warned: ['messages'],
  },
  {
    name: 'thinking that nobody signed is not for Claude',
    dialect: ANTHROPIC,
    body: {
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: '' },
            { type: 'text', text: 'ok' },
          ],
        },
      ],
    },
    expected: { messages: [{ role: 'assistant', content: [{ type: 'text', text: 'ok' }] }] },
    warned: ['messages'],
  },
  {
    name: 'a compatible model reads thinking whoever signed it, without the signature',
    dialect: ANTHROPIC,
    model: userModel({ isCompat: true }),
    body: {
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: '' },
            { type: 'thinking', thinking: 'so', signature: foreign(ANTHROPIC, GEMINI) },
            { type: 'thinking', thinking: '', signature: foreign(ANTHROPIC, GEMINI) },
          ],
        },
      ],
    },
    expected: {
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: '' },
            { type: 'thinking', thinking: 'so', signature: '' },
          ],
        },
      ],
    },
    warned: ['messages'],
  },
  {
    name: 'a tool turn that loses its thinking is continued without',
    dialect: ANTHROPIC,
    body: {
      messages: [
        said,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: foreign(ANTHROPIC, GEMINI) },
            { type: 'tool_use', id: 't', name: 'f', input: {} },
          ],
        },
      ],
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high' },
    },
    expected: {
      messages: [said, { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: {} }] }],
      thinking: { type: 'disabled' },
      output_config: undefined,
    },
    warned: ['messages', 'thinking'],
  },
  {
    name: 'a call whose signature another vendor gave gets the bypass; words lose theirs, empty ones go',
    dialect: GEMINI,
    body: {
      contents: [
        {
          role: 'model',
          parts: [
            { text: 'a', thoughtSignature: foreign(GEMINI, ANTHROPIC) },
            { text: '', thoughtSignature: foreign(GEMINI, ANTHROPIC) },
            { functionCall: { name: 'f', args: {} }, thoughtSignature: foreign(GEMINI, RESPONSES) },
            { functionCall: { name: 'g', args: {} }, thoughtSignature: 'own' },
          ],
        },
        { role: 'model', parts: [{ text: '', thought_signature: foreign(GEMINI, ANTHROPIC) }] },
      ],
    },
    expected: {
      contents: [
        {
          role: 'model',
          parts: [
            { text: 'a' },
            { functionCall: { name: 'f', args: {} }, thoughtSignature: 'skip_thought_signature_validator' },
            { functionCall: { name: 'g', args: {} }, thoughtSignature: 'own' },
          ],
        },
      ],
    },
    warned: ['contents'],
  },
  {
    name: 'calls lose the sealed signature, and keep what else stands there',
    dialect: CHAT,
    body: {
      messages: [
        {
          role: 'assistant',
          tool_calls: [
            { id: 'a', extra_content: { google: { thought_signature: foreign(GEMINI, ANTHROPIC) } } },
            { id: 'b', extra_content: { google: { thought_signature: foreign(GEMINI, ANTHROPIC), x: 1 }, y: 2 } },
            { id: 'c', extra_content: { google: { thought_signature: 'own' } } },
          ],
        },
      ],
    },
    expected: {
      messages: [
        {
          role: 'assistant',
          tool_calls: [
            { id: 'a' },
            { id: 'b', extra_content: { google: { x: 1 }, y: 2 } },
            { id: 'c', extra_content: { google: { thought_signature: 'own' } } },
          ],
        },
      ],
    },
    warned: ['messages'],
  },
];

test.each(cases)('$dialect: $name', ({ dialect, body, expected, warned = [], model = sideOf(dialect).model }) => {
  const wire = wireBodyOf(body);
  const warnings = sideOf(dialect).upstream.dropForeignState(wire, model);
  for (const [member, value] of Object.entries(expected)) expect(wire.get(member)).toEqual(value);
  expect(warnings.map(({ path }) => path)).toEqual(warned);
});

describe('state that the upstream refused', () => {
  const drop = (dialect: string, body: JsonObject, failure: { code?: string; message: string; status?: number }) => {
    const wire = wireBodyOf(body);
    const facts = { reason: 'invalid-request', status: 400, ...failure } as const;
    return { mended: sideOf(dialect).upstream.dropRefusedState?.(facts, wire), body: wire.toJSON() };
  };

  const input = [said, { type: 'reasoning', summary: [], encrypted_content: 'gAAAother-account' }, said];
  test.each([
    { code: 'invalid_encrypted_content', message: 'no' },
    {
      message: 'The encrypted content gAAA... could not be verified. Reason: Encrypted content could not be decrypted',
    },
  ])('openai-responses: encrypted reasoning of another account is left out: $message', (failure) => {
    expect(drop(RESPONSES, { input }, failure)).toEqual({ mended: true, body: { input: [said, said] } });
  });

  test('anthropic-messages: all thinking is left out, and none asked for where a tool turn would have to begin with it', () => {
    const turn = (...content: readonly JsonObject[]): JsonObject => ({ role: 'assistant', content: [...content] });
    const thinking = { type: 'thinking', thinking: 'hm', signature: 'EuYB' };
    const call = { type: 'tool_use', id: 't', name: 'f', input: {} };
    const messages = [said, turn(thinking), said, turn({ type: 'redacted_thinking', data: 'x' }, call)];
    const body = { messages, thinking: { type: 'enabled', budget_tokens: 2000 } };
    expect(drop(ANTHROPIC, body, { message: 'messages.1.content.0: Invalid `signature` in `thinking` block' })).toEqual(
      {
        mended: true,
        body: { messages: [said, said, turn(call)], thinking: { type: 'disabled' } },
      },
    );
  });

  test.each([
    [ANTHROPIC, { messages: [said] }, { message: 'Invalid `signature` in `thinking` block' }],
    [ANTHROPIC, { messages: [said] }, { message: 'prompt is too long' }],
    [RESPONSES, { input }, { message: 'input too long' }],
    [RESPONSES, { input }, { code: 'invalid_encrypted_content', message: 'no', status: 500 }],
    [RESPONSES, { input: [said] }, { code: 'invalid_encrypted_content', message: 'no' }],
    [GEMINI, { contents: [] }, { message: 'Corrupted thought signature.' }],
    [GEMINI, { contents: [{ role: 'user', parts: [{ text: 'x' }] }] }, { message: 'API key not valid' }],
  ])('%s: nothing is changed where that was not the reason', (dialect, body, failure) => {
    expect(drop(dialect, body, failure)).toEqual({ mended: false, body });
  });

  test.each(['Function call is missing a thought_signature in functionCall parts.', 'Corrupted thought signature.'])(
    'gemini-generate: the first call of each turn gets the bypass, all else loses its signature: %s',
    (message) => {
      const call = (name: string, more: JsonObject = {}): JsonObject => ({ functionCall: { name, args: {} }, ...more });
      const contents = [
        {
          role: 'model',
          parts: [{ text: 'a', thoughtSignature: 'old' }, call('f', { thoughtSignature: 'old' }), call('g')],
        },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: {} } }] },
        { role: 'model', parts: [call('h')] },
      ];
      const bypass = { thoughtSignature: 'skip_thought_signature_validator' };
      expect(drop(GEMINI, { contents }, { message })).toEqual({
        mended: true,
        body: {
          contents: [
            { role: 'model', parts: [{ text: 'a' }, call('f', bypass), call('g')] },
            contents[1],
            { role: 'model', parts: [call('h', bypass)] },
          ],
        },
      });
    },
  );
});
