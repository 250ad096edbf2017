import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { readDomain } from '../../login/endpoints.js';
import { askForRenewal, LATER_MS } from '../../login/renew.js';
import { readRetryAfterMs, readVendorError } from '../../login/vendor-call.js';
import type { RefreshOutcome } from '../account.js';
import { accessTokenOf, fieldText } from '../account-fields.js';
import { copilotOAuth } from './oauth.js';

/** A GitHub token does not end and cannot be renewed: asks whether it is still good. */
export async function refreshCopilot(fields: JsonObject, context: AccountContext): Promise<RefreshOutcome> {
  const token = accessTokenOf(fields);
  const enterprise = readDomain(fieldText(fields, 'enterprise_url', 'enterprise_domain') ?? '');
  const outcome = await askForRenewal(context, {
    method: 'GET',
    url: copilotOAuth(context, enterprise).user,
    headers: { authorization: `Bearer ${token}` },
  });
  if (outcome.kind === 'unreachable') return { kind: 'failed', reason: outcome.reason, retryAfterMs: LATER_MS };
  const { reply } = outcome;
  if (reply.status === 200) return { kind: 'renewed', fields: {} };
  const { message: reason } = readVendorError(reply, [token]);
  if (reply.status === 401) return { kind: 'login-needed', reason };
  const wait = readRetryAfterMs(reply.headers, context.clock.now()) ?? LATER_MS;
  return { kind: 'failed', reason, retryAfterMs: Math.max(wait, LATER_MS) };
}
