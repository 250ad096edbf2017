import { isRecord } from './plain.js';
import { readText } from './schema/fields.js';
import { providerShape } from './schema/providers.js';

/** The content of a config file as written, with older spellings already in today's form. */
export type RawConfig = Readonly<Record<string, unknown>>;

export interface RawEntry {
  readonly section: string;
  readonly index: number;
  readonly entry: Readonly<Record<string, unknown>>;
}

/** Every entry of every provider list, in the order of the schema. */
export function rawEntries(raw: RawConfig): RawEntry[] {
  return Object.keys(providerShape).flatMap((section) =>
    recordsOf(raw[section]).map(([index, entry]): RawEntry => ({ section, index, entry })),
  );
}

/** The mappings of a list, each with its position; nothing of what is no list. */
export function recordsOf(value: unknown): (readonly [number, Readonly<Record<string, unknown>>])[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown, index) => (isRecord(item) ? [[index, item] as const] : []));
}

/** The members of a mapping; none of what is no mapping. */
export const membersOf = (value: unknown): [string, unknown][] => (isRecord(value) ? Object.entries(value) : []);

/** A text as the schema would read it, or undefined when there is none. */
export function textOf(value: unknown): string | undefined {
  const read = readText(value);
  return typeof read === 'string' && read !== '' ? read : undefined;
}
