import { isDeepStrictEqual } from 'node:util';
import { saysWhere } from './placeholders.js';
import { isObject, ManagementRefusal } from './reply.js';

type Fields = Readonly<Record<string, unknown>>;

/** A change of a credential file, as asked for. */
export interface FieldChanges {
  /** File name or id. */
  readonly name: string;
  readonly changes: readonly FieldChange[];
}

interface FieldChange {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Names that web UIs write with hyphens, and files with underscores. */
const ALIASES: ReadonlySet<string> = new Set([
  'api-key',
  'base-url',
  'disable-cooling',
  'excluded-models',
  'model-aliases',
  'proxy-url',
  'request-retry',
  'request-scoped-errors',
]);
const FORBIDDEN: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);
const MAX_WEIGHT = 1_000_000;
const MAX_DEPTH = 16;

/** Reads the body of `PATCH /auth-files/fields`. @throws ManagementRefusal 400 in the contract's words. */
export function readFieldChanges(body: unknown, text: string): FieldChanges {
  if (!isObject(body)) throw new ManagementRefusal(400, 'invalid request body');
  refuseRepeated(text);
  const { name, ...members } = body;
  if (typeof name !== 'string' || name.trim() === '') throw new ManagementRefusal(400, 'name is required');
  const changes: FieldChange[] = [];
  for (const [member, value] of Object.entries(members)) {
    const [first = '', ...rest] = member.split('.');
    const plain = ALIASES.has(first) ? first.replaceAll('-', '_') : first;
    // Where both spellings come, the file's own wins.
    if (plain !== first && Object.hasOwn(members, [plain, ...rest].join('.'))) continue;
    changes.push(checked([plain, ...rest], value));
  }
  if (changes.length === 0) throw new ManagementRefusal(400, 'no fields to update');
  return { name: name.trim(), changes };
}

function checked(path: readonly string[], value: unknown): FieldChange {
  const name = path.join('.');
  if (path.some((segment) => segment.trim() === '') || path.length > MAX_DEPTH) {
    throw new ManagementRefusal(400, `invalid field name: ${name.slice(0, 100)}`);
  }
  if (path.some((segment) => FORBIDDEN.has(segment)) || holdsForbidden(value)) {
    throw new ManagementRefusal(400, `invalid field name: ${name.slice(0, 100)}`);
  }
  const [first] = path;
  const isNested = path.length > 1;
  switch (first) {
    case 'weight':
      if (isNested || !(value === null || (isWhole(value) && value <= MAX_WEIGHT))) {
        throw new ManagementRefusal(400, `weight must be an integer of at most ${MAX_WEIGHT}, or null`);
      }
      break;
    case 'request_retry':
      if (isNested || !(value === null || isWhole(value))) {
        throw new ManagementRefusal(400, 'request_retry must be an integer or null');
      }
      return { path, value: typeof value === 'number' && value < 0 ? null : value };
    case 'priority':
      if (isNested || !(value === null || isWhole(value))) {
        throw new ManagementRefusal(400, 'priority must be an integer or null');
      }
      break;
    case 'disabled':
    case 'websockets':
    case 'disable_cooling':
      if (isNested || !(value === null || typeof value === 'boolean')) {
        throw new ManagementRefusal(400, `${first} must be a boolean or null`);
      }
      break;
    case 'note':
    case 'prefix':
    case 'proxy_url':
      if (isNested || !(value === null || typeof value === 'string')) {
        throw new ManagementRefusal(400, `${first} must be a string or null`);
      }
      return { path, value: typeof value === 'string' && value.trim() === '' ? null : value };
    case 'type':
      if (isNested || typeof value !== 'string' || value.trim() === '') {
        throw new ManagementRefusal(400, 'type must be a string');
      }
      break;
    case 'headers':
      if (isNested ? typeof value !== 'string' && value !== null : !isHeaders(value)) {
        throw new ManagementRefusal(400, 'headers must be an object of strings');
      }
      break;
    default:
  }
  return { path, value };
}

/** The file's members with the changes laid over. `null` takes a setting away. */
export function withChanges(fields: Fields, changes: readonly FieldChange[], isRemote: boolean): Fields {
  const changed = changes.reduce<Fields>((at, { path, value }) => {
    const [first = '', second] = path;
    if (first === 'headers') {
      const headers = second === undefined ? value : { [path.slice(1).join('.')]: value };
      return withHeaders(at, isObject(headers) ? headers : undefined);
    }
    return set(at, path, value);
  }, fields);
  if (isRemote) refuseNewTarget(fields, changed, []);
  return changed;
}

function withHeaders(fields: Fields, changes: Fields | undefined): Fields {
  const { headers: before, ...others } = fields;
  if (changes === undefined) return others;
  const headers = { ...(isObject(before) ? before : {}) };
  for (const [name, value] of Object.entries(changes)) {
    if (typeof value === 'string' && value.trim() !== '') headers[name] = value;
    else delete headers[name];
  }
  return Object.keys(headers).length === 0 ? others : { ...fields, headers };
}

function set(fields: Fields, [first = '', ...rest]: readonly string[], value: unknown): Fields {
  if (rest.length > 0) {
    const inner = Object.hasOwn(fields, first) ? fields[first] : undefined;
    return { ...fields, [first]: set(isObject(inner) ? inner : {}, rest, value) };
  }
  if (value !== null) return { ...fields, [first]: value };
  const { [first]: _, ...others } = fields;
  return others;
}

/** Over TCP nobody changes where a credential is sent. */
function refuseNewTarget(before: unknown, after: unknown, path: readonly string[]): void {
  if (isDeepStrictEqual(before, after)) return;
  const name = path.at(-1);
  if (name !== undefined && saysWhere(name)) {
    throw new ManagementRefusal(422, `${path.join('.')} can only be changed in the file itself`);
  }
  const [left, right] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (name !== 'headers') refuseNewTarget(left[key], right[key], [...path, key]);
  }
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

const isHeaders = (value: unknown): boolean =>
  value === null ||
  (isObject(value) && Object.values(value).every((each) => typeof each === 'string' || each === null));

function holdsForbidden(value: unknown, depth = 0): boolean {
  if (depth > MAX_DEPTH) return true;
  if (Array.isArray(value)) return value.some((item) => holdsForbidden(item, depth + 1));
  if (!isObject(value)) return false;
  return Object.entries(value).some(([name, member]) => FORBIDDEN.has(name) || holdsForbidden(member, depth + 1));
}

/** A parser keeps the last of two members of one name, and nobody knows which one was meant. */
function refuseRepeated(text: string): void {
  const seen = new Set<string>();
  for (const name of topLevelNames(text)) {
    if (seen.has(name)) throw new ManagementRefusal(400, `duplicate field: ${name.slice(0, 100)}`);
    seen.add(name);
  }
}

/** Names of the outermost object of a valid JSON text. */
function topLevelNames(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  for (const [token, string] of text.matchAll(/("(?:[^"\\]|\\.)*")\s*:?|[{}[\]]/g)) {
    if (string !== undefined) {
      if (depth === 1 && token.endsWith(':')) names.push(String(JSON.parse(string)));
    } else {
      depth += token === '{' || token === '[' ? 1 : -1;
    }
  }
  return names;
}
