import type { ModelInfo } from '../../ir/model.js';
import { firstValue, listValue } from '../api-key.js';
import type { Call } from '../provider.js';
import { initiatorOf } from './initiator.js';
import { hasImage } from './vision.js';

const API_VERSION = '2023-06-01';
const INTERLEAVED = 'interleaved-thinking-2025-05-14';
/** Anthropic's own matters: its long context, its logins, its clients' name. */
const NOT_FOR_COPILOT = /^(context-1m-|oauth-|claude-code-)/;

/** The headers of one request; the body must be final. */
export function requestHeaders(call: Call, own: Readonly<Record<string, string>>): Record<string, string> {
  const { asked, body, endpoint, stream, operation } = call;
  const isMessages = endpoint.dialect === 'anthropic-messages';
  return {
    'content-type': 'application/json',
    'accept-encoding': 'identity',
    ...own,
    accept: stream ? 'text/event-stream' : 'application/json',
    'x-initiator': asked === undefined || operation !== 'generate' ? 'user' : initiatorOf(asked.dialect, asked.body),
    ...(operation === 'generate' && hasImage(body) ? { 'copilot-vision-request': 'true' } : {}),
    ...(isMessages ? anthropicHeaders(call) : {}),
  };
}

function anthropicHeaders({ clientHeaders, relay, model, body }: Call): Record<string, string> {
  const asked = relay ? (listValue(clientHeaders['anthropic-beta']) ?? '').split(',').map((name) => name.trim()) : [];
  const betas = new Set(asked.filter((name) => name !== '' && !NOT_FOR_COPILOT.test(name)));
  if (takesBudget(model) && body.get('thinking') !== undefined) betas.add(INTERLEAVED);
  return {
    'anthropic-version': firstValue(clientHeaders['anthropic-version']) ?? API_VERSION,
    ...(betas.size === 0 ? {} : { 'anthropic-beta': [...betas].join(',') }),
  };
}

/** Adaptive models interleave by themselves. */
const takesBudget = ({ thinking }: ModelInfo): boolean => thinking?.max !== undefined;
