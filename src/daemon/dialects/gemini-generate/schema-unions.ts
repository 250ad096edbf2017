import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { withHint } from './schema-hints.js';

/** The best branch of `anyOf`/`oneOf` stands for all; the model reads of the others in the description. */
export function flattenUnion(node: JsonObject): JsonObject {
  let flat = node;
  for (const keyword of ['anyOf', 'oneOf']) {
    const { [keyword]: union, ...rest } = flat;
    if (union === undefined) continue;
    flat = Array.isArray(union) ? mergeBest(rest, union.filter(isObject)) : rest;
  }
  return flat;
}

/** One of the branches is null: what stands for all may be null too. */
export const hasNullBranch = (node: JsonObject): boolean =>
  ['anyOf', 'oneOf'].some((keyword) => {
    const union = node[keyword];
    return Array.isArray(union) && union.some((branch) => isObject(branch) && branch['type'] === 'null');
  });

function mergeBest(node: JsonObject, branches: readonly JsonObject[]): JsonObject {
  const [first, ...others] = branches;
  if (first === undefined) return node;
  const best = others.reduce((winner, branch) => (score(branch) > score(winner) ? branch : winner), first);
  const merged = fillGaps(node, best);
  const types = [...new Set(branches.map(typeName))];
  return types.length > 1 ? withHint(merged, `Accepts: ${types.join(' | ')}`) : merged;
}

function score(branch: JsonObject): number {
  switch (typeName(branch)) {
    case 'object':
      return 3;
    case 'array':
      return 2;
    case 'null':
      return 0;
    default:
      return 1;
  }
}

function typeName(branch: JsonObject): string {
  const { type } = branch;
  if (type === 'object' || branch['properties'] !== undefined) return 'object';
  if (type === 'array' || branch['items'] !== undefined) return 'array';
  if (typeof type === 'string') return type;
  return branch['enum'] === undefined ? 'null' : 'string';
}

/** The branches of `allOf` hold together: what the node itself does not say is taken from them, in order. */
export function mergeAllOf(node: JsonObject): JsonObject {
  const { allOf, ...rest } = node;
  if (!Array.isArray(allOf)) return allOf === undefined ? node : rest;
  return allOf.filter(isObject).reduce((merged, branch) => {
    const filled = fillGaps(merged, branch);
    const required = union(merged['required'], branch['required']);
    return required.length === 0 ? filled : { ...filled, required };
  }, rest);
}

/** `if/then/else`: properties of both outcomes are allowed. */
export function mergeConditions(node: JsonObject): JsonObject {
  const { if: _condition, then: positive, else: negative, ...rest } = node;
  return [positive, negative].filter(isObject).reduce((merged, outcome) => {
    const { properties } = outcome;
    return isObject(properties) ? fillGaps(merged, { properties }) : merged;
  }, rest);
}

function fillGaps(node: JsonObject, other: JsonObject): JsonObject {
  const { properties: own } = node;
  const { properties: theirs } = other;
  const merged = { ...other, ...node };
  if (!isObject(own) || !isObject(theirs)) return merged;
  return { ...merged, properties: { ...theirs, ...own } };
}

function union(first: JsonValue | undefined, second: JsonValue | undefined): readonly JsonValue[] {
  const both = [first, second].flatMap((list): readonly JsonValue[] => (Array.isArray(list) ? list : []));
  return [...new Set(both)];
}
