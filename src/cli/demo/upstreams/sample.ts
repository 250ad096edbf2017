import { asList, asNumber, asRecord, asText, isRecord, type JsonRecord } from './json.js';

export interface SampleOptions {
  /** What text fields hold. */
  readonly text: string;
  /** Objects get only what they require; otherwise all they declare. */
  readonly onlyRequired: boolean;
}

const NUMBER = 7;
const MAX_DEPTH = 12;
const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-01',
  'date-time': '2026-01-01T00:00:00Z',
  time: '00:00:00Z',
  email: 'paris@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** A value that is valid for the schema, always the same one. Understands OpenAPI's upper-case types. */
export const sampleOf = (schema: unknown, options: SampleOptions): unknown => sample(schema, schema, options, 0);

function sample(given: unknown, root: unknown, options: SampleOptions, depth: number): unknown {
  const schema = resolve(given, root);
  if (schema === undefined || depth > MAX_DEPTH) return options.text;
  if ('const' in schema) return schema['const'];
  const [first] = asList(schema['enum']);
  if (first !== undefined) return first;
  const branches = [...asList(schema['anyOf']), ...asList(schema['oneOf'])];
  const branch = branches.find((one) => typeOf(resolve(one, root) ?? {}) !== 'null');
  if (branch !== undefined) return sample(branch, root, options, depth + 1);
  const merged = mergeAll(schema, root);
  switch (typeOf(merged)) {
    case 'object':
      return sampleObject(merged, root, options, depth);
    case 'array':
      return Array.from({ length: Math.max(1, asNumber(merged['minItems']) ?? 1) }, () =>
        sample(merged['items'] ?? {}, root, options, depth + 1),
      );
    case 'number':
    case 'integer':
      return sampleNumber(merged);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return sampleText(merged, options.text);
  }
}

function sampleObject(schema: JsonRecord, root: unknown, options: SampleOptions, depth: number): JsonRecord {
  const properties = asRecord(schema['properties']) ?? {};
  const required = asList(schema['required']).filter((name) => typeof name === 'string');
  const names = options.onlyRequired ? required : Object.keys(properties);
  return Object.fromEntries(names.map((name) => [name, sample(properties[name] ?? {}, root, options, depth + 1)]));
}

function sampleNumber(schema: JsonRecord): number {
  const low = asNumber(schema['minimum']) ?? (asNumber(schema['exclusiveMinimum']) ?? Number.NEGATIVE_INFINITY) + 1;
  const high = asNumber(schema['maximum']) ?? (asNumber(schema['exclusiveMaximum']) ?? Number.POSITIVE_INFINITY) - 1;
  const step = asNumber(schema['multipleOf']) ?? 1;
  return Math.ceil(Math.max(low, Math.min(NUMBER, high)) / step) * step;
}

function sampleText(schema: JsonRecord, text: string): string {
  const known = FORMATS[asText(schema['format']) ?? ''];
  if (known !== undefined) return known;
  return text.padEnd(asNumber(schema['minLength']) ?? 0, '.').slice(0, asNumber(schema['maxLength']) ?? undefined);
}

function resolve(given: unknown, root: unknown): JsonRecord | undefined {
  const schema = asRecord(given);
  const reference = asText(schema?.['$ref']);
  if (reference === undefined) return schema;
  const path = reference
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '');
  const target = path.reduce<unknown>((at, part) => asRecord(at)?.[part], root);
  return isRecord(target) ? target : undefined;
}

function mergeAll(schema: JsonRecord, root: unknown): JsonRecord {
  const parts = asList(schema['allOf']).map((part) => resolve(part, root) ?? {});
  if (parts.length === 0) return schema;
  const all = [...parts, schema];
  return {
    ...Object.fromEntries(all.flatMap((part) => Object.entries(part))),
    properties: Object.fromEntries(all.flatMap((part) => Object.entries(asRecord(part['properties']) ?? {}))),
    required: all.flatMap((part) => asList(part['required'])),
  };
}

function typeOf(schema: JsonRecord): string | undefined {
  const { type } = schema;
  const named = Array.isArray(type) ? type.find((one) => one !== 'null') : type;
  if (typeof named === 'string') return named.toLowerCase();
  if (schema['properties'] !== undefined) return 'object';
  return schema['items'] === undefined ? undefined : 'array';
}
