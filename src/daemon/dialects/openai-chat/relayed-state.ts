import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { isSealed } from '../../ir/opaque.js';
import type { Warning, WireBody } from '../dialect.js';
import { listOf, objectOf } from './wire.js';

/** Takes state of other vendors off the calls of the history, where clients of Google's kind carry it. */
export function dropForeignState(body: WireBody): readonly Warning[] {
  let hasChanged = false;
  const messages = listOf(body.get('messages')).map((message) => {
    const calls = objectOf(message)?.['tool_calls'];
    if (!isObject(message) || !Array.isArray(calls)) return message;
    const kept = calls.map((call: JsonValue) => (isObject(call) ? withoutSealed(call) : call));
    if (kept.every((call, index) => call === calls[index])) return message;
    hasChanged = true;
    return { ...message, tool_calls: kept };
  });
  if (!hasChanged) return [];
  body.set('messages', messages);
  return [{ path: 'messages', reason: 'thought signatures of another vendor are not sent on' }];
}

function withoutSealed(call: JsonObject): JsonObject {
  const extra = objectOf(call['extra_content']);
  const google = objectOf(extra?.['google']);
  if (!isSealed(google?.['thought_signature'])) return call;
  const { extra_content: _extra, ...rest } = call;
  const { thought_signature: _signature, ...othersOfGoogle } = google ?? {};
  const { google: _google, ...others } = extra ?? {};
  const kept = { ...others, ...(Object.keys(othersOfGoogle).length === 0 ? {} : { google: othersOfGoogle }) };
  return Object.keys(kept).length === 0 ? rest : { ...rest, extra_content: kept };
}
