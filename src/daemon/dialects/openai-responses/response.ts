import type { ModelResponse } from '../../ir/event.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { Extensions, Part } from '../../ir/request.js';
import type { Restore } from '../dialect.js';
import { decodeOutputItem } from './decode-item.js';
import { decodeFinish } from './finish.js';
import { decodeUsage, isBilledSearch, withSearches } from './usage.js';
import { isArray, keep } from './wire.js';

/** Reads a whole answer. */
export function decodeResponse(body: JsonObject, restore: Restore): ModelResponse {
  const output = isArray(body['output']) ? body['output'].filter(isObject) : [];
  const content = output.flatMap(decodeOutputItem).map((part) => restoreName(part, restore));
  const usage = withSearches(decodeUsage(body['usage']), output.filter(isBilledSearch).length);
  const { id, model } = body;
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof model === 'string' ? { model } : {}),
    content,
    finish: decodeFinish(body, content.some(isCall)),
    ...(usage === undefined ? {} : { usage }),
    ...responseExtensions(body),
  };
}

const isCall = (part: Part): boolean => part.type === 'tool-call';

function restoreName(part: Part, { toolNames }: Restore): Part {
  return part.type === 'tool-call' ? { ...part, name: toolNames?.get(part.name) ?? part.name } : part;
}

/** What else the upstream said of its answer: settings it used, tier, times. */
export function responseExtensions(response: JsonObject): { readonly ext?: Extensions } {
  const { id: _id, model: _model, output: _output, usage: _usage, status: _status, error: _error, ...rest } = response;
  return keep(rest);
}
