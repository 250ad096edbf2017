import type { WireBody } from '../dialects/dialect.js';
import { isObject, type JsonValue } from '../ir/json.js';
import type { SessionIds } from '../pool/sticky.js';
import type { ClientHeaders } from '../providers/provider.js';

const CLAUDE_HEADER = 'x-claude-code-session-id';
/** Strongest first; `X-Session-Key` is our own, the others are what clients really send. */
const HEADERS = [
  'session-id',
  'session_id',
  'x-session-id',
  'x-session-affinity',
  'x-session-key',
  'x-client-request-id',
] as const;
const SESSION_MEMBERS = ['session_id', 'sessionId'] as const;

/**
 * Which conversation a request belongs to, from what it says of itself; `undefined` when it does not say. Members are read
 * one at a time: no large one is parsed for this.
 */
export function sessionOf(headers: ClientHeaders, body: WireBody): SessionIds | undefined {
  const id = named(headers, body);
  if (id !== undefined) return { id };
  const cacheKey = valid(body.get('prompt_cache_key'));
  const conversation = conversationOf(body.get('conversation'));
  if (cacheKey !== undefined) return { id: cacheKey, ...(conversation === undefined ? {} : { second: conversation }) };
  const last =
    conversation ??
    userOf(body.get('metadata')) ??
    valid(body.get('conversation_id')) ??
    // Codex CLI's name for a thread; it stays the same where the session's id is not sent.
    header(headers, 'thread-id');
  return last === undefined ? undefined : { id: last };
}

export const sessionKeyOf = (headers: ClientHeaders, body: WireBody): string | undefined =>
  sessionOf(headers, body)?.id;

function named(headers: ClientHeaders, body: WireBody): string | undefined {
  const claude = header(headers, CLAUDE_HEADER) ?? claudeSession(body.get('metadata'));
  if (claude !== undefined) return claude;
  for (const name of HEADERS) {
    const id = header(headers, name);
    if (id !== undefined) return id;
  }
  for (const member of SESSION_MEMBERS) {
    const id = valid(body.get(member));
    if (id !== undefined) return id;
  }
  return undefined;
}

function header(headers: ClientHeaders, name: string): string | undefined {
  const value = headers[name];
  return value === undefined ? undefined : valid(typeof value === 'string' ? value : value[0]);
}

/** Claude Code keeps its session in `metadata.user_id`: as JSON, or as `..._session_<id>` in older versions. */
function claudeSession(metadata: JsonValue | undefined): string | undefined {
  const id = isObject(metadata) ? metadata['user_id'] : undefined;
  if (typeof id !== 'string') return undefined;
  return valid(/"session_id"\s*:\s*"([^"]+)"/.exec(id)?.[1] ?? /_session_([\w-]+)$/.exec(id)?.[1]);
}

const userOf = (metadata: JsonValue | undefined): string | undefined =>
  isObject(metadata) ? valid(metadata['user_id']) : undefined;

/** The Responses API takes the id, or an object with it. */
const conversationOf = (value: JsonValue | undefined): string | undefined =>
  valid(isObject(value) ? value['id'] : value);

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

function valid(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return trimmed !== '' && trimmed.length <= 256 && !CONTROL.test(trimmed) ? trimmed : undefined;
}
