import { type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from 'yaml';
import { type Path, pathKey } from './path.js';

const MAX_DEPTH = 64;
const MAX_ALIASES = 100;

/** Below these keys of `payload`, null is a value of its own. */
const FREE_FORM: ReadonlySet<string | number> = new Set(['params', 'match', 'not-match']);

export type PlainFault =
  | 'too-deep'
  | 'too-many-aliases'
  | 'alias-loop'
  | 'alias-unknown'
  | 'duplicate-key'
  | 'key-not-text';

export interface Plain {
  /** The content as plain values; undefined for an empty document. */
  readonly value: unknown;
  /** Offsets of key and value by path (`pathKey`). */
  readonly offsets: ReadonlyMap<string, Offsets>;
  readonly faults: readonly { readonly fault: PlainFault; readonly offset: number; readonly path: Path }[];
}

interface Offsets {
  readonly key: number;
  readonly value: number;
}

/**
 * The values of a document. Unlike the library's own conversion it bounds depth and aliases, follows merge keys (`<<`), says where
 * each value stands, leaves out members that are null (for the related gateways they are absent), and keeps a number as text
 * when printing it would change it, so that a key such as `007` survives. Below `payload` values are the user's JSON, and stay as they are.
 */
export function toPlain(document: Document): Plain {
  const offsets = new Map<string, Offsets>();
  const faults: { fault: PlainFault; offset: number; path: Path }[] = [];
  const open = new Set<Node>();
  let aliases = 0;
  let isStopped = false;

  const fail = (fault: PlainFault, node: unknown, path: Path): undefined => {
    faults.push({ fault, offset: offsetOf(node) ?? 0, path });
    if (fault !== 'duplicate-key') isStopped = true;
    return undefined;
  };

  const convert = (node: unknown, path: Path): unknown => {
    if (isStopped) return undefined;
    if (isScalar(node)) return scalarValue(node, path);
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined) return fail('alias-unknown', node, path);
      if (++aliases > MAX_ALIASES) return fail('too-many-aliases', node, path);
      return open.has(target) ? fail('alias-loop', node, path) : convert(target, path);
    }
    if (!isMap(node) && !isSeq(node)) return undefined;
    if (open.size >= MAX_DEPTH) return fail('too-deep', node, path);
    open.add(node);
    const value = isMap(node)
      ? mapValue(node, path)
      : node.items.map((item, index) => member(item, [...path, index], undefined));
    open.delete(node);
    return value;
  };

  const member = (value: unknown, path: Path, key: number | undefined): unknown => {
    const start = offsetOf(value);
    offsets.set(pathKey(path), { key: key ?? start ?? 0, value: start ?? key ?? 0 });
    return convert(value, path);
  };

  const mapValue = (map: YAMLMap, path: Path): Record<string, unknown> => {
    const isFreeForm = path[0] === 'payload' && path.some((segment) => FREE_FORM.has(segment));
    const seen = new Set<string>();
    const result: Record<string, unknown> = {};
    for (const pair of map.items) if (isMergeKey(pair)) Object.assign(result, mergedMembers(pair, path));
    for (const pair of map.items) {
      if (isMergeKey(pair)) continue;
      const key = keyText(pair.key);
      if (key === undefined) fail('key-not-text', pair.key, path);
      else if (seen.has(key)) fail('duplicate-key', pair.key, [...path, key]);
      else {
        seen.add(key);
        const value = member(pair.value, [...path, key], offsetOf(pair.key));
        // An assigned `__proto__` would not become a member.
        if (key !== '__proto__' && (isFreeForm ? value !== undefined : !isAbsent(value))) result[key] = value;
        else delete result[key];
      }
    }
    return result;
  };

  /** Merged members stand under the path of the map that takes them, unless that has its own. */
  const mergedMembers = (pair: Pair, path: Path): Record<string, unknown> => {
    const source = convert(pair.value, path);
    const maps = Array.isArray(source) ? source : [source];
    return Object.assign({}, ...maps.filter(isRecord).reverse());
  };

  const value = convert(document.contents, []);
  return { value: isStopped ? undefined : value, offsets, faults };
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): boolean => value === null || value === undefined;

function scalarValue({ value, source, type }: Scalar, path: Path): unknown {
  const isChanged = type === 'PLAIN' && source !== undefined && path[0] !== 'payload' && String(value) !== source;
  if ((typeof value === 'number' || typeof value === 'bigint') && isChanged) return source;
  return typeof value === 'bigint' ? Number(value) : value;
}

function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  if (typeof key.value === 'string') return key.value;
  return key.source ?? String(key.value);
}

const isMergeKey = ({ key }: Pair): boolean => isScalar(key) && key.value === '<<' && key.type === 'PLAIN';

function offsetOf(node: unknown): number | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined;
  return node.range?.[0];
}
