import { expect, test } from 'vitest';
import { type Check, sumUp, worst } from '../../../src/cli/doctor/check.js';
import { runChecks } from '../../../src/cli/doctor/run.js';

const collect = async (checks: readonly Check<undefined>[]) => {
  const reports = [];
  for await (const report of runChecks(checks, undefined)) reports.push(report);
  return reports;
};

test('checks run together and are shown in their order', async () => {
  let release: (() => void) | undefined;
  const slow: Check<undefined> = {
    id: 'slow',
    title: 'Slow',
    run: () => new Promise((done) => (release = () => done({ state: 'ok', message: 'late' }))),
  };
  const quick: Check<undefined> = {
    id: 'quick',
    title: 'Quick',
    run: async () => {
      release?.();
      return { state: 'ok', message: 'at once' };
    },
  };
  expect((await collect([slow, quick])).map(({ id }) => id)).toEqual(['slow', 'quick']);
});

test('a check that throws or hangs becomes a warning and holds up no other', async () => {
  let isAborted = false;
  const hanging: Check<undefined> = {
    id: 'hanging',
    title: 'Hanging',
    timeoutMs: 20,
    run: (_, signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => (isAborted = true));
      }),
  };
  const broken: Check<undefined> = { id: 'broken', title: 'Broken', run: () => Promise.reject(new Error('boom')) };
  const reports = await collect([hanging, broken]);
  expect(reports).toMatchObject([
    { id: 'hanging', state: 'warning', message: 'no answer within 0.02 s' },
    { id: 'broken', state: 'warning', message: 'could not be checked: boom' },
  ]);
  expect(isAborted).toBe(true);
});

test('the gravest state wins; what was skipped counts for nothing', () => {
  expect(worst([])).toBe('ok');
  expect(worst(['skipped', 'ok'])).toBe('ok');
  expect(worst(['ok', 'problem', 'warning'])).toBe('problem');
});

test('one finding speaks for itself, several are counted', () => {
  const bad = { state: 'warning', message: 'old', hint: 'renew' } as const;
  expect(sumUp([], 'all fine')).toEqual({ state: 'ok', message: 'all fine' });
  expect(sumUp([bad], 'all fine')).toEqual(bad);
  expect(sumUp([bad, { state: 'ok', message: 'new' }], 'all fine')).toMatchObject({
    state: 'warning',
    message: '1 of 2 need attention',
  });
});
