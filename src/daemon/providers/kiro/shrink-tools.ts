import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

/** Lists above this have been seen to end in a 500. */
const LARGE_BYTES = 20_000;
const SHORT_DESCRIPTION = 500;
/** Members that hold what a tool may be given, not schemas. */
const VALUES: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples']);

/**
 * Makes a large list of tools smaller: without the descriptions within schemas, and with shorter ones of the tools. What may
 * be said to a tool stays as it is. `false`: there is nothing to take away.
 */
export function shrinkTools(body: WireBody): boolean {
  const state = objectOf(body.get('conversationState'));
  const current = objectOf(state['currentMessage']);
  const input = objectOf(current['userInputMessage']);
  const context = objectOf(input['userInputMessageContext']);
  const tools: readonly JsonValue[] = Array.isArray(context['tools']) ? context['tools'] : [];
  const before = JSON.stringify(tools).length;
  if (before <= LARGE_BYTES) return false;
  const smaller = tools.map((tool) =>
    isObject(tool) ? { toolSpecification: shorter(objectOf(tool['toolSpecification'])) } : tool,
  );
  if (JSON.stringify(smaller).length === before) return false;
  const changed = { ...input, userInputMessageContext: { ...context, tools: smaller } };
  body.set('conversationState', { ...state, currentMessage: { ...current, userInputMessage: changed } });
  return true;
}

function shorter({ description, inputSchema, ...spec }: JsonObject): JsonObject {
  const text = typeof description === 'string' ? description : '';
  return {
    ...spec,
    description: text.length > SHORT_DESCRIPTION ? `${text.slice(0, SHORT_DESCRIPTION)}…` : text,
    inputSchema: { json: undescribed(objectOf(inputSchema)['json'] ?? {}) },
  };
}

/** A property may itself be called `description`: only texts of that name are explanations. */
function undescribed(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return (schema as readonly JsonValue[]).map(undescribed);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): [string, JsonValue][] => {
      if (value === undefined || (key === 'description' && typeof value === 'string')) return [];
      return [[key, VALUES.has(key) ? value : undescribed(value)]];
    }),
  );
}

const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});
