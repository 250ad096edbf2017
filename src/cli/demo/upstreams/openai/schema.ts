import { asList, asRecord, asText, isRecord, type JsonRecord } from '../json.js';
import { refuse } from './errors.js';

const NAME = /^[a-zA-Z0-9_-]+$/;
const MAX_NAME = 64;

/** Names of tools and schemas. */
export function checkName(name: unknown, param: string): string {
  const text = asText(name);
  if (text === undefined) return refuse(`Missing required parameter: '${param}'.`, param, 'missing_required_parameter');
  if (!NAME.test(text)) {
    return refuse(
      `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`,
      param,
      'invalid_value',
    );
  }
  if (text.length > MAX_NAME) {
    return refuse(
      `Invalid '${param}': string too long. Expected a string with maximum length ${MAX_NAME}, but got a string with length ${text.length} instead.`,
      param,
      'string_above_max_length',
    );
  }
  return text;
}

export interface SchemaUse {
  /** `function 'x'` or `response_format 'x'`. */
  readonly what: string;
  readonly param: string;
  readonly code: string;
  readonly isStrict: boolean;
}

/** A schema of a tool or an answer: an object; under `strict` closed, and with every property required. */
export function checkSchema(schema: unknown, use: SchemaUse): void {
  const root = asRecord(schema);
  const complain = (message: string): never =>
    refuse(`Invalid schema for ${use.what}: ${message}`, use.param, use.code);
  if (root === undefined) return complain(`${JSON.stringify(schema)} is not of type 'object', 'boolean'.`);
  const type = root['type'];
  if (type !== 'object') {
    return complain(`schema must be a JSON Schema of 'type: "object"', got 'type: ${JSON.stringify(type ?? 'None')}'.`);
  }
  checkTypes(root, [], complain);
  if (use.isStrict) checkClosed(root, [], complain);
}

const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

function checkTypes(schema: JsonRecord, at: readonly string[], complain: (message: string) => never): void {
  const { type } = schema;
  for (const one of Array.isArray(type) ? type : [type]) {
    if (one !== undefined && !TYPES.has(one))
      complain(`${JSON.stringify(one)} is not valid under any of the given schemas.`);
  }
  if (type === 'array' && schema['items'] === undefined && schema['prefixItems'] === undefined) {
    complain(`In context=${context(at)}, array schema missing items.`);
  }
  for (const [path, child] of children(schema)) checkTypes(child, [...at, ...path], complain);
}

function checkClosed(schema: JsonRecord, at: readonly string[], complain: (message: string) => never): void {
  if (schema['type'] === 'object') {
    if (schema['additionalProperties'] !== false) {
      complain(`In context=${context(at)}, 'additionalProperties' is required to be supplied and to be false.`);
    }
    const required = asList(schema['required']);
    const open = Object.keys(asRecord(schema['properties']) ?? {}).find((name) => !required.includes(name));
    if (open !== undefined) {
      complain(
        `In context=${context(at)}, 'required' is required to be supplied and to be an array including every key in properties. Missing '${open}'.`,
      );
    }
  }
  for (const [path, child] of children(schema)) checkClosed(child, [...at, ...path], complain);
}

const context = (at: readonly string[]): string => `(${at.map((step) => `'${step}'`).join(', ')})`;

function children(schema: JsonRecord): readonly (readonly [readonly string[], JsonRecord])[] {
  const named = ['properties', '$defs', 'definitions'].flatMap((group) =>
    Object.entries(asRecord(schema[group]) ?? {}).map(([name, child]) => [[group, name], child] as const),
  );
  const listed = ['anyOf', 'oneOf', 'allOf'].flatMap((group) =>
    asList(schema[group]).map((child, index) => [[group, String(index)], child] as const),
  );
  return [...named, ...listed, [['items'], schema['items']] as const].flatMap(([path, child]) =>
    isRecord(child) ? [[path, child] as const] : [],
  );
}

export const IMAGE_TYPES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);
