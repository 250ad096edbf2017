import { describe, expect, test } from 'vitest';
import { openStickySessions } from '../../../src/daemon/pool/sticky.js';

const open = () => openStickySessions({ ttlMs: 3_600_000 });
const NAMES = 32_768;

describe('a second id', () => {
  test('gives its binding to a first one that is not known yet', () => {
    const sessions = open();
    sessions.bind({ id: 'opening' }, 'm', 'a');
    expect(sessions.get({ id: 'whole', second: 'opening' }, 'm')).toBe('a');
    expect(sessions.get({ id: 'whole' }, 'm')).toBe('a');
  });

  test('does not count where the first is known', () => {
    const sessions = open();
    sessions.bind({ id: 'first' }, 'm', 'a');
    sessions.bind({ id: 'second' }, 'm', 'b');
    expect(sessions.get({ id: 'first', second: 'second' }, 'm')).toBe('a');
  });

  test('is bound along with the first', () => {
    const sessions = open();
    sessions.bind({ id: 'first', second: 'second' }, 'm', 'a');
    expect(sessions.get({ id: 'second' }, 'm')).toBe('a');
  });

  test('moves and is forgotten along with the first', () => {
    const sessions = open();
    sessions.bind({ id: 'first', second: 'second' }, 'm', 'a');
    sessions.bind({ id: 'second' }, 'm', 'b');
    expect(sessions.get({ id: 'first' }, 'm')).toBe('b');
    sessions.release({ id: 'first' }, 'm', 'b');
    expect(sessions.get({ id: 'second' }, 'm')).toBeUndefined();
  });
});

test('a binding is released by the credential that it points to only', () => {
  const sessions = open();
  sessions.bind({ id: 's' }, 'm', 'a');
  sessions.release({ id: 's' }, 'm', 'b');
  expect(sessions.get({ id: 's' }, 'm')).toBe('a');
});

test('scopes are apart', () => {
  const sessions = open();
  sessions.bind({ id: 's' }, 'claude m', 'a');
  expect(sessions.get({ id: 's' }, 'mixed m')).toBeUndefined();
});

test('a conversation has at most 64 names, and the oldest goes first', () => {
  const sessions = open();
  for (let turn = 0; turn < 100; turn++) sessions.bind({ id: `${turn + 1}`, second: `${turn}` }, 'm', 'a');
  expect(sessions.records()).toHaveLength(64);
  expect(sessions.peek({ id: '100' }, 'm')).toBe('a');
  expect(sessions.peek({ id: '0' }, 'm')).toBeUndefined();
});

test('the names of all conversations together are bounded', () => {
  const sessions = open();
  for (let turn = 0; turn < NAMES + 100; turn++) sessions.bind({ id: `${turn}` }, 'm', 'a');
  expect(sessions.records()).toHaveLength(NAMES);
});

test('a name that was pushed out and is somebody else by now is not forgotten with the old one', () => {
  const sessions = open();
  sessions.bind({ id: 'old', second: 'shared' }, 'm', 'a');
  // `old` is used, so that `shared` is pushed out before it.
  for (let turn = 0; turn < NAMES - 1; turn++) sessions.bind({ id: `${turn}` }, 'm', 'b');
  sessions.get({ id: 'old' }, 'm');
  sessions.bind({ id: 'shared' }, 'm', 'c');
  sessions.release({ id: 'old' }, 'm', 'a');
  expect(sessions.peek({ id: 'shared' }, 'm')).toBe('c');
});
