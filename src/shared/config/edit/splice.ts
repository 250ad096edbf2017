import { type Document, isCollection, isMap, isScalar, isSeq, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Path } from '../path.js';
import type { Step } from './changes.js';
import {
  blockLines,
  childColumn,
  flowText,
  isBlock,
  itemLines,
  type Layout,
  memberLines,
  scalarText,
} from './render.js';
import {
  columnOf,
  isBlank,
  isFirstOnLine,
  itemSpots,
  layoutOf,
  lineEnd,
  lineStart,
  memberSpots,
  nextLine,
  nodeAt,
  type Spot,
} from './spots.js';

/** A text with its document, whose tokens were kept. */
export interface Sheet {
  readonly text: string;
  readonly document: Document;
}

/** Does one step in the text itself, so that all other signs stay; undefined for the few notations it does not know. */
export function spliceStep(sheet: Sheet, step: Step): string | undefined {
  const layout = layoutOf(sheet.text, sheet.document);
  switch (step.type) {
    case 'replace':
      return replaceValue(sheet, step.path, step.value, layout);
    case 'add-member':
      return addMember(sheet, step, layout);
    case 'insert-item':
      return insertItem(sheet, step, layout);
    case 'remove':
      return removeAt(sheet, step.path, layout);
  }
}

const cut = (text: string, from: number, to: number, insert = ''): string =>
  text.slice(0, from) + insert + text.slice(to);

interface Place {
  readonly parent: YAMLMap | YAMLSeq;
  readonly spots: readonly Spot[];
  readonly index: number;
  readonly spot: Spot;
}

function placeOf({ text, document }: Sheet, path: Path): Place | undefined {
  const parent = nodeAt(document, path.slice(0, -1));
  const last = path.at(-1);
  const spots = isMap(parent) ? memberSpots(text, parent) : isSeq(parent) ? itemSpots(text, parent) : undefined;
  if (spots === undefined || (!isMap(parent) && !isSeq(parent))) return undefined;
  const index = isMap(parent)
    ? parent.items.findIndex(({ key }) => isScalar(key) && keyOf(key) === last)
    : Number(last);
  const spot = spots[index];
  return spot === undefined ? undefined : { parent, spots, index, spot };
}

const keyOf = (key: { value: unknown; source?: string }): string =>
  typeof key.value === 'string' ? key.value : String(key.value);

function replaceValue(sheet: Sheet, path: Path, value: unknown, layout: Layout): string | undefined {
  const { text } = sheet;
  const place = placeOf(sheet, path);
  if (place === undefined) return undefined;
  const { parent, spot } = place;
  const from = spot.node?.range?.[0];
  const gap = text.slice(spot.valueFrom, from ?? spot.valueFrom);
  // An anchor or a tag belongs to the old value.
  if (/^[^#]*[&!]/.test(gap)) return undefined;
  const isOldBlock = isCollection(spot.node) && !spot.node.flow;
  if (parent.flow || !isBlock(value)) {
    const inline = isScalar(spot.node) ? scalarText(value, quoteOf(spot.node)) : '';
    const written =
      Array.isArray(value) || (typeof value === 'object' && value !== null) || inline === '' ? flowText(value) : inline;
    if (from === undefined) return cut(text, spot.valueFrom, spot.valueFrom, ` ${written}`);
    if (!gap.includes('\n')) return cut(text, from, spot.end, written);
    const emptied = cut(text, lineStart(text, from), nextLine(text, spot.end));
    return cut(emptied, spot.valueFrom, spot.valueFrom, ` ${written}`);
  }
  const { newline } = layout;
  const column = columnOf(text, spot.start);
  if (isSeq(parent)) {
    const [first = '', ...rest] = itemLines(value, column, layout);
    return cut(text, spot.valueFrom, spot.end, [first.slice(column + 1), ...rest].join(newline));
  }
  const lines = blockLines(value, childColumn(value, column, layout), layout).join(newline);
  if (isOldBlock && gap.includes('\n')) return cut(text, lineStart(text, from ?? 0), spot.end, lines);
  if (gap.includes('\n')) return undefined;
  const end = lineEnd(text, spot.end);
  return cut(text, spot.valueFrom, end, text.slice(spot.end, end) + newline + lines);
}

function quoteOf({ type }: { type?: string }): 'single' | 'double' | 'none' {
  return type === 'QUOTE_SINGLE' ? 'single' : type === 'QUOTE_DOUBLE' ? 'double' : 'none';
}

function addMember(
  sheet: Sheet,
  { path, key, value }: Extract<Step, { type: 'add-member' }>,
  layout: Layout,
): string | undefined {
  const { text, document } = sheet;
  const { newline } = layout;
  const map = nodeAt(document, path);
  if (path.length === 0 && (map === null || (isScalar(map) && map.source === ''))) {
    return withNewline(text, newline) + memberLines(key, value, 0, layout).join(newline) + newline;
  }
  if (!isMap(map)) return undefined;
  const spots = memberSpots(text, map);
  const last = spots?.at(-1);
  if (spots === undefined) return undefined;
  if (map.flow) {
    const member = `${scalarText(key)}: ${flowText(value)}`;
    if (last !== undefined) return cut(text, last.end, last.end, `, ${member}`);
    const replaced = path.length === 0 ? undefined : replaceValue(sheet, path, { [key]: value }, layout);
    return replaced ?? insertBeforeBracket(text, map.range?.[1], member);
  }
  const first = spots[0];
  if (first === undefined || last === undefined) return undefined;
  const column = columnOf(text, first.start);
  const lines = memberLines(key, value, column, layout).join(newline);
  if (path.length === 0 && !/^\.\.\./m.test(text)) return withNewline(text, newline) + lines + newline;
  const end = endOfBlock(text, last.end, column);
  return cut(text, end, end, newline + lines);
}

function insertItem(
  sheet: Sheet,
  { path, index, value }: Extract<Step, { type: 'insert-item' }>,
  layout: Layout,
): string | undefined {
  const { text, document } = sheet;
  const { newline } = layout;
  const seq = nodeAt(document, path);
  if (!isSeq(seq)) return undefined;
  const spots = itemSpots(text, seq);
  const last = spots?.at(-1);
  if (spots === undefined) return undefined;
  const next = spots[index];
  if (seq.flow) {
    if (next !== undefined) return cut(text, next.start, next.start, `${flowText(value)}, `);
    if (last !== undefined) return cut(text, last.end, last.end, `, ${flowText(value)}`);
    return replaceValue(sheet, path, [value], layout) ?? insertBeforeBracket(text, seq.range?.[1], flowText(value));
  }
  if (last === undefined) return undefined;
  const column = columnOf(text, last.start);
  const lines = itemLines(value, column, layout).join(newline);
  if (next === undefined) {
    const end = endOfBlock(text, last.end, column);
    return cut(text, end, end, newline + lines);
  }
  const previous = spots[index - 1];
  if (previous === undefined) {
    // `- - a`: the new item takes the place behind the outer dash.
    if (!isFirstOnLine(text, next.start)) {
      return cut(text, next.start, next.start, lines.trimStart() + newline + ' '.repeat(column));
    }
    const start = startOfComments(text, lineStart(text, next.start), column);
    return cut(text, start, start, lines + newline);
  }
  const end = endOfBlock(text, previous.end, column + 1);
  return cut(text, end, end, newline + lines);
}

function removeAt(sheet: Sheet, path: Path, layout: Layout): string | undefined {
  const { text } = sheet;
  const place = placeOf(sheet, path);
  if (place === undefined) return undefined;
  const { parent, spots, index, spot } = place;
  if (spots.length === 1 && path.length > 1) {
    return replaceValue(sheet, path.slice(0, -1), isMap(parent) ? {} : [], layout);
  }
  const next = spots[index + 1];
  if (parent.flow) {
    const previous = spots[index - 1];
    if (next !== undefined) return cut(text, spot.start, next.start);
    return previous === undefined ? undefined : cut(text, previous.end, spot.end);
  }
  const end = endOfBlock(text, spot.end, columnOf(text, spot.start) + 1);
  if (isFirstOnLine(text, spot.start)) return cut(text, lineStart(text, spot.start), nextLine(text, end));
  if (next === undefined) return undefined;
  // The first member or item of a list item stands behind its dash; the next one moves up, unless comments stand between.
  if (isBlank(text.slice(end, next.start))) return cut(text, spot.start, next.start);
  const dashEnd = text.slice(0, spot.start).trimEnd().length;
  return cut(text, dashEnd, end);
}

function insertBeforeBracket(text: string, end: number | undefined, inner: string): string | undefined {
  return end === undefined ? undefined : cut(text, end - 1, end - 1, inner);
}

/** The end of a value's last line, and of the comment lines below that are indented as its content is. */
function endOfBlock(text: string, offset: number, column: number): number {
  let end = lineEnd(text, offset);
  for (;;) {
    const start = nextLine(text, end);
    const line = /^( *)#/.exec(text.slice(start, lineEnd(text, start)));
    if (line === null || (line[1]?.length ?? 0) < column) return end;
    end = lineEnd(text, start);
  }
}

/** The first of the comment lines right above a line that are indented as it is: they speak of it. */
function startOfComments(text: string, start: number, column: number): number {
  let first = start;
  while (first > 0) {
    const above = lineStart(text, first - 1);
    if (!text.slice(above, first).startsWith(`${' '.repeat(column)}#`)) break;
    first = above;
  }
  return first;
}

const withNewline = (text: string, newline: string): string =>
  text === '' || text.endsWith('\n') ? text : text + newline;
