import { createHmac } from 'node:crypto';
import { VERSION } from '../../../shared/version.js';
import { firstValue, listValue } from '../api-key.js';
import type { Call } from '../provider.js';

/** Hints to the automatic models, as Kilo's own client gives them (kilo.md 4.2). */
const MODES: ReadonlySet<string> = new Set([
  'plan',
  'general',
  'architect',
  'orchestrator',
  'ask',
  'debug',
  'build',
  'explore',
  'code',
]);

export const isAutoModel = (id: string): boolean => id.startsWith('kilo-auto/') || id === 'kilo/auto';

/** Who asks, and who pays. */
export const accountHeaders = (
  token: string | undefined,
  organization: string | undefined,
): Record<string, string> => ({
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  ...(organization === undefined ? {} : { 'x-kilocode-organizationid': organization }),
});

/** What one request of inference adds; we name ourselves wherever Kilo wants a name. */
export function requestHeaders(call: Call, token: string | undefined): Record<string, string> {
  const { clientHeaders, model, sessionKey, endpoint, relay } = call;
  const mode = firstValue(clientHeaders['x-kilocode-mode'])?.trim().toLowerCase();
  return {
    'x-kilocode-editorname': 'cliproxyctl',
    'x-kilocode-version': VERSION,
    ...(sessionKey === undefined || token === undefined ? {} : { 'x-kilocode-taskid': taskId(sessionKey, token) }),
    ...(mode !== undefined && MODES.has(mode) && isAutoModel(model.id) ? { 'x-kilocode-mode': mode } : {}),
    ...(endpoint.dialect === 'anthropic-messages' ? anthropicHeaders(call, relay) : {}),
  };
}

/** The same conversation, the same id, so that Kilo finds the cached prompt; nobody reads from it who it is. */
const taskId = (sessionKey: string, token: string): string =>
  createHmac('sha256', token).update(sessionKey).digest('hex').slice(0, 32);

/** Matters between Anthropic and its own logins and clients. */
const NOT_FOR_KILO = /^(oauth-|claude-code-)/;

function anthropicHeaders({ clientHeaders }: Call, relay: boolean): Record<string, string> {
  const asked = relay ? (listValue(clientHeaders['anthropic-beta']) ?? '').split(',') : [];
  const betas = asked.map((name) => name.trim()).filter((name) => name !== '' && !NOT_FOR_KILO.test(name));
  return {
    'anthropic-version': firstValue(clientHeaders['anthropic-version']) ?? '2023-06-01',
    ...(betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') }),
  };
}
