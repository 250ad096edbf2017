import type { ChalkInstance } from 'chalk';
import { clean } from './text.js';

const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const SHOWN_ELSEWHERE = new Set(['level', 'time', 'msg', 'message', 'pid', 'hostname', 'name', 'v']);

/** One JSON log line for people: time, level, message, then the rest as `key=value`. Other text stays as it is. */
export function renderLogLine(line: string, color: ChalkInstance): string {
  const entry = parse(line);
  if (entry === undefined) return clean(line);
  const level = levelOf(entry['level']);
  const message = textOf(entry['msg'] ?? entry['message']);
  const rest = Object.entries(entry)
    .filter(([key, value]) => !SHOWN_ELSEWHERE.has(key) && value !== undefined && value !== null)
    .map(([key, value]) => color.dim(`${clean(key)}=${textOf(value)}`));
  return [color.dim(timeOf(entry['time'])), paint(level, color), message, ...rest]
    .filter((part) => part !== '')
    .join(' ');
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined; // not JSON: a line the run-time printed, shown as it is
  }
}

function timeOf(time: unknown): string {
  const date = new Date(typeof time === 'number' || typeof time === 'string' ? time : Number.NaN);
  if (Number.isNaN(date.getTime())) return '';
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function levelOf(level: unknown): string {
  if (typeof level === 'number') return LEVELS[level] ?? String(level);
  return typeof level === 'string' ? clean(level) : 'info';
}

function paint(level: string, color: ChalkInstance): string {
  const padded = level.padEnd(5);
  if (level === 'error' || level === 'fatal') return color.red(padded);
  if (level === 'warn') return color.yellow(padded);
  return level === 'info' ? color.green(padded) : color.dim(padded);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return clean(value);
  return value === undefined ? '' : clean(JSON.stringify(value));
}
