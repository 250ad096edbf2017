import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { mayHold } from './body-bytes.js';

/** Placeholder properties that other gateways add to schemas without properties, as clients hand them on. */
const PLACEHOLDER = '_';
const REASON = 'reason';
const REASON_TEXT = 'Brief explanation of why you are calling this tool';

/** Printed forms of what is looked for: a body without any of them keeps its bytes, and its tools unparsed. */
const SIGNS = ['"_":{"type"', '"_": {"type"', REASON_TEXT, '"web_search_'] as const;

/** Takes out of the tools what Anthropic has no use for or refuses: placeholder properties, empty lists of domains. */
export function sanitiseTools(body: WireBody): void {
  if (!mayHold(body, 'tools', ...SIGNS)) return;
  const tools = body.get('tools');
  if (!Array.isArray(tools)) return;
  const before: readonly JsonValue[] = tools;
  const after = before.map((tool) => (isObject(tool) ? sanitiseTool(tool) : tool));
  if (after.some((tool, at) => tool !== before[at])) body.set('tools', after);
}

function sanitiseTool(tool: JsonObject): JsonObject {
  const { type, custom } = tool;
  if (typeof type === 'string' && type.startsWith('web_search_')) return withoutEmptyDomains(tool);
  const clean = withSchema(tool);
  return isObject(custom) ? withMember(clean, 'custom', withSchema(custom)) : clean;
}

/** An empty list is refused, where none is fine. */
function withoutEmptyDomains(tool: JsonObject): JsonObject {
  const isEmpty = (key: string): boolean => {
    const list = tool[key];
    return Array.isArray(list) && list.length === 0;
  };
  const empty = ['allowed_domains', 'blocked_domains'].filter(isEmpty);
  return empty.length === 0 ? tool : without(tool, empty);
}

const withSchema = (holder: JsonObject): JsonObject =>
  isObject(holder['input_schema']) ? withMember(holder, 'input_schema', cleanSchema(holder['input_schema'])) : holder;

/** Walks everything: schemas nest in many keywords. */
function cleanValue(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) {
    const items: readonly JsonValue[] = value;
    const clean = items.map((item) => cleanValue(item) ?? null);
    return clean.some((item, at) => item !== items[at]) ? clean : items;
  }
  return isObject(value) ? cleanSchema(value) : value;
}

function cleanSchema(schema: JsonObject): JsonObject {
  let clean = schema;
  for (const [key, value] of Object.entries(schema)) clean = withMember(clean, key, cleanValue(value));
  const { properties, required } = clean;
  if (!isObject(properties)) return clean;
  const names = Object.keys(properties).filter((name) => isPlaceholder(name, properties[name]));
  if (names.length === 0) return clean;
  clean = { ...clean, properties: without(properties, names) };
  if (!Array.isArray(required)) return clean;
  const left = required.filter((name) => typeof name !== 'string' || !names.includes(name));
  return left.length === 0 ? without(clean, ['required']) : { ...clean, required: left };
}

/** A `reason` that the tool itself asks for is told apart by its description. */
const isPlaceholder = (name: string, property: JsonValue | undefined): boolean =>
  name === PLACEHOLDER || (name === REASON && isObject(property) && property['description'] === REASON_TEXT);

const without = (object: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !names.includes(key)));

const withMember = (object: JsonObject, key: string, value: JsonValue | undefined): JsonObject =>
  object[key] === value ? object : { ...object, [key]: value };
