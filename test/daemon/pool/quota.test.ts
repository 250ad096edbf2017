import { describe, expect, test } from 'vitest';
import { openHealth } from '../../../src/daemon/pool/health.js';
import { matchesName } from '../../../src/daemon/pool/name-pattern.js';
import { isQuotaRecord, openQuotaBook } from '../../../src/daemon/pool/quota.js';
import { openPlanQuota } from '../../../src/daemon/pool/quota-threshold.js';
import { openPoolState } from '../../../src/daemon/pool/state.js';
import type { QuotaFacts, QuotaWindow } from '../../../src/daemon/providers/provider.js';
import { credential, fakeClock } from '../../support/pool.js';

const window = (id: string, more: Partial<QuotaWindow> = {}): QuotaWindow => ({
  id,
  title: id,
  usedPercent: 0,
  ...more,
});
const facts = (at: number, ...windows: QuotaWindow[]): QuotaFacts => ({ windows, source: 'response-headers', at });

const NOW = 1_000_000;
const HOUR = 3_600_000;

describe('what is known of an account', () => {
  test('is kept window by window', () => {
    const book = openQuotaBook(openHealth());
    book.note('a', { ...facts(1, window('five_hour', { usedPercent: 10 }), window('opus')), plan: 'max' });
    book.note('a', facts(2, window('five_hour', { usedPercent: 20 })));
    expect(book.of('a')).toMatchObject({ at: 2, plan: 'max' });
    expect(book.of('a')?.windows.map(({ id, usedPercent }) => [id, usedPercent])).toEqual([
      ['five_hour', 20],
      ['opus', 0],
    ]);
    expect(book.of('b')).toBeUndefined();
  });

  test('survives a restart, and a reset forgets it', () => {
    const before = openPoolState();
    before.quota.note('a', facts(NOW, window('five_hour')));
    const after = openPoolState();
    after.restore(JSON.parse(JSON.stringify(before.records(NOW))), NOW);
    expect(after.quota.of('a')).toEqual(before.quota.of('a'));
    const revision = after.revision();
    after.reset('a');
    expect(after.quota.of('a')).toBeUndefined();
    expect(after.revision()).not.toBe(revision);
  });

  test.each([
    [{ credentialId: 'a', facts: facts(1, window('w')) }, true],
    [{ credentialId: 'a', facts: { windows: [{ id: 1 }], at: 1, source: 'usage-call' } }, false],
    [{ credentialId: 'a', facts: { windows: [], at: 'x', source: 'usage-call' } }, false],
    [{ credentialId: 'a' }, false],
    ['nonsense', false],
  ])('%j can be taken back: %s', (value, expected) => {
    expect(isQuotaRecord(value)).toBe(expected);
  });
});

describe('fresh facts', () => {
  const cooled = (modelId?: string, reason: 'quota' | 'rate-limit' = 'quota') => {
    const health = openHealth();
    health.cool('a', modelId, { reason, ms: 10 * HOUR }, NOW);
    return {
      health,
      book: openQuotaBook(health),
      isResting: (model = 'm') => health.blocked('a', model, NOW) !== undefined,
    };
  };

  test('end the rest of an account whose limits have something left', () => {
    const { book, isResting } = cooled();
    book.note('a', facts(NOW, window('five_hour', { exhausted: false })));
    expect(isResting()).toBe(false);
  });

  test('leave it while another limit is spent', () => {
    const { book, isResting } = cooled();
    book.note('a', facts(NOW, window('seven_day', { exhausted: true, resetsAt: NOW + HOUR })));
    book.note('a', facts(NOW, window('five_hour', { exhausted: false })));
    expect(isResting()).toBe(true);
  });

  test('do not hold a limit against it after its reset', () => {
    const { book, isResting } = cooled();
    book.note('a', facts(NOW - HOUR, window('seven_day', { exhausted: true, resetsAt: NOW - 1 })));
    book.note('a', facts(NOW, window('five_hour', { exhausted: false })));
    expect(isResting()).toBe(false);
  });

  test('of one family end the rest of its models only', () => {
    const { health, book } = cooled('opus-1');
    health.cool('a', 'sonnet-1', { reason: 'quota', ms: HOUR }, NOW);
    book.note('a', facts(NOW, window('opus', { exhausted: false, models: 'opus-*' })));
    expect(health.blocked('a', 'opus-1', NOW)).toBeUndefined();
    expect(health.blocked('a', 'sonnet-1', NOW)).toBeDefined();
  });

  test.each([
    { name: 'say nothing on a rest for another reason', set: cooled('m', 'rate-limit'), id: 'a' },
    { name: 'of another account say nothing', set: cooled('m'), id: 'b' },
  ])('$name', ({ set, id }) => {
    set.book.note(id, facts(NOW, window('five_hour', { exhausted: false })));
    expect(set.isResting()).toBe(true);
  });
});

describe('claude-quota-threshold', () => {
  const open = (
    thresholds: Record<string, number>,
    used: Partial<QuotaWindow> | undefined,
    askQuota?: () => Promise<QuotaFacts>,
  ) => {
    const clock = fakeClock(NOW);
    const book = openQuotaBook(openHealth());
    if (used !== undefined) book.note('a', facts(NOW, window('five_hour', used)));
    const claude = credential('a');
    const account = {
      ...claude,
      provider: { id: 'claude', title: 'Claude', reasoningFamily: 'anthropic' } as const,
      upstream: { ...claude.upstream, ...(askQuota === undefined ? {} : { askQuota }) },
    };
    const quota = openPlanQuota({ book, thresholds, now: clock.now });
    return { quota, clock, book, check: (model: string) => quota.withheld(account, model) };
  };
  const RESET = { resetsAt: NOW + 3_722_400 };

  test.each([
    ['claude-opus-5', 83, true],
    ['claude-opus-5', 80, true],
    ['claude-opus-5', 79.9, false],
    ['claude-sonnet-4-6', 94, false],
    ['claude-sonnet-4-6', 95, true],
    ['claude-haiku-4-5', 100, false],
  ])('keeps %s at %d %% back: %s', (model, usedPercent, isKept) => {
    const { check } = open({ 'claude-opus-*': 80, 'claude-sonnet-4-6': 95 }, { usedPercent, ...RESET });
    expect(check(model) !== undefined).toBe(isKept);
  });

  test('takes the exact name first, then the longest pattern, in whatever order they stand', () => {
    const pairs = [
      ['*', 10],
      ['claude-*', 90],
      ['claude-opus-*', 95],
      ['claude-opus-5', 99],
    ] as const;
    for (const thresholds of [pairs, pairs.toReversed()].map((list) => Object.fromEntries(list))) {
      const { check } = open(thresholds, { usedPercent: 92, ...RESET });
      expect(check('claude-opus-5')).toBeUndefined();
      expect(check('claude-opus-4-8')).toBeUndefined();
      expect(check('claude-sonnet-5')).toBeDefined();
    }
  });

  test('answers 429 with a body of its own and the time to the reset', () => {
    const failure = open({ 'claude-*': 80 }, { usedPercent: 83, ...RESET }).check('claude-opus-5');
    expect(failure).toMatchObject({
      status: 429,
      code: 'quota_threshold_exceeded',
      retryAfterMs: 3_723_000,
      isVerbatim: true,
    });
    expect(JSON.parse(failure?.body ?? '')).toEqual({
      error: {
        code: 'quota_threshold_exceeded',
        message: expect.stringContaining('83 %'),
        model: 'claude-opus-5',
        provider: 'claude',
        utilization: 83,
        threshold: 80,
        reset_time: '1h2m3s',
        reset_seconds: 3723,
      },
    });
  });

  test.each([
    [2_520_000, '42m0s'],
    [5000, '5s'],
    [7_200_000, '2h0m0s'],
  ])('writes %d ms as %s', (ms, text) => {
    const failure = open({ '*': 1 }, { usedPercent: 50, resetsAt: NOW + ms }).check('m');
    expect(failure?.body).toContain(`"reset_time":"${text}"`);
  });

  test('lets pass what it does not know, what has been reset, and other providers', () => {
    expect(open({ '*': 1 }, undefined).check('m')).toBeUndefined();
    expect(open({ '*': 1 }, { usedPercent: 50, resetsAt: NOW }).check('m')).toBeUndefined();
    const { quota } = open({ '*': 1 }, { usedPercent: 50, ...RESET });
    expect(quota.withheld(credential('a'), 'm')).toBeUndefined();
  });

  test('asks for the figure beside the request when it is old, and not more often than each five minutes', async () => {
    let asked = 0;
    const { check, clock } = open({ '*': 80 }, undefined, async () => {
      asked++;
      return facts(clock.now(), window('five_hour', { usedPercent: 90, resetsAt: NOW + HOUR }));
    });
    expect(check('m')).toBeUndefined();
    expect(check('m')).toBeUndefined();
    await new Promise(setImmediate);
    expect(asked).toBe(1);
    expect(check('m')).toBeDefined();
    clock.advance(5 * 60_000 + 1);
    check('m');
    expect(asked).toBe(2);
  });

  test('goes on without the figure where it cannot be had', async () => {
    const { check } = open({ '*': 80 }, undefined, () => Promise.reject(new Error('403')));
    expect(check('m')).toBeUndefined();
    await new Promise(setImmediate);
    expect(check('m')).toBeUndefined();
  });
});

test.each([
  ['claude-opus-*', 'claude-opus-5', true],
  ['claude-opus-*', 'claude-sonnet-5', false],
  ['Claude-Opus-5', 'claude-opus-5', true],
  ['m?', 'm1', true],
  ['m?', 'm', false],
  ['m[12]', 'm2', true],
  ['m[!12]', 'm2', false],
  ['m[!12]', 'm3', true],
  ['a.b', 'axb', false],
  ['a(b)+', 'a(b)+', true],
  ['[', '[', true],
])('the pattern %s fits %s: %s', (pattern, name, expected) => {
  expect(matchesName(pattern, name)).toBe(expected);
});
