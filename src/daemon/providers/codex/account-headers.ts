import { hash } from 'node:crypto';
import { USER_AGENT } from '../../../shared/version.js';
import { firstValue } from '../api-key.js';
import type { Call, ClientHeaders } from '../provider.js';
import type { CodexClaims } from './claims.js';
import { isCodexClient } from './first-party.js';

/** How the backend knows us by name. */
const ORIGINATOR = 'cliproxyctl';

/** Sent on only when the client sent them, never made up (codex.md 4.1). */
const FORWARDED = [
  'version',
  'x-codex-turn-metadata',
  'x-codex-turn-state',
  'x-codex-window-id',
  'x-codex-beta-features',
  'x-client-request-id',
  'thread-id',
  'x-openai-internal-codex-responses-lite',
  'x-openai-subagent',
] as const;
/** A Codex client's own words on who it is and which conversation this is. */
const OF_CODEX = ['originator', 'user-agent', 'session-id', 'session_id', 'conversation_id'] as const;

/** The headers of the account itself, for side calls too. */
export const accountHeaders = (token: string, { accountId, isFedramp }: CodexClaims): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  originator: ORIGINATOR,
  'user-agent': USER_AGENT,
  ...(accountId === undefined ? {} : { 'chatgpt-account-id': accountId }),
  ...(isFedramp ? { 'x-openai-fedramp': 'true' } : {}),
});

/** The headers of one request; `cacheKey` is what the backend calls the session. */
export function codexHeaders(
  account: Readonly<Record<string, string>>,
  { operation, clientHeaders, asked }: Call,
  cacheKey: string | undefined,
): Record<string, string> {
  const isOwn = isCodexClient(asked?.dialect ?? '', clientHeaders);
  const own = isOwn ? copied(clientHeaders, OF_CODEX) : {};
  const hasSession = own['session-id'] !== undefined || own['session_id'] !== undefined;
  return {
    'content-type': 'application/json',
    'accept-encoding': 'identity',
    ...account,
    ...(hasSession || cacheKey === undefined ? {} : { 'session-id': cacheKey }),
    ...copied(clientHeaders, FORWARDED),
    ...own,
    accept: operation === 'compact' ? 'application/json' : 'text/event-stream',
  };
}

function copied(client: ClientHeaders, names: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of names) {
    const value = firstValue(client[name]);
    if (value !== undefined && value !== '' && !/[\r\n]/.test(value)) headers[name] = value;
  }
  return headers;
}

/** A stable name for the conversation that tells nothing of it: session ids of clients may hold more than a number. */
export function cacheKeyOf(sessionKey: string): string {
  const digest = hash('sha256', sessionKey, 'hex');
  return [8, 12, 16, 20, 32].map((end, at, ends) => digest.slice(ends[at - 1] ?? 0, end)).join('-');
}
