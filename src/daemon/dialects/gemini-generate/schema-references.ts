import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { withHint } from './schema-hints.js';

/** What `$ref` may lead to while one schema is cleaned. */
export interface References {
  readonly root: JsonObject;
  /** The references that are being followed. */
  readonly open: ReadonlySet<string>;
  /** How many copies have been made: schemas that refer to each other may grow without end. */
  readonly copies: { count: number };
}

const MAX_COPIES = 500;

export const openReferences = (root: JsonObject): References => ({ root, open: new Set(['#']), copies: { count: 0 } });

/** What a node with a reference says of it in its description, since nothing is known of where it leads. */
export function describeReference(node: JsonObject): JsonObject {
  const { $ref: reference, ...rest } = node;
  if (typeof reference !== 'string') return reference === undefined ? node : rest;
  if (!reference.startsWith('#')) return withHint(rest, `See: ${reference}`);
  const description = typeof node['description'] === 'string' ? { description: node['description'] } : {};
  return withHint({ type: 'object', ...description }, `See: ${nameOf(reference)}`);
}

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

/** A copy of what a local reference leads to, beneath the node's own members; one that leads in a circle is described. */
export function followReference(
  node: JsonObject,
  references: References,
): { readonly node: JsonObject; readonly references: References } {
  const { $ref: reference, ...siblings } = node;
  if (typeof reference !== 'string' || !reference.startsWith('#')) return { node: describeReference(node), references };
  const target = resolve(reference, references.root);
  const isCircle = references.open.has(reference) || references.copies.count >= MAX_COPIES;
  if (target === undefined || isCircle) {
    return { node: withHint({ type: 'object', ...siblings }, `See: ${nameOf(reference)}`), references };
  }
  references.copies.count += 1;
  const inner = { ...references, open: new Set([...references.open, reference]) };
  // A definition may be nothing but another reference.
  return followIfAny({ ...target, ...siblings }, inner);
}

const followIfAny = (node: JsonObject, references: References): ReturnType<typeof followReference> =>
  node['$ref'] === undefined ? { node, references } : followReference(node, references);

/** RFC 6901, in a URI fragment. */
function resolve(reference: string, root: JsonObject): JsonObject | undefined {
  let at: JsonValue | undefined = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const key = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(at)) at = at[Number(key)];
    else if (isObject(at) && Object.hasOwn(at, key)) at = at[key];
    else return undefined;
  }
  return isObject(at) ? at : undefined;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch (error) {
    if (error instanceof URIError) return step;
    throw error;
  }
}
