import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import { levelOf, renderQuota, resetText } from '../../../src/cli/quota/render.js';
import { displayWidth } from '../../../src/cli/ui/text.js';
import type { AccountQuota } from '../../../src/shared/contract/credentials.js';

const color = new Chalk({ level: 0 });
const now = new Date(2026, 0, 6, 12, 0).getTime();
const hour = 3_600_000;

const claude: AccountQuota = {
  credential: 'a1',
  label: 'ann@example.test',
  provider: 'claude',
  plan: 'max',
  source: 'response-headers',
  at: now - 150_000,
  windows: [
    { id: 'five_hour', title: '5 hours', usedPercent: 42, resetsAt: now + 2 * hour + 600_000 },
    { id: 'seven_day', title: '7 days', usedPercent: 93, resetsAt: now + 60 * hour },
    { id: 'opus', title: '7 days, Opus', usedPercent: 104, exhausted: true, resetsAt: now + 60 * hour },
  ],
};
const copilot: AccountQuota = {
  credential: 'b2',
  label: 'bob',
  provider: 'copilot',
  source: 'usage-call',
  at: now,
  windows: [
    {
      id: 'premium',
      title: 'Premium requests',
      usedPercent: 75,
      used: 225,
      limit: 300,
      resetsAt: now + 28 * 24 * hour,
    },
  ],
};

test('each window says what is used, what is left, and when it starts anew', () => {
  expect(
    renderQuota([claude, copilot], { color, width: 90, now }),
  ).toBe(`  LIMIT                                       USED       LEFT  STARTS ANEW
ann@example.test  claude max  seen in an answer 2 min 30 s ago
  5 hours           ██████████▏░░░░░░░░░░░░░   42%        58%  in 2 h 10 min, 14:10
  7 days            ██████████████████████▍░   93%         7%  in 2 d 12 h, Fri 00:00
  7 days, Opus      ████████████████████████  104%    nothing  in 2 d 12 h, Fri 00:00

bob  copilot  asked just now
  Premium requests  ██████████████████░░░░░░   75%  75 of 300  in 28 d, 3 Feb 12:00`);
});

test.each([80, 100, 200])('every line fits %i columns', (width) => {
  const shown = renderQuota([claude, copilot], { color, width, now });
  const widest = Math.max(...shown.split('\n').map(displayWidth));
  expect(widest).toBeLessThanOrEqual(width);
});

test('what is not known is said, and why', () => {
  const shown = renderQuota(
    [
      { credential: 'a', label: 'ann', provider: 'claude', windows: [] },
      { credential: 'b', label: 'bob', provider: 'codex', windows: [], error: 'the vendor answered 403' },
    ],
    { color, width: 80, now },
  );
  expect(shown).toMatch(/^ann {2}claude\n {2}nothing known yet/);
  expect(shown).toContain('  the vendor answered 403');
});

describe('colours tell how near the end is', () => {
  test.each([
    { usedPercent: 0, level: 'green' },
    { usedPercent: 69, level: 'green' },
    { usedPercent: 70, level: 'yellow' },
    { usedPercent: 90, level: 'red' },
    { usedPercent: 10, exhausted: true, level: 'red' },
  ])('$usedPercent % is $level', ({ level, ...window }) => {
    expect(levelOf({ id: 'w', title: 'w', ...window })).toBe(level);
  });
});

test.each([
  { in: -1, says: 'starts anew' },
  { in: 90_000, says: 'in 1 min 30 s, 12:01' },
  { in: 24 * hour, says: 'in 1 d, Wed 12:00' },
  { in: 9 * 24 * hour, says: 'in 9 d, 15 Jan 12:00' },
])('a moment is told with as much of the date as is needed: $says', ({ in: ms, says }) => {
  expect(resetText(now + ms, now)).toBe(says);
});

test('foreign words cannot move the cursor', () => {
  const evil = { ...copilot, label: 'x\u001b[2Jy', error: '\u001b]0;title\u0007z' };
  const shown = renderQuota([evil], { color, width: 80, now });
  for (const sign of ['\u001b', '\u0007']) expect(shown).not.toContain(sign);
});
