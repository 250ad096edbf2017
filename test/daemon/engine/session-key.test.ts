import { expect, test } from 'vitest';
import { sessionOf } from '../../../src/daemon/engine/session-key.js';
import { openWireBody } from '../../../src/daemon/engine/wire-body.js';

const of = (headers: Record<string, string>, body: object = {}) =>
  sessionOf(headers, openWireBody(Buffer.from(JSON.stringify(body))));

/** Strongest first: each of these wins over all that follow. */
const SOURCES: readonly { readonly headers?: Record<string, string>; readonly body?: object; readonly id: string }[] = [
  { headers: { 'x-claude-code-session-id': 'claude' }, id: 'claude' },
  { body: { metadata: { user_id: '{"device_id":"d","session_id":"json"}' } }, id: 'json' },
  { headers: { 'session-id': 'codex' }, id: 'codex' },
  { headers: { session_id: 'codex_' }, id: 'codex_' },
  { headers: { 'x-session-id': 'header' }, id: 'header' },
  { headers: { 'x-session-affinity': 'affinity' }, id: 'affinity' },
  { headers: { 'x-session-key': 'ours' }, id: 'ours' },
  { headers: { 'x-client-request-id': 'clientreq' }, id: 'clientreq' },
  { body: { session_id: 'session' }, id: 'session' },
  { body: { sessionId: 'Session' }, id: 'Session' },
  { body: { prompt_cache_key: 'pck' }, id: 'pck' },
  { body: { conversation: { id: 'conv' } }, id: 'conv' },
  { body: { conversation_id: 'conv-id' }, id: 'conv-id' },
  { headers: { 'thread-id': 'thread' }, id: 'thread' },
];

test.each(SOURCES.map((source, index) => ({ ...source, index })))(
  '$id comes before all weaker ones',
  ({ id, index }) => {
    const weaker = SOURCES.slice(index);
    const headers = Object.assign({}, ...weaker.map((source) => source.headers ?? {}));
    // Only one `metadata` fits into a body: the strongest.
    const body = Object.assign({}, ...weaker.toReversed().map((source) => source.body ?? {}));
    expect(of(headers, body)?.id).toBe(id);
  },
);

test('a conversation beside a cache key is the second id', () => {
  expect(of({}, { prompt_cache_key: 'pck', conversation: 'conv' })).toEqual({ id: 'pck', second: 'conv' });
  expect(of({}, { prompt_cache_key: 'pck', conversation: { id: 'conv' } })).toEqual({ id: 'pck', second: 'conv' });
});

test.each([
  ['the older form of Claude Code', 'user_abc_account__session_0a1b-2c', '0a1b-2c'],
  ['a plain user', 'ann', 'ann'],
])('metadata.user_id in %s', (_name, user_id, id) => {
  expect(of({}, { metadata: { user_id } })?.id).toBe(id);
});

test('a plain user is weaker than a cache key', () => {
  expect(of({}, { metadata: { user_id: 'ann' }, prompt_cache_key: 'pck' })?.id).toBe('pck');
});

test.each([
  ['empty', ' '],
  ['longer than 256', 'x'.repeat(257)],
  ['with control characters', 'a\u0007b'],
])('an id that is %s is none', (_name, id) => {
  expect(of({ 'x-session-id': id }, { session_id: 'next' })?.id).toBe('next');
});

test('a request that says nothing has none', () => {
  expect(of({}, { messages: [] })).toBeUndefined();
});
