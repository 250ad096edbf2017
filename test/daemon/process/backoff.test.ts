import { expect, test } from 'vitest';
import { createRestartPolicy } from '../../../src/daemon/process/backoff.js';

test('waits at most 0.5 s, then twice as long each time, never more than 30 s', () => {
  const policy = createRestartPolicy(() => 0.999_999);
  const delays = Array.from({ length: 9 }, (_, index) => policy.onCrash({ at: index * 1000, livedMs: 10 }));
  expect(delays.map((delay) => delay + 1)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test('spreads the wait over the whole span, so that workers do not come back in step', () => {
  expect(createRestartPolicy(() => 0).onCrash({ at: 0, livedMs: 0 })).toBe(0);
  expect(createRestartPolicy(() => 0.5).onCrash({ at: 0, livedMs: 0 })).toBe(250);
});

test('begins anew with a worker that was healthy for a minute', () => {
  const policy = createRestartPolicy(() => 0.999_999);
  for (let crash = 0; crash < 5; crash++) policy.onCrash({ at: crash, livedMs: 10 });
  expect(policy.onCrash({ at: 100_000, livedMs: 60_000 })).toBe(499);
});

test('five crashes within a minute are a loop, until they are a minute old', () => {
  const policy = createRestartPolicy(() => 0);
  for (let crash = 0; crash < 4; crash++) policy.onCrash({ at: crash * 1000, livedMs: 10 });
  expect(policy.isLooping(4_000)).toBe(false);
  policy.onCrash({ at: 4_000, livedMs: 10 });
  expect(policy.isLooping(4_000)).toBe(true);
  expect(policy.isLooping(59_999)).toBe(true);
  expect(policy.isLooping(60_000)).toBe(false);
});
