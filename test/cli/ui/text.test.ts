import { expect, test } from 'vitest';
import { envelope } from '../../../src/cli/ui/envelope.js';
import { toFailure } from '../../../src/cli/ui/failure.js';
import { count, duration, truncate } from '../../../src/cli/ui/text.js';
import { AppError } from '../../../src/shared/errors.js';

test.each([
  { ms: 0, text: '0 s' },
  { ms: 12_300, text: '12 s' },
  { ms: 61_000, text: '1 min 1 s' },
  { ms: 3_600_000, text: '1 h' },
  { ms: 90_061_000, text: '1 d 1 h' },
  { ms: -5, text: '0 s' },
])('$ms ms is $text', ({ ms, text }) => {
  expect(duration(ms)).toBe(text);
});

test('a cut text keeps within its cells', () => {
  expect(truncate('abcdef', 6)).toBe('abcdef');
  expect(truncate('abcdef', 5)).toBe('abcd…');
  expect(truncate('模型模型', 4)).toBe('模…');
});

test('one is singular', () => {
  expect([count(0, 'key'), count(1, 'key'), count(2, 'key')]).toEqual(['0 keys', '1 key', '2 keys']);
});

test.each([
  { at: '2026-02-23T04:05:06.000Z', timestamp: '2026-02-23T04:05:06Z' },
  { at: '2026-02-23T01:02:03.500Z', timestamp: '2026-02-23T01:02:03.5Z' },
  { at: '2026-02-23T01:02:00.007Z', timestamp: '2026-02-23T01:02:00.007Z' },
  { at: '2026-02-23T01:00:00.000Z', timestamp: '2026-02-23T01:00:00Z' },
])('an envelope at $at says $timestamp', ({ at, timestamp }) => {
  const text = envelope({ command: 'doctor', ok: true, details: {}, at: Date.parse(at) });
  expect(text).toBe(
    `{"schema_version":"cliproxyctl.response.v1","command":"doctor","ok":true,"timestamp":"${timestamp}","details":{}}`,
  );
});

test('an expected failure keeps its words, code and facts; anything else is exit code 1 with a way to see more', () => {
  expect(
    toFailure(new AppError('taken', 'port is taken', { hint: 'take another', exitCode: 5, details: { port: 1 } })),
  ).toEqual({
    message: 'port is taken',
    hint: 'take another',
    exitCode: 5,
    details: { error: 'port is taken', code: 'taken', hint: 'take another', port: 1 },
  });
  expect(toFailure(new TypeError('boom'))).toMatchObject({
    message: 'boom',
    exitCode: 1,
    details: { code: 'unexpected' },
  });
  expect(toFailure(new TypeError('boom')).hint).toContain('CLIPROXY_DEBUG');
  expect(toFailure(new TypeError('boom'), { CLIPROXY_DEBUG: '1' }).message).toContain('text.test.ts');
});
