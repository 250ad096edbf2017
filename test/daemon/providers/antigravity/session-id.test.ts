import { expect, test } from 'vitest';
import { sessionIdOf } from '../../../../src/daemon/providers/antigravity/session-id.js';
import { CLAUDE, GEMINI, innerOf, openAccount } from '../../../support/antigravity.js';
import { C, G, says, text } from '../../../support/translation-cases.js';

const FORM = /^-\d{1,19}$/;
const asked = (words: string, more: Parameters<typeof openAccount>[0] = {}, sessionKey?: string) =>
  innerOf(C, GEMINI, says(text(words)), {
    upstream: openAccount(more),
    ...(sessionKey === undefined ? {} : { sessionKey }),
  })['sessionId'];

test('a session is the same number in every process', () => {
  // Computed apart: the first eight bytes of SHA-256 over product, account and key, without the highest bit.
  expect(sessionIdOf('ann@example.com p', 'hi')).toBe('-7502068267540470036');
  expect(asked('hi')).toBe(asked('hi'));
});

test.each([
  { name: 'conversations that begin otherwise', one: asked('hi'), other: asked('ho') },
  { name: 'accounts', one: asked('hi'), other: asked('hi', { email: 'bob@example.com' }) },
  { name: 'conversations with names of their own', one: asked('hi', {}, 's1'), other: asked('hi', {}, 's2') },
])('$name have different ones', ({ one, other }) => {
  expect(one).toMatch(FORM);
  expect(other).toMatch(FORM);
  expect(one).not.toBe(other);
});

test('a name that the client gives counts more than its words', () => {
  expect(asked('hi', {}, 's1')).toBe(asked('ho', {}, 's1'));
});

test('the first turn of the user that begins with words is what counts', () => {
  const picture = {
    role: 'user',
    parts: [{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }, { text: 'x' }],
  };
  const answer = { role: 'model', parts: [{ text: 'yes' }] };
  const sessionOf = (...contents: readonly object[]) =>
    innerOf(G, GEMINI, JSON.parse(JSON.stringify({ contents })))['sessionId'];
  const question = { role: 'user', parts: [{ text: 'hi' }] };
  expect(sessionOf(picture, answer, question)).toBe(sessionOf(question));
  // Nobody can tell such conversations apart.
  expect(sessionOf(picture)).toMatch(FORM);
  expect(sessionOf(picture)).not.toBe(sessionOf(picture));
});

test('a Gemini client’s own session id wins', () => {
  const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
  expect(innerOf(G, CLAUDE, { contents, sessionId: '-42' })['sessionId']).toBe('-42');
  expect(innerOf(G, CLAUDE, { contents, session_id: '-43' })['sessionId']).toBe('-43');
});
