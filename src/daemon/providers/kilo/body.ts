import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Call } from '../provider.js';
import { isAutoModel } from './headers.js';

/** Makes a body one that Kilo's endpoint of that dialect takes (kilo.md 4.3). */
export function shapeBody(body: WireBody, call: Call, privacy: 'allow' | 'deny' | undefined): void {
  const { model, endpoint, operation } = call;
  if (body.get('model') !== model.id) body.set('model', model.id);
  if (operation === 'embed') return;
  if (endpoint.dialect === 'openai-responses') shapeResponses(body);
  if (endpoint.dialect !== 'openai-chat') return dropHostedTools(body);
  shapeReasoning(body, call);
  keepFunctionTools(body);
  drop(body, 'web_search_options');
  const limit = body.get('max_completion_tokens');
  if (limit !== undefined) {
    if (body.get('max_tokens') === undefined) body.set('max_tokens', limit);
    drop(body, 'max_completion_tokens');
  }
  if (privacy !== undefined) {
    const routing = body.get('provider');
    body.set('provider', { ...(isObject(routing) ? routing : {}), data_collection: privacy });
  }
}

/** Kilo has OpenRouter's object; the automatic models and those that do not think take no settings at all. */
function shapeReasoning(body: WireBody, { model }: Call): void {
  const effort = body.get('reasoning_effort');
  const object = body.get('reasoning');
  if (effort === undefined && object === undefined) return;
  drop(body, 'reasoning_effort');
  if (isAutoModel(model.id) || (model.thinking === undefined && !model.userDefined)) return drop(body, 'reasoning');
  if (typeof effort === 'string') body.set('reasoning', { ...(isObject(object) ? object : {}), effort });
}

/** Tools that the upstream would run itself: there are none at Kilo, and as functions they would mean something else. */
function keepFunctionTools(body: WireBody): void {
  keepTools(body, ({ type }) => type === 'function');
}

const dropHostedTools = (body: WireBody): void => keepTools(body, ({ type }) => !isWebSearch(type));

const isWebSearch = (type: JsonValue | undefined): boolean =>
  typeof type === 'string' && /^web_(search|fetch)/.test(type);

function keepTools(body: WireBody, isKept: (tool: JsonObject) => boolean): void {
  const tools = body.get('tools');
  if (!Array.isArray(tools)) return;
  const list: readonly JsonValue[] = tools;
  const kept = list.filter((tool) => isObject(tool) && isKept(tool));
  if (kept.length === list.length) return;
  body.set('tools', kept.length === 0 ? undefined : kept);
  if (kept.length === 0) drop(body, 'tool_choice');
}

/** Nothing is stored unless asked for: an item's id then names nothing, and a reference leads nowhere. */
function shapeResponses(body: WireBody): void {
  const input = body.get('input');
  if (body.get('store') === true || !Array.isArray(input)) return;
  const items: readonly JsonValue[] = input;
  const hasState = items.some((item) => isObject(item) && ('id' in item || item['type'] === 'item_reference'));
  if (!hasState) return;
  body.set(
    'input',
    items.flatMap((item): JsonValue[] => {
      if (!isObject(item)) return [item];
      if (item['type'] === 'item_reference') return [];
      const { id: _id, ...rest } = item;
      return [rest];
    }),
  );
}

function drop(body: WireBody, member: string): void {
  if (body.get(member) !== undefined) body.set(member, undefined);
}

/** The least that every routed provider takes. */
const LEAST_TOKENS = 16;

/** Raises an answer limit that was too small for the routed provider. @returns whether there was one. */
export function raiseLimit(body: WireBody): boolean {
  for (const member of ['max_tokens', 'max_output_tokens', 'max_completion_tokens']) {
    const limit = body.get(member);
    if (typeof limit !== 'number' || limit >= LEAST_TOKENS) continue;
    body.set(member, LEAST_TOKENS);
    return true;
  }
  return false;
}
