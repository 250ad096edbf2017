import type { JsonObject } from '../../ir/json.js';
import type { ModelRequest } from '../../ir/request.js';
import type { EncodedRequest, EncodeRequestContext } from '../dialect.js';
import { encodeSettings } from './encode-config.js';
import { encodeOwnRequest } from './encode-own.js';
import { encodeTools } from './encode-tools.js';
import { encodeTurns } from './encode-turns.js';
import { openToolNames } from './names.js';
import { ID } from './wire.js';

/** Prints a `generateContent` body. The model stands in the URL, not here. */
export function encodeRequest(request: ModelRequest, context: EncodeRequestContext): EncodedRequest {
  if (request.dialect === ID) return { body: encodeOwnRequest(request), restore: {} };
  const names = openToolNames();
  // Declared tools come first, so that they keep their names when a history has others like them.
  const { members, wrapped } = encodeTools(request, context, names);
  const turns = encodeTurns(request, context, names);
  const body: JsonObject = { ...turns, ...members, ...encodeSettings(request, context) } satisfies JsonObject;
  return {
    body,
    restore: {
      ...(names.changed.size === 0 ? {} : { toolNames: names.changed }),
      ...(wrapped.size === 0 ? {} : { wrappedTools: wrapped }),
    },
  };
}
