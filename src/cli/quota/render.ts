import type { AccountQuota } from '../../shared/contract/credentials.js';
import type { Output } from '../ui/output.js';
import { clean, displayWidth, duration, truncate } from '../ui/text.js';

type QuotaWindow = AccountQuota['windows'][number];

export interface QuotaStyle {
  readonly color: Output['color'];
  /** Width of the terminal; absent: a pipe, 80 is taken. */
  readonly width: number | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

const MIN_BAR = 8;
const MAX_BAR = 24;
const MAX_TITLE = 22;
const INDENT = '  ';
const GAP = '  ';

/** Each account with its windows below it, in columns that stand under each other through all of them. */
export function renderQuota(accounts: readonly AccountQuota[], style: QuotaStyle): string {
  const rows = accounts.flatMap(({ windows }) => windows).map((window) => cellsOf(window, style.now));
  const widest = (column: keyof Cells): number =>
    Math.max(displayWidth(HEADINGS[column]), ...rows.map((row) => displayWidth(row[column])));
  const title = Math.min(MAX_TITLE, widest('title'));
  const widths = { title, used: widest('used'), left: widest('left'), reset: widest('reset') };
  const others = Object.values(widths).reduce((sum, width) => sum + width + GAP.length, 0);
  const bar = Math.min(MAX_BAR, Math.max(MIN_BAR, (style.width ?? 80) - INDENT.length - others));
  const blocks = accounts.map((account) => renderAccount(account, { ...widths, bar }, style)).join('\n\n');
  return rows.length === 0 ? blocks : `${style.color.dim(lineOf(HEADINGS, ' '.repeat(bar), widths))}\n${blocks}`;
}

const HEADINGS: Cells = { title: 'LIMIT', used: 'USED', left: 'LEFT', reset: 'STARTS ANEW' };

/** Cells under their headings; `paint` and `dim` colour what is used and when it ends. */
function lineOf(cells: Cells, bar: string, widths: Widths, paint = plain, dim = plain): string {
  const left = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - displayWidth(text)));
  const right = (text: string, width: number): string => ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
  return [
    INDENT + left(truncate(cells.title, widths.title), widths.title),
    bar,
    paint(right(cells.used, widths.used)),
    right(cells.left, widths.left),
    dim(cells.reset),
  ]
    .join(GAP)
    .trimEnd();
}

const plain = (text: string): string => text;

interface Cells {
  readonly title: string;
  readonly used: string;
  readonly left: string;
  readonly reset: string;
}

type Widths = Readonly<Record<keyof Cells, number>>;

function renderAccount(account: AccountQuota, widths: Widths & { readonly bar: number }, style: QuotaStyle): string {
  const { color } = style;
  const { label, provider, plan, windows, error } = account;
  const vendor = label.startsWith(provider) ? [] : [provider];
  const kind = [...vendor, ...(plan === undefined ? [] : [plan])].map(clean).join(' ');
  const heading = color.bold(clean(label)) + (kind === '' ? '' : `  ${kind}`);
  return [
    heading + color.dim(sourceText(account, style.now)),
    ...windows.map((window) => renderWindow(window, widths, style)),
    ...(error === undefined ? [] : [`${INDENT}${color.yellow(clean(error))}`]),
    ...(windows.length === 0 && error === undefined ? [`${INDENT}${color.dim(NOTHING_YET)}`] : []),
  ].join('\n');
}

const NOTHING_YET = 'nothing known yet: the vendor tells it with an answer, or --refresh asks for it';

/** Who said so, and how long ago. */
function sourceText({ source, at }: AccountQuota, now: number): string {
  if (source === undefined && at === undefined) return '';
  const who = source === 'usage-call' ? 'asked' : source === 'response-headers' ? 'seen in an answer' : 'known';
  return at === undefined ? `  ${who}` : `  ${who} ${ago(now - at)}`;
}

const ago = (ms: number): string => (ms < 1_000 ? 'just now' : `${duration(ms)} ago`);

function renderWindow(window: QuotaWindow, widths: Widths & { readonly bar: number }, style: QuotaStyle): string {
  const { color, now } = style;
  const paint = color[levelOf(window)];
  return lineOf(cellsOf(window, now), renderBar(window, widths.bar, paint, color.dim), widths, paint, color.dim);
}

function cellsOf(window: QuotaWindow, now: number): Cells {
  const { title, usedPercent, used, limit, unit, resetsAt } = window;
  const rest = Math.max(0, 100 - usedPercent);
  const isCounted = used !== undefined && limit !== undefined;
  return {
    title: clean(title),
    used: percent(usedPercent),
    left:
      window.exhausted === true
        ? 'nothing'
        : isCounted
          ? `${number(Math.max(0, limit - used))} of ${number(limit)}${unit === undefined ? '' : ` ${clean(unit)}`}`
          : percent(rest),
    reset: resetsAt === undefined ? '' : resetText(resetsAt, now),
  };
}

const percent = (value: number): string => `${Math.round(value)}%`;
const number = (value: number): string => String(Math.round(value * 10) / 10);

/** `green` while there is plenty, `red` when it is nearly gone. */
export function levelOf({ usedPercent, exhausted }: QuotaWindow): 'green' | 'yellow' | 'red' {
  if (exhausted === true || usedPercent >= 90) return 'red';
  return usedPercent >= 70 ? 'yellow' : 'green';
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

function renderBar(
  { usedPercent }: QuotaWindow,
  width: number,
  paint: (text: string) => string,
  dim: (text: string) => string,
): string {
  const eighths = Math.round((Math.min(100, Math.max(0, usedPercent)) / 100) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  const empty = '░'.repeat(width - displayWidth(full));
  return (full === '' ? '' : paint(full)) + (empty === '' ? '' : dim(empty));
}

const DAY_MS = 86_400_000;

/** `in 2 h 5 min, 14:30`: how long, and the moment in local time, with as much of the date as is needed. */
export function resetText(resetsAt: number, now: number): string {
  if (resetsAt <= now) return 'starts anew';
  const at = new Date(resetsAt);
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  const isToday = at.toDateString() === new Date(now).toDateString();
  const moment = isToday
    ? clock
    : resetsAt - now < 6 * DAY_MS
      ? `${DAYS[at.getDay()] ?? ''} ${clock}`
      : `${at.getDate()} ${MONTHS[at.getMonth()] ?? ''} ${clock}`;
  return `in ${duration(resetsAt - now)}, ${moment}`;
}

const two = (value: number): string => String(value).padStart(2, '0');
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
