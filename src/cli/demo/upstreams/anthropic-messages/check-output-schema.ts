import { asList, asNumber, asRecord, isRecord, type JsonRecord } from '../json.js';
import { refuse } from './errors.js';

// docs.claude.com/en/docs/build-with-claude/structured-outputs, "JSON Schema limitations"
const UNSUPPORTED: Readonly<Record<string, readonly string[]>> = {
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  string: ['minLength', 'maxLength'],
  array: ['maxItems', 'uniqueItems', 'contains'],
  object: ['minProperties', 'maxProperties', 'patternProperties'],
};

/** The schema of an answer: closed objects, and none of the constraints that cannot be compiled. */
export function checkOutputSchema(schema: JsonRecord, path: string): void {
  for (const type of Array.isArray(schema['type']) ? schema['type'] : [schema['type']]) {
    if (typeof type === 'string') checkKeywords(schema, type, path);
  }
  for (const child of childrenOf(schema)) checkOutputSchema(child, path);
}

function checkKeywords(schema: JsonRecord, type: string, path: string): void {
  if (type === 'object' && schema['additionalProperties'] !== false) {
    refuse(`${path}: For 'object' type, 'additionalProperties' must be explicitly set to false`);
  }
  const found = (UNSUPPORTED[type] ?? []).filter((keyword) => schema[keyword] !== undefined);
  if (found.length === 1) refuse(`${path}: For '${type}' type, property '${found[0]}' is not supported`);
  if (found.length > 1) refuse(`${path}: For '${type}' type, properties ${found.join(', ')} are not supported`);
  if (type === 'array' && (asNumber(schema['minItems']) ?? 0) > 1) {
    refuse(`${path}: For 'array' type, 'minItems' values other than 0 or 1 are not supported`);
  }
}

function childrenOf(schema: JsonRecord): readonly JsonRecord[] {
  const named = ['properties', '$defs', 'definitions'].flatMap((group) => Object.values(asRecord(schema[group]) ?? {}));
  const listed = ['anyOf', 'allOf', 'oneOf'].flatMap((group) => asList(schema[group]));
  return [...named, ...listed, schema['items']].filter(isRecord);
}
