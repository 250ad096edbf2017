import { GEMINI_RULES, type SchemaRules } from '../../dialects/gemini-generate/schema.js';

const hinted = new Set([...GEMINI_RULES.hinted, 'minimum', 'maximum', 'multipleOf']);

/** The fields of Google's `Schema` that are left to use; it refuses any other member. */
const KNOWN = new Set(['type', 'description', 'properties', 'required', 'items', 'additionalProperties', 'nullable']);

/** What the service takes of the schema of a function's input. */
export const TOOL_RULES: SchemaRules = {
  hinted,
  dropped: without(GEMINI_RULES.dropped, 'nullable'),
  known: KNOWN,
  references: 'copied',
  enums: 'hinted',
  nulls: 'member',
  not: 'hinted',
  closed: 'hinted',
};

/** Of the schema of an answer, which is less narrow. */
export const RESPONSE_RULES: SchemaRules = {
  ...TOOL_RULES,
  dropped: without(GEMINI_RULES.dropped, 'nullable', 'title'),
  known: new Set([...KNOWN, 'enum', 'title']),
  enums: 'typed',
  closed: 'kept',
};

function without(set: ReadonlySet<string>, ...names: readonly string[]): ReadonlySet<string> {
  return new Set([...set].filter((name) => !names.includes(name)));
}
