import { describe, expect, test } from 'vitest';
import { openReplay, type Replay, type ReplayScope } from '../../../src/daemon/engine/replay.js';
import { expandResponse } from '../../../src/daemon/ir/expand.js';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import type { ModelRequest, Part } from '../../../src/daemon/ir/request.js';
import { answerContext, PAIRS, type Side, sideOf, smallestRequest } from '../../support/sides.js';

const HOUR_MS = 60 * 60 * 1000;

const scopeOf = (issuer: string, more: Partial<ReplayScope> = {}): ReplayScope => ({
  keyId: 'key-1',
  issuer,
  model: 'm',
  credentialId: 'account-1',
  ...more,
});

/** What each issuer's answers hold: thinking with its state, and a call. */
const stateOf = (issuer: string): string =>
  issuer === 'openai-chat' ? 'eyJyZWFzb25pbmdfb3BhcXVlIjoiT1BRIn0' : 'ErUBSTATE';
const reasoned = (issuer: string): Part => ({
  type: 'reasoning',
  text: 'hm',
  opaque: { origin: issuer, value: stateOf(issuer) },
});
const CALL: Part = { type: 'tool-call', id: 'call_abcdefgh', name: 'f', input: '{"a":1}' };
const WORDS: Part = { type: 'text', text: 'It is 42.' };

const asked = (side: Side): ModelRequest => side.client.decodeRequest(smallestRequest(side));

function answer(replay: Replay, request: ModelRequest, content: readonly Part[], scope: ReplayScope): void {
  expandResponse({ content, finish: { reason: 'stop' } }, replay.record(request, scope));
}

/** What the client sends back: its request, the answer as its dialect shows it, and something more to say. */
function nextTurn(request: ModelRequest, content: readonly Part[]): ModelRequest {
  const last: Part = { type: 'text', text: 'go on' };
  return {
    ...request,
    messages: [...request.messages, { role: 'assistant', content }, { role: 'user', content: [last] }],
  };
}

const turnOf = ({ messages }: ModelRequest): readonly Part[] => messages.at(-2)?.content ?? [];

describe.each(PAIRS.filter(({ from, to }) => from !== to))('$name', ({ from, to: { id: issuer } }) => {
  const request = asked(from);

  test.each([
    ['calls', [CALL]],
    ['words', [WORDS]],
    ['words and calls', [WORDS, CALL]],
  ])('state that the client left out of a turn with %s goes back to its issuer', (_name, shown) => {
    const replay = openReplay(() => 0);
    answer(replay, request, [reasoned(issuer), ...shown], scopeOf(issuer));
    const { request: next, used } = replay.restore(nextTurn(request, shown), scopeOf(issuer));
    expect(turnOf(next)).toEqual([reasoned(issuer), ...shown]);
    expect(used).toHaveLength(1);
  });

  test('what the client kept is not doubled', () => {
    const replay = openReplay(() => 0);
    const content = [reasoned(issuer), CALL];
    answer(replay, request, content, scopeOf(issuer));
    expect(turnOf(replay.restore(nextTurn(request, content), scopeOf(issuer)).request)).toEqual(content);
  });

  test.each([
    ['another issuer', { issuer: 'somebody-else' }],
    ['another model', { model: 'n' }],
    ['the conversation of another client key', { keyId: 'key-2' }],
  ])('state never goes to %s', (_name, more) => {
    const replay = openReplay(() => 0);
    answer(replay, request, [reasoned(issuer), CALL], scopeOf(issuer));
    const next = nextTurn(request, [CALL]);
    expect(replay.restore(next, scopeOf(issuer, more)).request).toBe(next);
  });
});

describe('another account', () => {
  test.each([
    ['openai-responses', false],
    ['openai-chat', false],
    ['anthropic-messages', true],
    ['gemini-generate', true],
  ])('%s: its state may go there: %s', (issuer, mayGo) => {
    const replay = openReplay(() => 0);
    const request = asked(sideOf('openai-chat'));
    answer(replay, request, [reasoned(issuer), CALL], scopeOf(issuer));
    const { used } = replay.restore(nextTurn(request, [CALL]), scopeOf(issuer, { credentialId: 'account-2' }));
    expect(used.length > 0).toBe(mayGo);
  });
});

describe('replay', () => {
  const G = 'gemini-generate';
  const request = asked(sideOf('openai-chat'));
  const signed = (part: Part, value: string): Part => ({ ...part, opaque: { origin: G, value } }) as Part;

  test('signatures on calls and on the last words stand where they stood', () => {
    const replay = openReplay(() => 0);
    const second: Part = { ...CALL, id: 'call_zyxwvuts' };
    const content = [signed(WORDS, 'W'), signed(CALL, 'C'), second];
    answer(replay, request, content, scopeOf(G));
    const { request: next } = replay.restore(nextTurn(request, [WORDS, CALL, second]), scopeOf(G));
    expect(turnOf(next)).toEqual(content);
  });

  test('thinking between calls goes back between them', () => {
    const replay = openReplay(() => 0);
    const second: Part = { ...CALL, id: 'call_zyxwvuts' };
    const content = [reasoned(G), CALL, reasoned(G), second];
    answer(replay, request, content, scopeOf(G));
    expect(turnOf(replay.restore(nextTurn(request, [CALL, second]), scopeOf(G)).request)).toEqual(content);
  });

  test('thinking that the client shows in words only makes room for the original', () => {
    const replay = openReplay(() => 0);
    answer(replay, request, [reasoned(G), WORDS], scopeOf(G));
    const echoed: readonly Part[] = [{ type: 'reasoning', text: 'hm' }, WORDS];
    expect(turnOf(replay.restore(nextTurn(request, echoed), scopeOf(G)).request)).toEqual([reasoned(G), WORDS]);
  });

  test('the same words after another question are another turn', () => {
    const replay = openReplay(() => 0);
    answer(replay, request, [reasoned(G), WORDS], scopeOf(G));
    const other = {
      ...request,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'else' }] }],
    } as ModelRequest;
    expect(replay.restore(nextTurn(other, [WORDS]), scopeOf(G)).used).toEqual([]);
  });

  test('ids that only count do not tell conversations apart', () => {
    const replay = openReplay(() => 0);
    const counted: Part = { ...CALL, id: 'call_0' };
    answer(replay, request, [reasoned(G), counted], scopeOf(G));
    const other = {
      ...request,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'else' }] }],
    } as ModelRequest;
    expect(replay.restore(nextTurn(other, [counted]), scopeOf(G)).used).toEqual([]);
    expect(replay.restore(nextTurn(request, [counted]), scopeOf(G)).used).toHaveLength(1);
  });

  test('an answer without state is not remembered, and one that failed neither', () => {
    const replay = openReplay(() => 0);
    answer(replay, request, [WORDS], scopeOf(G));
    const record = replay.record(request, scopeOf(G));
    record({ type: 'tool-call-start', index: 0, id: 'call_abcdefgh', name: 'f', opaque: { origin: G, value: 'C' } });
    record({ type: 'error', error: { reason: 'server', message: 'gone' } });
    expect(replay.restore(nextTurn(request, [WORDS]), scopeOf(G)).used).toEqual([]);
    expect(replay.restore(nextTurn(request, [CALL]), scopeOf(G)).used).toEqual([]);
  });

  test('it is forgotten after an hour without use, and when told', () => {
    let now = 0;
    const replay = openReplay(() => now);
    answer(replay, request, [reasoned(G), CALL], scopeOf(G));
    const next = nextTurn(request, [CALL]);
    now = HOUR_MS - 1;
    const { used } = replay.restore(next, scopeOf(G));
    expect(used).toHaveLength(1);
    now += HOUR_MS - 1;
    expect(replay.restore(next, scopeOf(G)).used).toEqual(used);
    replay.forget(used);
    expect(replay.restore(next, scopeOf(G)).used).toEqual([]);
    answer(replay, request, [reasoned(G), CALL], scopeOf(G));
    now += HOUR_MS + 1;
    expect(replay.restore(next, scopeOf(G)).used).toEqual([]);
  });

  test('it holds a bounded number of turns and characters; the longest unused goes first', () => {
    const replay = openReplay(() => 0, { turns: 2, chars: 1024 * 1024, ttlMs: HOUR_MS });
    const calls = ['call_first_one', 'call_second_one', 'call_third_one'].map((id): Part => ({ ...CALL, id }));
    for (const call of calls) answer(replay, request, [reasoned(G), call], scopeOf(G));
    const found = calls.map((call) => replay.restore(nextTurn(request, [call]), scopeOf(G)).used.length);
    expect(found).toEqual([0, 1, 1]);
    const huge: Part = { type: 'reasoning', text: 'x'.repeat(1024 * 1024), opaque: { origin: G, value: 'S' } };
    answer(replay, request, [huge, { ...CALL, id: 'call_huge_one' }], scopeOf(G));
    const next = nextTurn(request, [{ ...CALL, id: 'call_huge_one' }]);
    expect(replay.restore(next, scopeOf(G)).used).toEqual([]);
  });

  test('a client of another dialect that renames ids still finds its turns', () => {
    const replay = openReplay(() => 0);
    answer(replay, request, [reasoned(G), { ...CALL, id: 'functions.f:12345' }], scopeOf(G));
    const next = nextTurn(request, [{ ...CALL, id: 'functions_f_12345' }]);
    expect(turnOf(replay.restore(next, scopeOf(G)).request)[0]).toEqual(reasoned(G));
  });
});

/** The whole way through two dialects: what the upstream said, shown to the client, sent back by it, read and restored. */
describe.each(PAIRS.filter(({ from, to }) => from !== to && to.id !== 'openai-chat'))(
  '$name, answered and sent back',
  ({ from: client, to: { id: issuer, upstream, model } }) => {
    test('the next request has the state where the first answer had it', () => {
      const replay = openReplay(() => 0);
      const request = asked(client);
      const content = [reasoned(issuer), CALL];
      answer(replay, request, content, scopeOf(issuer));
      const shown = client.client.encodeResponse({ content, finish: { reason: 'tool-calls' } }, answerContext(client));
      const next = client.client.decodeRequest(sendBack(client.id, shown));
      const { request: restored } = replay.restore(next, scopeOf(issuer));
      const { body } = upstream.encodeRequest(
        { ...restored, reasoning: { mode: 'effort', effort: 'low' } },
        { model, newId: (prefix) => prefix, warn: () => undefined },
      );
      expect(JSON.stringify(body)).toContain(stateOf(issuer));
    });
  },
);

/** The history as the strictest clients build it: the call, nothing else of the answer. */
function sendBack(dialect: string, shown: JsonObject): JsonObject {
  const model = 'm';
  switch (dialect) {
    case 'openai-chat':
      return {
        model,
        messages: [
          { role: 'user', content: 'hi' },
          {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'call_abcdefgh', type: 'function', function: { name: 'f', arguments: '{"a":1}' } }],
          },
          { role: 'tool', tool_call_id: 'call_abcdefgh', content: 'ok' },
        ],
      };
    case 'openai-responses':
      return {
        model,
        input: [
          { role: 'user', content: 'hi' },
          { type: 'function_call', call_id: 'call_abcdefgh', name: 'f', arguments: '{"a":1}' },
          { type: 'function_call_output', call_id: 'call_abcdefgh', output: 'ok' },
        ],
      };
    case 'anthropic-messages':
      return {
        model,
        max_tokens: 10,
        messages: [
          { role: 'user', content: 'hi' },
          { role: 'assistant', content: [{ type: 'tool_use', id: 'call_abcdefgh', name: 'f', input: { a: 1 } }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_abcdefgh', content: 'ok' }] },
        ],
      };
    default: {
      const call = JSON.stringify(shown).includes('call_abcdefgh') ? { id: 'call_abcdefgh' } : {};
      return {
        model,
        contents: [
          { role: 'user', parts: [{ text: 'hi' }] },
          { role: 'model', parts: [{ functionCall: { ...call, name: 'f', args: { a: 1 } } }] },
          { role: 'user', parts: [{ functionResponse: { ...call, name: 'f', response: { result: 'ok' } } }] },
        ],
      };
    }
  }
}
