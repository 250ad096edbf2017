import type { WireBody } from '../dialects/dialect.js';
import { RequestFault } from '../ir/error.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../ir/json.js';

interface Member {
  readonly key: string;
  /** Offset of the key's opening quote. */
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** What walks a body recurses, and no API takes as much: Google stops at 100. */
const MAX_DEPTH = 256;

/** Members that decide the route: a body that says them twice could mean one thing to us and another upstream. */
const ROUTING_KEYS: ReadonlySet<string> = new Set(['model', 'stream']);

const malformed = (): RequestFault =>
  new RequestFault('the request body is not a valid JSON object', undefined, { code: 'invalid_json' });

const tooDeep = (key: string): RequestFault =>
  new RequestFault(`the member "${key}" is nested more than ${MAX_DEPTH} levels deep`, key, {
    code: 'nesting_too_deep',
  });

/**
 * A JSON object body that keeps its bytes: number spelling, key order and white space survive, which prompt caches depend
 * on, and a megabyte conversation is skimmed instead of parsed.
 * @throws RequestFault when the bytes are no JSON object or nested too deeply, or a routing member stands there twice.
 */
export function openWireBody(source: Uint8Array): ForkableBody {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  return overBytes(bytes, scanMembers(bytes));
}

export interface ForkableBody extends WireBody {
  /** The body as it came, for one attempt to edit; the scan is shared. */
  fork(): WireBody;
  /** The same body with another value of that member, for forks to begin with. */
  with(key: string, value: JsonValue): ForkableBody;
  /** One member's value as it came, unparsed. */
  slice(key: string): Buffer | undefined;
}

function overBytes(bytes: Buffer, members: readonly Member[]): ForkableBody {
  const edits = new Map<string, string | undefined>();
  const parsed = new Map<string, JsonValue | undefined>();
  let printed: Buffer | undefined = bytes;
  let whole: JsonObject | undefined;
  const stands = (key: string, text: string): boolean => {
    const member = members.findLast((candidate) => candidate.key === key);
    if (member === undefined || member.valueEnd - member.valueStart !== Buffer.byteLength(text)) return false;
    return bytes.toString('utf8', member.valueStart, member.valueEnd) === text;
  };

  return {
    fork: () => overBytes(bytes, members),
    with(key, value) {
      const changed = overBytes(bytes, members);
      changed.set(key, value);
      return openWireBody(changed.bytes);
    },
    slice(key) {
      const member = members.findLast((candidate) => candidate.key === key);
      return member && bytes.subarray(member.valueStart, member.valueEnd);
    },
    raw(key) {
      const edited = edits.get(key);
      if (edits.has(key)) return edited === undefined ? undefined : Buffer.from(edited);
      return this.slice(key);
    },
    get bytes() {
      printed ??= splice(bytes, members, edits);
      return printed;
    },
    get(key) {
      if (parsed.has(key)) return parsed.get(key);
      const member = members.findLast((candidate) => candidate.key === key);
      const value = member && parseMember(bytes, member);
      parsed.set(key, value);
      return value;
    },
    set(key, value) {
      const text = value === undefined ? undefined : JSON.stringify(value);
      parsed.set(key, value);
      // Most requests name the model as the upstream does, and a megabyte need not be copied for that.
      if (text !== undefined && !edits.has(key) && stands(key, text)) return;
      edits.set(key, text);
      printed = undefined;
      whole = undefined;
    },
    toJSON() {
      printed ??= splice(bytes, members, edits);
      if (whole === undefined) {
        const value = parseJson(printed.toString('utf8'));
        if (!isObject(value)) throw malformed();
        whole = value;
      }
      return whole;
    },
  };
}

/** A body that was just translated: edits go into the object, and it is printed once, at the end. */
export function wireBodyOf(object: JsonObject): WireBody {
  const members: Record<string, JsonValue | undefined> = { ...object };
  let printed: Buffer | undefined;
  return {
    get bytes() {
      printed ??= Buffer.from(JSON.stringify(members));
      return printed;
    },
    get: (key) => members[key],
    set(key, value) {
      members[key] = value;
      printed = undefined;
    },
    toJSON: () => members,
  };
}

function parseMember(bytes: Buffer, member: Member): JsonValue {
  const value = parseJson(bytes.toString('utf8', member.valueStart, member.valueEnd));
  if (value === undefined) throw malformed();
  return value;
}

/** Finds the top-level members without looking into their values; strings are skipped with a native search. */
function scanMembers(bytes: Buffer): readonly Member[] {
  const members: Member[] = [];
  let at = skipSpace(bytes, bytes[0] === 0xef ? 3 : 0);
  if (bytes[at] !== OPEN_BRACE) throw malformed();
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === CLOSE_BRACE) return closed(bytes, at, members);
  for (;;) {
    if (bytes[at] !== QUOTE) throw malformed();
    const start = at;
    const keyEnd = skipString(bytes, at);
    const key = readKey(bytes, start, keyEnd);
    at = skipSpace(bytes, keyEnd);
    if (typeof key !== 'string' || bytes[at] !== COLON) throw malformed();
    if (ROUTING_KEYS.has(key) && members.some((member) => member.key === key)) {
      throw new RequestFault(`the member "${key}" stands in the body twice`, key, { code: 'duplicate_member' });
    }
    const valueStart = skipSpace(bytes, at + 1);
    const valueEnd = skipValue(bytes, valueStart, key);
    members.push({ key, start, valueStart, valueEnd });
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] === CLOSE_BRACE) return closed(bytes, at, members);
    if (bytes[at] !== COMMA) throw malformed();
    at = skipSpace(bytes, at + 1);
  }
}

/** Nearly every key is a plain word, which needs no parser. */
function readKey(bytes: Buffer, start: number, end: number): JsonValue | undefined {
  for (let at = start + 1; at < end - 1; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return parseJson(bytes.toString('utf8', start, end));
  }
  return bytes.toString('latin1', start + 1, end - 1);
}

function closed(bytes: Buffer, brace: number, members: readonly Member[]): readonly Member[] {
  if (skipSpace(bytes, brace + 1) !== bytes.length) throw malformed();
  return members;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** From an opening quote to the offset behind the closing one. */
function skipString(bytes: Buffer, open: number): number {
  let at = open + 1;
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    if (quote === -1) throw malformed();
    let back = quote - 1;
    while (bytes[back] === BACKSLASH) back--;
    at = quote + 1;
    // An even run of backslashes escapes itself, not the quote.
    if ((quote - back) % 2 === 1) return at;
  }
}

function skipValue(bytes: Buffer, from: number, key: string): number {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return skipScalar(bytes, from);
  let depth = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at);
      continue;
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++;
      if (depth >= MAX_DEPTH) throw tooDeep(key);
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth--;
      if (depth === 0) return at + 1;
    }
    at++;
  }
  throw malformed();
}

/** A number, `true`, `false` or `null`. */
function skipScalar(bytes: Buffer, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === COMMA || byte === CLOSE_BRACE || byte <= 0x20) break;
  }
  if (at === from || parseJson(bytes.toString('utf8', from, at)) === undefined) throw malformed();
  return at;
}

function splice(bytes: Buffer, members: readonly Member[], edits: ReadonlyMap<string, string | undefined>): Buffer {
  const additions = [...edits].filter(
    ([key, text]) => text !== undefined && !members.some((member) => member.key === key),
  );
  const kept = members.filter((member) => !edits.has(member.key) || edits.get(member.key) !== undefined);
  const pieces: Buffer[] = [];
  const separator = Buffer.from(',');
  for (const member of kept) {
    if (pieces.length > 0) pieces.push(separator);
    const text = edits.get(member.key);
    if (text === undefined) pieces.push(bytes.subarray(member.start, member.valueEnd));
    else pieces.push(bytes.subarray(member.start, member.valueStart), Buffer.from(text));
  }
  for (const [key, text] of additions) {
    if (pieces.length > 0) pieces.push(separator);
    pieces.push(Buffer.from(`${JSON.stringify(key)}:${text}`));
  }
  return Buffer.concat([Buffer.from('{'), ...pieces, Buffer.from('}')]);
}
