import { Chalk } from 'chalk';
import { expect, test } from 'vitest';
import { renderLogLine } from '../../../src/cli/ui/log-line.js';

const plain = new Chalk({ level: 0 });
const line = (entry: Record<string, unknown>): string => renderLogLine(JSON.stringify(entry), plain);
const time = new Date(2026, 1, 3, 4, 5, 6, 7).getTime();

test.each([
  {
    entry: { level: 30, time, msg: 'ready', pid: 1, url: 'http://x' },
    text: '2026-02-03 04:05:06.007 info  ready url=http://x',
  },
  { entry: { level: 'warn', time, msg: 'slow', ms: 12 }, text: '2026-02-03 04:05:06.007 warn  slow ms=12' },
  { entry: { level: 50, msg: 'bad', err: { message: 'x' } }, text: 'error bad err={"message":"x"}' },
  { entry: { msg: 'no level', nothing: null }, text: 'info  no level' },
])('$text', ({ entry, text }) => {
  expect(line(entry)).toBe(text);
});

test('what is no JSON is shown as it is, made harmless', () => {
  expect(renderLogLine('Error: boom\u001b[31m', plain)).toBe('Error: boom');
  expect(line({ level: 30, msg: 'a\u001b]0;title\u0007b\nc' })).toBe('info  ab c');
});
