import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import type { ModelRequest } from '../../ir/request.js';
import type { EncodedRequest, EncodeRequestContext } from '../dialect.js';
import { encodeSettings } from './encode-config.js';
import { encodeOwnRequest } from './encode-own.js';
import { encodeTools } from './encode-tools.js';
import { encodeTurns } from './encode-turns.js';
import { openToolNames } from './names.js';
import { planOutput } from './output-format.js';
import { ID } from './wire.js';

/**
 * Prints a `generateContent` body. The model stands in the URL, not here.
 * @throws RequestFault for what must be refused rather than dropped.
 */
export function encodeRequest(request: ModelRequest, context: EncodeRequestContext): EncodedRequest {
  if (request.dialect === ID) return { body: encodeOwnRequest(request), restore: {} };
  refuseStoredHistory(request);
  const names = openToolNames();
  // Declared tools come first, so that they keep their names when a history has others like them.
  const { members, wrapped } = encodeTools(request, context, names);
  const { note } = planOutput(request, context.model);
  if (note !== undefined) {
    context.warn({
      path: 'output',
      reason: 'this model takes functions or a JSON format, not both: the prompt asks for it',
    });
  }
  const turns = encodeTurns(request, { ...context, names, note });
  const body: JsonObject = { ...turns, ...members, ...encodeSettings(request, context) } satisfies JsonObject;
  return {
    body,
    restore: {
      ...(names.changed.size === 0 ? {} : { toolNames: names.changed }),
      ...(wrapped.size === 0 ? {} : { wrappedTools: wrapped }),
    },
  };
}

/** The conversation lives at another upstream: without it the answer would be to something else. */
function refuseStoredHistory({ ext }: ModelRequest): void {
  if (typeof ext?.['openai-responses']?.['previous_response_id'] !== 'string') return;
  throw new RequestFault('previous_response_id is not known here', 'previous_response_id');
}
