import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ToolChoice } from '../../ir/request.js';
import { joinNamespace } from './tools.js';
import { isArray } from './wire.js';

export interface DecodedToolChoice {
  readonly choice: ToolChoice;
  /** The object form, to be printed again as it was. */
  readonly raw?: JsonObject;
}

/**
 * Reads `tool_choice`. A built-in tool is named by its type (`web_search`, `file_search`).
 * @throws RequestFault when it is neither a known word nor an object with a type.
 */
export function decodeToolChoice(value: JsonValue, path: string): DecodedToolChoice {
  if (value === 'auto' || value === 'none' || value === 'required') return { choice: { mode: value } };
  const type = isObject(value) ? value['type'] : undefined;
  if (!isObject(value) || typeof type !== 'string') {
    throw new RequestFault(`${path} must be auto, none, required or an object with a type`, path);
  }
  if (type === 'allowed_tools') return { choice: decodeAllowed(value, path), raw: value };
  const name = toolName(value);
  if (name === undefined) throw new RequestFault(`${path}.name must be a string`, `${path}.name`);
  return { choice: { mode: 'named', name }, raw: value };
}

function decodeAllowed({ mode, tools }: JsonObject, path: string): ToolChoice {
  if (!isArray(tools)) throw new RequestFault(`${path}.tools must be an array`, `${path}.tools`);
  const allowed = tools.flatMap((tool) => (isObject(tool) ? (toolName(tool) ?? []) : []));
  return { mode: mode === 'required' ? 'required' : 'auto', allowed };
}

/** A callable tool by its full name, a built-in one by its type. */
function toolName({ type, name, namespace }: JsonObject): string | undefined {
  if (type !== 'function' && type !== 'custom') return typeof type === 'string' ? type : undefined;
  if (typeof name !== 'string') return undefined;
  return typeof namespace === 'string' ? joinNamespace(namespace, name) : name;
}
