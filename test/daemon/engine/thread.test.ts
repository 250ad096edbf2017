import { describe, expect, test } from 'vitest';
import { headersFor, openPins, type Pin } from '../../../src/daemon/engine/thread.js';
import { wireBodyOf } from '../../../src/daemon/engine/wire-body.js';
import type { JsonObject } from '../../../src/daemon/ir/json.js';

const PIN: Pin = { session: { id: 's' }, credentialId: 'account-1' };
const asked = (body: JsonObject, headers = {}, keyId = 'key-1') => ({ keyId, body: wireBodyOf(body), headers });

describe('a request that continues an earlier answer finds where that lies', () => {
  test.each([
    ['a stored response', { previous_response_id: 'id-1' }, {}],
    ['a thread of Anthropic', { thread: { type: 'continue', previous_message_id: 'id-1' } }, {}],
    ['a turn of Codex', {}, { 'x-codex-turn-state': 'id-1' }],
  ])('%s', (_name, body, headers) => {
    const pins = openPins(() => 0);
    expect(pins.threadOf(asked(body, headers))).toEqual({ isKept: true });
    pins.keep('key-1', 'id-1', PIN);
    expect(pins.threadOf(asked(body, headers))).toEqual({ isKept: true, pin: PIN });
    expect(pins.threadOf(asked(body, headers, 'key-2'))).toEqual({ isKept: true });
  });
});

test.each([
  [{ store: true }, { isKept: true }],
  [{ thread: { type: 'create' } }, { isKept: true }],
  [{ store: false }, undefined],
  [{ previous_response_id: null }, undefined],
  [{ messages: [] }, undefined],
])('%j leaves something with its upstream: %j', (body, expected) => {
  expect(openPins(() => 0).threadOf(asked(body))).toEqual(expected);
});

test('a pin is forgotten after a day', () => {
  let now = 0;
  const pins = openPins(() => now);
  pins.keep('key-1', 'id-1', PIN);
  now = 24 * 60 * 60 * 1000 + 1;
  expect(pins.threadOf(asked({ previous_response_id: 'id-1' }))).toEqual({ isKept: true });
});

test.each([
  ['its own credential', 'account-1', true],
  ['another one', 'account-2', false],
])('the turn state goes to %s: %s', (_name, credentialId, isSent) => {
  const headers = { 'x-codex-turn-state': 'id-1', 'session-id': 's' };
  const sent = headersFor(headers, { isKept: true, pin: PIN }, credentialId);
  expect(Object.hasOwn(sent, 'x-codex-turn-state')).toBe(isSent);
  expect(sent['session-id']).toBe('s');
});
