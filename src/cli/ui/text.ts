import { stripVTControlCharacters } from 'node:util';

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;

/** One line of foreign text made harmless for a terminal: no escape sequences, no control characters. */
export const clean = (text: string): string => stripVTControlCharacters(text).replace(CONTROL, ' ');

/** How many terminal cells a text takes; colour codes take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const sign of stripVTControlCharacters(text)) width += WIDE.test(sign) ? 2 : 1;
  return width;
}

/** The text within `width` cells, its end replaced by an ellipsis when it is longer. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const sign of text) {
    const cells = WIDE.test(sign) ? 2 : 1;
    if (used + cells > width - 1) break;
    kept += sign;
    used += cells;
  }
  return `${kept}…`;
}

/** `1 model`, `2 models`; `one` is the singular. */
export const count = (amount: number, one: string, many = `${one}s`): string =>
  `${amount} ${amount === 1 ? one : many}`;

/** A length of time for people, in its two largest units: `3 d 4 h`, `12 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0 s';
  let rest = seconds;
  const parts: string[] = [];
  for (const [unit, size] of units.slice(first, first + 2)) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount} ${unit}`);
  }
  return parts.join(' ');
}
