import type { JsonObject } from '../../ir/json.js';
import type { ToolCallPart } from '../../ir/request.js';
import { objectOf, ownExtension } from './wire.js';

/** Prints a call as the client had written it. */
export function encodeOwnCall(call: ToolCallPart): JsonObject {
  const { fields, hints } = ownExtension(call.ext);
  const original = objectOf(hints['$call']);
  if (original !== undefined) return original;
  const inner = objectOf(hints['$inner']) ?? {};
  return call.custom === true
    ? { id: call.id, type: 'custom', custom: { name: call.name, input: call.input, ...inner }, ...fields }
    : { id: call.id, type: 'function', function: { name: call.name, arguments: call.input, ...inner }, ...fields };
}
