import { expect, test } from 'vitest';
import { joinCounts, openAttemptTally } from '../../../src/daemon/observe/attempt-tally.js';

const TEN_MINUTES = 600_000;

test('counts in all, and by ten minutes aligned to the clock', () => {
  let now = 10 * TEN_MINUTES + 1;
  const tally = openAttemptTally(() => now);
  tally.note('a', 'success');
  tally.note('a', 'failed');
  now += TEN_MINUTES;
  tally.note('a', 'success');
  tally.note('b', 'failed');
  expect(tally.of('a')).toEqual({
    success: 2,
    failed: 1,
    recent: [
      { at: 10 * TEN_MINUTES, success: 1, failed: 1 },
      { at: 11 * TEN_MINUTES, success: 1, failed: 0 },
    ],
  });
  expect(tally.of('nobody')).toBeUndefined();
});

test('keeps twenty times ten minutes, and the sums for ever', () => {
  let now = 0;
  const tally = openAttemptTally(() => now);
  for (let count = 0; count < 30; count++, now += TEN_MINUTES) tally.note('a', 'success');
  now -= TEN_MINUTES;
  expect(tally.of('a')?.success).toBe(30);
  expect(tally.of('a')?.recent).toHaveLength(20);
  now += 10 * TEN_MINUTES;
  expect(tally.of('a')?.recent).toHaveLength(10);
});

test('what several processes counted is one count', () => {
  const one = { success: 1, failed: 0, recent: [{ at: 600_000, success: 1, failed: 0 }] };
  const two = {
    success: 2,
    failed: 3,
    recent: [
      { at: 0, success: 0, failed: 3 },
      { at: 600_000, success: 2, failed: 0 },
    ],
  };
  expect(joinCounts([one, two])).toEqual({
    success: 3,
    failed: 3,
    recent: [
      { at: 0, success: 0, failed: 3 },
      { at: 600_000, success: 3, failed: 0 },
    ],
  });
});
