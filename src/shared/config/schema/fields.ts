import { z } from 'zod';

/**
 * The field types of the config file. Each reads what the YAML of existing files holds (`yes`, `"3"`, `90s`) and says in its
 * error text what it expects, since that text is shown to people as it is. `fallback` ends up as `default` in the JSON schema.
 */
const documented = <Schema extends z.ZodType>(schema: Schema, description: string, fallback?: unknown): Schema =>
  schema.meta({ description, ...(fallback === undefined ? {} : { fallback }) });

export const flag = (description: string, fallback = false) =>
  documented(z.preprocess(readFlag, z.boolean({ error: 'true or false' })).default(fallback), description, fallback);

/** Absent means: ask the next wider setting. */
export const optionalFlag = (description: string) =>
  documented(z.preprocess(readFlag, z.boolean({ error: 'true or false' })).optional(), description);

export const text = (description: string, fallback = '') =>
  documented(z.preprocess(readText, z.string({ error: 'a text' })).default(fallback), description, fallback);

/** An empty text counts as absent. */
export const optionalText = (description: string) =>
  documented(z.preprocess(readFilledText, z.string({ error: 'a text' }).optional()).optional(), description);

interface IntegerRange {
  readonly min?: number;
  readonly max?: number;
  /** Corrects values that existing files may hold and that have a defined meaning, such as a negative limit. */
  readonly correct?: (value: number) => number;
}

export const integer = (description: string, fallback: number, range: IntegerRange = {}) =>
  documented(wholeNumber(range).default(fallback), description, fallback);

export const optionalInteger = (description: string, range: IntegerRange = {}) =>
  documented(wholeNumber(range).optional(), description);

/** A share or a size that need not be whole. */
export const number = (description: string, fallback: number, { min, max }: { min: number; max?: number }) => {
  const error = max === undefined ? `a number, at least ${min}` : `a number from ${min} to ${max}`;
  const schema = z.number({ error }).min(min, { error });
  return documented(
    z.preprocess(readNumber, max === undefined ? schema : schema.max(max, { error })).default(fallback),
    description,
    fallback,
  );
};

/** One of the given words, the first of which is the fallback; unknown ones are an error. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(description: string, words: Words) => {
  const [fallback] = words;
  return documented(wordSchema(words).prefault(fallback), description, fallback);
};

export const optionalOneOf = <const Words extends readonly [string, ...string[]]>(description: string, words: Words) =>
  documented(wordSchema(words).optional(), description);

/** A span of time such as `90s` or `1h30m`, or a bare number of seconds; parsed to milliseconds. What cannot be read is the fallback. */
export const duration = (description: string, fallback: string) => {
  const fallbackMs = parseDuration(fallback) ?? 0;
  return documented(
    z
      .preprocess(readText, z.string({ error: 'a duration such as 90s or 1h' }))
      .transform((value) => parseDuration(value) ?? fallbackMs)
      .default(fallbackMs),
    description,
    fallback,
  );
};

export const list = <Item extends z.ZodType>(description: string, item: Item) =>
  documented(z.array(item, { error: 'a list' }).default([]), description);

/** A list of which the useless items are left out. */
export const usableList = <Item extends z.ZodType>(
  description: string,
  item: Item,
  isUsable: (value: z.output<Item>) => boolean,
) =>
  documented(
    z
      .array(item, { error: 'a list' })
      .transform((items) => items.filter(isUsable))
      .default([]),
    description,
  );

/** A list of texts; blank ones are left out. */
export const textList = (description: string) =>
  documented(
    z
      .array(z.preprocess(readText, z.string({ error: 'a text' })), { error: 'a list of texts' })
      .transform((items) => items.filter((item) => item !== ''))
      .default([]),
    description,
  );

export const mapping = <Value extends z.ZodType>(description: string, value: Value) =>
  documented(z.record(z.string(), value, { error: 'a mapping' }).default({}), description);

/** HTTP headers; empty names and values are left out. */
export const headers = (description: string) =>
  documented(
    z
      .record(z.string(), z.preprocess(readText, z.string({ error: 'a text' })), {
        error: 'a mapping of header names to texts',
      })
      .transform((map) =>
        Object.fromEntries(
          Object.entries(map).flatMap(([name, value]) =>
            name.trim() === '' || value === '' ? [] : [[name.trim(), value]],
          ),
        ),
      )
      .default({}),
    description,
  );

/** A group of keys; unknown ones are kept. */
export const section = <Shape extends z.ZodRawShape>(description: string, shape: Shape) =>
  documented(z.looseObject(shape, { error: 'a mapping' }), description);

/** A value whose content is not ours to check. */
export const anything = (description: string) => documented(z.unknown().optional(), description);

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1h`, `90s`, `500ms`, `1h30m`; a bare number is seconds. Milliseconds, or undefined when it is none of these. */
export function parseDuration(value: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(value)) return Math.round(Number(value) * 1000);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) return undefined;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  }
  return Math.round(total);
}

const wordSchema = <const Words extends readonly [string, ...string[]]>(words: Words) => {
  const choices = words.join(', ');
  return z.preprocess(
    (value) => (typeof value === 'string' ? value.trim().toLowerCase() : value),
    z.enum(words, { error: `one of ${choices}` }),
  );
};

function wholeNumber({ min, max, correct }: IntegerRange) {
  const error = rangeText(min, max);
  let schema = z.number({ error }).int({ error });
  if (min !== undefined) schema = schema.min(min, { error });
  if (max !== undefined) schema = schema.max(max, { error });
  return z.preprocess(readNumber, schema).transform(correct ?? ((value) => value));
}

function rangeText(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return `a whole number from ${min} to ${max}`;
  if (min !== undefined) return `a whole number, at least ${min}`;
  if (max !== undefined) return `a whole number, at most ${max}`;
  return 'a whole number';
}

// YAML 1.1 words: the Go parser of the related gateways takes them for a boolean too.
const FLAG_WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  y: true,
  false: false,
  no: false,
  off: false,
  n: false,
};

export function readFlag(value: unknown): unknown {
  return typeof value === 'string' ? (FLAG_WORDS[value.trim().toLowerCase()] ?? value) : value;
}

export function readText(value: unknown): unknown {
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function readFilledText(value: unknown): unknown {
  const read = readText(value);
  return read === '' ? undefined : read;
}

function readNumber(value: unknown): unknown {
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}
