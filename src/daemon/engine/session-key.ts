import type { WireBody } from '../dialects/dialect.js';
import { isObject, type JsonValue } from '../ir/json.js';
import type { ClientHeaders } from '../providers/provider.js';

/** Strongest first; `X-Session-Key` is our own, the others are what clients really send. */
const HEADERS = [
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'x-session-id',
  'x-session-affinity',
  'x-session-key',
] as const;
const MEMBERS = ['session_id', 'sessionId', 'prompt_cache_key', 'conversation_id'] as const;

/** Which conversation a request belongs to, from cheap hints only; `undefined` when it does not say. */
export function sessionKeyOf(headers: ClientHeaders, body: WireBody): string | undefined {
  for (const name of HEADERS) {
    const value = headers[name];
    const key = valid(typeof value === 'string' ? value : value?.[0]);
    if (key !== undefined) return key;
  }
  const user = userSession(body.get('metadata'));
  if (user !== undefined) return user;
  for (const member of MEMBERS) {
    const key = valid(body.get(member));
    if (key !== undefined) return key;
  }
  return undefined;
}

/** Claude Code keeps its session in `metadata.user_id`: as JSON, or as `..._session_<id>` in older versions. */
function userSession(metadata: JsonValue | undefined): string | undefined {
  const id = isObject(metadata) ? metadata['user_id'] : undefined;
  if (typeof id !== 'string') return undefined;
  const found = /"session_id"\s*:\s*"([^"]+)"/.exec(id)?.[1] ?? /_session_([\w-]+)$/.exec(id)?.[1];
  return valid(found ?? id);
}

function valid(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  const isUsable =
    trimmed !== '' && trimmed.length <= 256 && [...trimmed].every((char) => char >= ' ' && char !== '\x7f');
  return isUsable ? trimmed : undefined;
}
