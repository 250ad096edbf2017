import { isDeepStrictEqual } from 'node:util';
import { isMap, isSeq } from 'yaml';
import type { Path } from '../path.js';
import { isRecord } from '../plain.js';

/** The smallest things that can be done to a text. Indices are those at the time of the step. */
export type Step =
  | { readonly type: 'replace'; readonly path: Path; readonly value: unknown }
  | { readonly type: 'add-member'; readonly path: Path; readonly key: string; readonly value: unknown }
  | { readonly type: 'insert-item'; readonly path: Path; readonly index: number; readonly value: unknown }
  | { readonly type: 'remove'; readonly path: Path };

/** Longer lists are compared place by place. */
const MAX_COMPARISONS = 4_000_000;

interface Difference {
  /** The node that holds `before`. */
  readonly node: unknown;
  readonly path: Path;
  readonly before: unknown;
  readonly after: unknown;
}

/** The steps from one value to another that leave equal parts alone, in an order in which they can be done. */
export function stepsBetween({ node, path, before, after }: Difference): Step[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isRecord(before) && isRecord(after)) {
    if (path.length === 0 && Object.keys(before).length === 0) return addedMembers(path, before, after);
    if (isMap(node) && Object.keys(after).length > 0) return memberSteps(node, path, before, after);
  }
  if (isSeq(node) && Array.isArray(before) && Array.isArray(after) && before.length > 0 && after.length > 0) {
    return itemSteps(node, path, before, after);
  }
  return [{ type: 'replace', path, value: after }];
}

function memberSteps(
  node: { get(key: string, keepScalar: true): unknown },
  path: Path,
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): Step[] {
  const kept = Object.keys(before).filter((key) => Object.hasOwn(after, key));
  // All of them new: nothing of the old mapping is worth its place.
  if (kept.length === 0 && Object.keys(before).length > 0 && path.length > 0)
    return [{ type: 'replace', path, value: after }];
  const changed = kept.flatMap((key) =>
    stepsBetween({ node: node.get(key, true), path: [...path, key], before: before[key], after: after[key] }),
  );
  const added = addedMembers(path, before, after);
  const removed = Object.keys(before)
    .filter((key) => !Object.hasOwn(after, key))
    .map((key): Step => ({ type: 'remove', path: [...path, key] }));
  return [...changed, ...added, ...removed];
}

const addedMembers = (path: Path, before: object, after: Record<string, unknown>): Step[] =>
  Object.keys(after)
    .filter((key) => !Object.hasOwn(before, key))
    .map((key): Step => ({ type: 'add-member', path, key, value: after[key] }));

/** From the last item to the first, so that no step moves the items of a later one. */
function itemSteps(
  node: { get(index: number, keepScalar: true): unknown },
  path: Path,
  before: readonly unknown[],
  after: readonly unknown[],
): Step[] {
  const steps: Step[] = [];
  let oldEnd = before.length;
  let newEnd = after.length;
  for (const [oldIndex, newIndex] of [...matches(before, after).reverse(), [-1, -1] as const]) {
    const oldGap = oldEnd - oldIndex - 1;
    const newGap = newEnd - newIndex - 1;
    const shared = Math.min(oldGap, newGap);
    for (let offset = newGap - 1; offset >= shared; offset--) {
      const index = oldIndex + 1 + shared;
      steps.push({ type: 'insert-item', path, index, value: after[newIndex + 1 + offset] });
    }
    for (let offset = oldGap - 1; offset >= shared; offset--) {
      steps.push({ type: 'remove', path: [...path, oldIndex + 1 + offset] });
    }
    // The last round of this loop is the matched pair itself, which may differ inside.
    for (let offset = shared - 1; offset >= -1; offset--) {
      const index = oldIndex + 1 + offset;
      if (index < 0) continue;
      steps.push(
        ...stepsBetween({
          node: node.get(index, true),
          path: [...path, index],
          before: before[index],
          after: after[newIndex + 1 + offset],
        }),
      );
    }
    oldEnd = oldIndex;
    newEnd = newIndex;
  }
  return steps;
}

/** Pairs of positions whose items are the same thing, as many as possible, in order. */
function matches(before: readonly unknown[], after: readonly unknown[]): [number, number][] {
  if (before.length * after.length > MAX_COMPARISONS) return [];
  const rows = before.map(identityOf);
  const columns = after.map(identityOf);
  const lengths = Array.from({ length: rows.length + 1 }, () => new Uint32Array(columns.length + 1));
  const at = (row: number, column: number): number => lengths[row]?.[column] ?? 0;
  for (let row = rows.length - 1; row >= 0; row--) {
    for (let column = columns.length - 1; column >= 0; column--) {
      const line = lengths[row];
      if (line === undefined) continue;
      line[column] =
        rows[row] === columns[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let row = 0, column = 0; row < rows.length && column < columns.length; ) {
    if (rows[row] === columns[column]) pairs.push([row++, column++]);
    else if (at(row + 1, column) >= at(row, column + 1)) row++;
    else column++;
  }
  return pairs;
}

const IDENTITY_KEYS = ['api-key', 'name', 'alias'];

/** An entry stays the same entry while its key or name does. */
function identityOf(item: unknown): string {
  if (isRecord(item)) {
    const key = IDENTITY_KEYS.find((candidate) => typeof item[candidate] === 'string' && item[candidate] !== '');
    if (key !== undefined) return `${key}=${String(item[key])}`;
  }
  return `= ${JSON.stringify(item)}`;
}
