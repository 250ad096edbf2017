import { isObject, type JsonObject, type JsonValue } from '../../src/daemon/ir/json.js';

/** Numbers from a seed (mulberry32), so that a failure can be played again. */
export interface Random {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

export function openRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, pick: (list) => list[below(list.length)] ?? list[0] };
}

function nested(depth: number, leaf: JsonValue): JsonValue {
  let value = leaf;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { properties: { items: value } };
  return value;
}

/** Values that stand where something else belongs. */
const strangers = (random: Random): JsonValue =>
  random.pick<JsonValue>([
    null,
    true,
    false,
    0,
    -1,
    1e308,
    0.1,
    '',
    ' ',
    'auto',
    '\ud800',
    'a\udc00b',
    '\u0000',
    '__proto__',
    'data:;base64,',
    'data:image/png,%00',
    'https://',
    '{"a":',
    'x'.repeat(100_000),
    [],
    {},
    [null],
    [[]],
    [{}],
    { type: 'text' },
    { type: 7 },
    { type: 'object', properties: null, required: 'a', enum: {}, anyOf: [null] },
    JSON.parse('{"__proto__":{"polluted":true},"constructor":{}}'),
    nested(80, 'deep'),
    nested(240, {}),
  ]);

type Path = readonly (string | number)[];

function pathsOf(value: JsonValue | undefined, path: Path = [], found: Path[] = []): Path[] {
  if (path.length > 0) found.push(path);
  if (path.length > 30) return found;
  if (Array.isArray(value)) for (const [index, item] of value.entries()) pathsOf(item, [...path, index], found);
  else if (isObject(value)) for (const key of Object.keys(value)) pathsOf(value[key], [...path, key], found);
  return found;
}

function valueAt(value: JsonValue | undefined, path: Path): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((at, step) => {
    if (Array.isArray(at)) return at[Number(step)];
    return isObject(at) ? at[step] : undefined;
  }, value);
}

/** The value with what stands at `path` replaced, or left out where the replacement is `undefined`. */
function withAt(value: JsonValue | undefined, [step, ...rest]: Path, replacement: JsonValue | undefined): JsonValue {
  if (step === undefined) return replacement ?? null;
  if (Array.isArray(value)) {
    if (rest.length === 0 && replacement === undefined) return value.filter((_item, index) => index !== step);
    return value.map((item, index) => (index === step ? withAt(item, rest, replacement) : item));
  }
  if (!isObject(value)) return value ?? null;
  const members = Object.entries(value).flatMap(([key, member]): [string, JsonValue | undefined][] => {
    if (key !== String(step)) return [[key, member]];
    if (rest.length === 0 && replacement === undefined) return [];
    return [[key, withAt(member, rest, replacement)]];
  });
  return Object.fromEntries(members);
}

/** One to three of the members named, with values that need not belong there. */
export function randomBody(names: readonly string[], random: Random): JsonObject {
  const members: Record<string, JsonValue> = {};
  for (let left = 1 + random.below(3); left > 0; left--)
    members[names[random.below(names.length)] ?? ''] = strangers(random);
  return members;
}

/** The body with one to four members dropped, retyped, moved, doubled or renamed. */
export function mutateBody(body: JsonObject, random: Random): JsonObject {
  let mutated = body;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const paths = pathsOf(mutated);
    const [first, ...others] = paths;
    if (first === undefined) return mutated;
    const path = random.pick([first, ...others]);
    const other = random.pick([first, ...others]);
    const here = valueAt(mutated, path);
    const replacement = random.pick<() => JsonValue | undefined>([
      () => undefined,
      () => strangers(random),
      () => strangers(random),
      () => valueAt(mutated, other),
      () => [here ?? null, here ?? null],
      () => ({ type: 'text', text: here ?? null }),
      () => (typeof here === 'string' ? `${here}\ud83d` : String(JSON.stringify(here))),
      () => (isObject(here) ? { ...here, type: strangers(random) } : here),
    ])();
    const next = withAt(mutated, path, replacement);
    if (isObject(next)) mutated = next;
  }
  return mutated;
}

/** The stream with bytes flipped, cut or repeated, or its frames reordered, doubled, dropped or changed inside. */
export function mutateStream(stream: Buffer, random: Random): Buffer {
  const frames = stream.toString('utf8').split(/(?<=\n\n)/);
  const at = random.below(frames.length);
  const other = random.below(frames.length);
  const joined = (list: readonly string[]): Buffer => Buffer.from(list.join(''));
  return random.pick<() => Buffer>([
    () => stream.subarray(0, random.below(stream.length + 1)),
    () => {
      const bytes = Buffer.from(stream);
      for (let left = 1 + random.below(8); left > 0; left--) bytes[random.below(bytes.length)] = random.below(256);
      return bytes;
    },
    () =>
      joined(
        frames.map((frame, index) =>
          index === at ? (frames[other] ?? '') : index === other ? (frames[at] ?? '') : frame,
        ),
      ),
    () => joined([...frames.slice(0, at), ...frames.slice(other)]),
    () => joined([...frames, ...frames]),
    () => joined([...frames].reverse()),
    () => joined(frames.filter((_frame, index) => index !== at)),
    () => joined(frames.map((frame, index) => (index === at ? mutateFrame(frame, random) : frame))),
    () => joined(frames.map((frame) => mutateFrame(frame, random))),
    () => joined(frames.map((frame) => frame.replaceAll('\n', '\r\n'))),
  ])();
}

function mutateFrame(frame: string, random: Random): string {
  return frame.replace(/^data: ?(\{.*)$/m, (line, json: string) => {
    try {
      return `data: ${JSON.stringify(mutateBody(JSON.parse(json), random))}`;
    } catch (error) {
      if (error instanceof SyntaxError) return line;
      throw error;
    }
  });
}

/** The stream cut into pieces at random places. */
export function cutAnywhere(stream: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0; start < stream.length; ) {
    const end = Math.min(stream.length, start + 1 + random.below(random.pick([3, 50, 5000])));
    pieces.push(stream.subarray(start, end));
    start = end;
  }
  return pieces;
}
