import {
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Path } from '../path.js';
import type { Layout } from './render.js';

/** A value inside its parent, with the offsets one needs to write around it. */
export interface Spot {
  readonly node: Node | undefined;
  /** Start of the key, or of the dash; in flow style of the item itself. */
  readonly start: number;
  /** Behind the colon or the dash: where a value may begin. */
  readonly valueFrom: number;
  /** Behind the last sign of the value, comments not counted. */
  readonly end: number;
}

export const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** The end of a line without its line break. */
export function lineEnd(text: string, offset: number): number {
  const found = text.indexOf('\n', offset);
  const end = found < 0 ? text.length : found;
  return end > offset && text[end - 1] === '\r' ? end - 1 : end;
}

/** The start of the next line, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const found = text.indexOf('\n', offset);
  return found < 0 ? text.length : found + 1;
}

/** A byte order mark takes no column. */
export const columnOf = (text: string, offset: number): number => {
  const start = lineStart(text, offset);
  return offset - start - (start === 0 && text.startsWith('\ufeff') ? 1 : 0);
};

/** YAML knows no other white space: U+2028 and the like are part of a text. */
export const isBlank = (text: string): boolean => /^[ \t\r\n]*$/.test(text);

/** Whether only spaces stand before an offset on its line. */
export const isFirstOnLine = (text: string, offset: number): boolean =>
  columnOf(text, offset) === 0 || isBlank(text.slice(lineStart(text, offset), offset));

export function nodeAt(document: Document, path: Path): unknown {
  return path.length === 0 ? document.contents : document.getIn(path, true);
}

/** The members of a mapping in file order; undefined when one is written in a way that is not spliced (`? key`). */
export function memberSpots(text: string, map: YAMLMap): Spot[] | undefined {
  const spots: Spot[] = [];
  for (const pair of map.items) {
    const spot = memberSpot(text, pair);
    if (spot === undefined) return undefined;
    spots.push(spot);
  }
  return spots;
}

function memberSpot(text: string, { key, value, srcToken }: Pair): Spot | undefined {
  if (srcToken === undefined || !isScalar(key) || !key.range) return undefined;
  if (srcToken.start.some(({ type }) => type === 'explicit-key-ind' || type === 'anchor' || type === 'tag'))
    return undefined;
  const colon = srcToken.sep?.find(({ type }) => type === 'map-value-ind')?.offset;
  if (colon === undefined) return undefined;
  const node = writtenNode(value);
  return {
    node,
    start: key.range[0],
    valueFrom: colon + 1,
    end: node === undefined ? colon + 1 : contentEnd(text, node, colon + 1),
  };
}

/** The items of a list in file order. */
export function itemSpots(text: string, seq: YAMLSeq): Spot[] | undefined {
  const tokens = seq.srcToken;
  if (tokens?.type === 'block-seq') {
    const dashes = tokens.items.flatMap(({ start }) => dashOf(start) ?? []);
    if (dashes.length !== seq.items.length) return undefined;
    return seq.items.map((item, index): Spot => {
      const dash = dashes[index] ?? 0;
      const node = writtenNode(item);
      return {
        node,
        start: dash,
        valueFrom: dash + 1,
        end: node === undefined ? dash + 1 : contentEnd(text, node, dash + 1),
      };
    });
  }
  const spots: Spot[] = [];
  for (const item of seq.items) {
    const node = writtenNode(item);
    if (!node?.range) return undefined;
    spots.push({ node, start: node.range[0], valueFrom: node.range[0], end: contentEnd(text, node, node.range[0]) });
  }
  return spots;
}

const dashOf = (tokens: readonly CST.SourceToken[]): number | undefined =>
  tokens.find(({ type }) => type === 'seq-item-ind')?.offset;

/** The node if it has any text of its own; a key without a value has a null that stands nowhere. */
function writtenNode(value: unknown): Node | undefined {
  if (isCollection(value) || isAlias(value)) return value;
  if (!isScalar(value)) return undefined;
  return value.source === '' && value.type === 'PLAIN' ? undefined : value;
}

/** Behind the last sign of a node; comments and blank lines after it do not count. */
function contentEnd(text: string, node: Node, fallback: number): number {
  if (isCollection(node) && !node.flow) {
    const spots = isMap(node) ? memberSpots(text, node) : isSeq(node) ? itemSpots(text, node) : undefined;
    return spots?.at(-1)?.end ?? node.range?.[1] ?? fallback;
  }
  let end = node.range?.[1] ?? fallback;
  while (end > fallback && isBlank(text[end - 1] ?? '')) end--;
  return end;
}

/** How this file is indented, from its first nested block; two spaces when there is none. */
export function layoutOf(text: string, document: Document): Layout {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  let step: number | undefined;
  let listStep: number | undefined;
  if (isMap(document.contents)) {
    for (const { key, value } of document.contents.items) {
      if (!isScalar(key) || !isCollection(value) || value.flow || !key.range || !value.range) continue;
      const indent = columnOf(text, value.range[0]) - columnOf(text, key.range[0]);
      if (isMap(value)) step ??= indent;
      else listStep ??= indent;
    }
  }
  const usual = Math.max(1, step ?? (listStep === undefined || listStep <= 0 ? 2 : listStep));
  return { newline, step: usual, listStep: Math.max(0, listStep ?? usual) };
}
