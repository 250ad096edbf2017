import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameAround, frameEnd, openWholeFrames } from '../../../src/daemon/framing/whole-frames.js';

const FRAMES = [
  'data: one\n\n',
  'event: x\r\ndata: two\r\n\r\n',
  ': comment\n\n',
  'data: mixed\n\r\n',
  'data: ümlaut\n\n',
  'data: a\ndata: b\n\n',
];

const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const places = [0, ...[...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
};

describe('whole frames of a byte stream', () => {
  test('come in order, unbroken and complete, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...FRAMES), { maxLength: 8 }),
        fc.constantFrom('', 'data: unfinished', 'data: nearly\n'),
        fc.array(fc.nat(400), { maxLength: 12 }),
        (frames, rest, cuts) => {
          const bytes = Buffer.from(frames.join('') + rest);
          const given: Buffer[] = [];
          const watch = openWholeFrames((whole) => given.push(Buffer.from(whole)));
          for (const piece of cutAt(bytes, cuts)) watch.push(piece);
          const complete = Buffer.concat(given).toString('utf8');
          watch.end();
          expect(Buffer.concat(given).equals(bytes)).toBe(true);
          for (const each of rest === '' ? given : given.slice(0, -1)) expect(String(each)).toMatch(/\n\r?\n$/);
          expect(bytes.toString('utf8').startsWith(complete)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('that come in one piece are not copied', () => {
    const bytes = Buffer.from('data: one\n\ndata: two\n\n');
    let given: Buffer | undefined;
    openWholeFrames((whole) => {
      given = whole;
    }).push(bytes);
    expect(given).toBe(bytes);
  });

  test('are given up when one grows beyond 64 MB, and found again behind it', () => {
    const given: string[] = [];
    const watch = openWholeFrames((whole) => given.push(String(whole)));
    const piece = Buffer.alloc(8 * 1024 * 1024, 0x61);
    for (let sent = 0; sent < 10; sent++) watch.push(piece);
    watch.push(Buffer.from('\n\ndata: next\n'));
    watch.push(Buffer.from('\ndata: last\n\n'));
    expect(given).toEqual(['data: next\n\ndata: last\n\n']);
  });
});

test.each(FRAMES)('the frame around an offset is found: %j', (frame) => {
  const before = 'data: before\r\n\r\n';
  const bytes = Buffer.from(`${before}${frame}data: behind\n\n`);
  const found = frameAround(bytes, before.length + 3);
  expect(String(found)).toBe(frame);
  expect(frameEnd(bytes, before.length)).toBe(before.length + Buffer.byteLength(frame));
});
