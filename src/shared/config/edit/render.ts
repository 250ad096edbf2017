import { isRecord } from '../plain.js';

/** How a file is written, so that new parts look like the old ones. */
export interface Layout {
  readonly newline: '\n' | '\r\n';
  /** Spaces per level of a mapping. */
  readonly step: number;
  /** Spaces between a key and the dashes of its list. */
  readonly listStep: number;
}

/** Words that some YAML parser takes for something else than a text. */
const SPECIAL = /^(true|false|yes|no|on|off|y|n|null|nan|inf)$/i;
const PLAIN = /^[A-Za-z][\w./@+-]*$/;

/** A scalar on one line. Texts are quoted unless they are safe everywhere; `quote` is the style of the value replaced. */
export function scalarText(value: unknown, quote: 'single' | 'double' | 'none' = 'none'): string {
  if (typeof value !== 'string') return value === undefined ? 'null' : String(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: single quotes know no escapes
  if (quote === 'single' && !/[\u0000-\u001f\u007f-\uffff]/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  if (quote === 'none' && PLAIN.test(value) && !SPECIAL.test(value)) return value;
  return quoted(value);
}

/** JSON, with what YAML does not allow to stand by itself escaped as well. */
const quoted = (value: string): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** Any value on one line, as it may stand in `[ ]` and `{ }`. */
export function flowText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`;
  if (!isRecord(value)) return scalarText(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${scalarText(key)}: ${flowText(member)}`)
    .join(', ')}}`;
}

/** Whether a value takes lines of its own in block style. */
export const isBlock = (value: unknown): value is unknown[] | Record<string, unknown> =>
  (Array.isArray(value) && value.length > 0) || (isRecord(value) && Object.keys(value).length > 0);

/** The lines of a list or mapping whose dashes or keys stand at `column`. */
export function blockLines(value: unknown[] | Record<string, unknown>, column: number, layout: Layout): string[] {
  return Array.isArray(value)
    ? value.flatMap((item) => itemLines(item, column, layout))
    : Object.entries(value).flatMap(([key, member]) => memberLines(key, member, column, layout));
}

export function memberLines(key: string, value: unknown, column: number, layout: Layout): string[] {
  const head = `${' '.repeat(column)}${scalarText(key)}:`;
  if (!isBlock(value)) return [`${head} ${flowText(value)}`];
  return [head, ...blockLines(value, childColumn(value, column, layout), layout)];
}

export function itemLines(value: unknown, column: number, layout: Layout): string[] {
  const head = `${' '.repeat(column)}- `;
  if (!isBlock(value)) return [head + flowText(value)];
  const [first = '', ...rest] = blockLines(value, column + 2, layout);
  return [head + first.trimStart(), ...rest];
}

/** Where the content of a key at `column` stands. */
export const childColumn = (value: unknown, column: number, layout: Layout): number =>
  column + (Array.isArray(value) ? layout.listStep : layout.step);
