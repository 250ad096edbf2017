import { expect, test } from 'vitest';
import { soak } from '../../support/soak.js';

const REQUESTS = 20_000;

// `npm run soak` is the same for ten minutes.
test('no request is lost that somebody could have served, nobody stays away, and nothing grows', {
  timeout: 120_000,
}, async () => {
  const report = await soak({ goesOn: ({ requests }) => requests < REQUESTS });
  expect(report.lost).toEqual([]);
  expect(report.stuck).toEqual([]);
  expect(report.running).toBe(0);
  expect(report.served).toBeGreaterThan(REQUESTS * 0.8);
  expect(report.abandoned).toBeGreaterThan(0);
  expect(report.broken).toBeGreaterThan(0);
  expect(report.heapAfter - report.heapBefore).toBeLessThan(8);
});
