import { beforeEach, expect, test } from 'vitest';
import { formatDuration, type LockOut, openLockOut } from '../../../src/daemon/control/lock-out.js';

let now: number;
let lockOut: LockOut;
beforeEach(() => {
  now = 1_000_000;
  lockOut = openLockOut(() => now);
});
const fail = (address: string, times: number): void => {
  for (let count = 0; count < times; count++) lockOut.noteFailure(address);
};

test('one host cannot come again from another address of its IPv6 network', () => {
  fail('2001:db8:0:1::1', 3);
  fail('2001:db8:0:1:ffff::2', 2);
  expect(lockOut.remainingMs('2001:db8::1:0:0:0:9')).toBeGreaterThan(0);
  expect(lockOut.remainingMs('2001:db8:0:2::1')).toBe(0);
});

test('many addresses take bounded room, and push no ban out', () => {
  fail('192.0.2.1', 5);
  for (let count = 0; count < 20_000; count++) {
    lockOut.noteFailure(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`);
  }
  expect(lockOut.remainingMs('192.0.2.1')).toBeGreaterThan(0);
});

test('a ban that has ended counts anew', () => {
  fail('192.0.2.1', 5);
  now += 30 * 60_000;
  expect(lockOut.remainingMs('192.0.2.1')).toBe(0);
  fail('192.0.2.1', 4);
  expect(lockOut.remainingMs('192.0.2.1')).toBe(0);
  fail('192.0.2.1', 1);
  expect(lockOut.remainingMs('192.0.2.1')).toBe(30 * 60_000);
});

test.each([
  [1_798_400, '29m58s'],
  [1_800_000, '30m0s'],
  [59_000, '59s'],
  [1, '1s'],
  [3_661_000, '1h1m1s'],
])('%i ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
