import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { readDomain } from '../../login/endpoints.js';
import { askForRenewal, isReadOnly, LATER_MS } from '../../login/renew.js';
import { readRetryAfterMs, readVendorError, textOf } from '../../login/vendor-call.js';
import type { RefreshOutcome } from '../account.js';
import { accessTokenOf, fieldText } from '../account-fields.js';
import { editorToken } from './import.js';
import { copilotOAuth } from './oauth.js';

/**
 * A GitHub token does not end and cannot be renewed: asks whether it is still good. One that was taken from an editor is
 * followed there, should the editor have another one for the same person by now.
 */
export async function refreshCopilot(fields: JsonObject, context: AccountContext): Promise<RefreshOutcome> {
  const token = accessTokenOf(fields);
  const enterprise = readDomain(fieldText(fields, 'enterprise_url', 'enterprise_domain') ?? '');
  const outcome = await check(token, enterprise, context);
  if (outcome.kind !== 'login-needed' || !isReadOnly(fields) || context.local === undefined)
    return withoutName(outcome);
  const other = await editorToken(context.local, enterprise ?? 'github.com');
  if (other === undefined || other === token) return outcome;
  const found = await check(other, enterprise, context);
  const isSame = found.kind === 'renewed' && found.login === fieldText(fields, 'username', 'login');
  return isSame ? { kind: 'renewed', fields: { access_token: other } } : outcome;
}

type Checked =
  | Exclude<RefreshOutcome, { kind: 'renewed' }>
  | { readonly kind: 'renewed'; readonly login: string | undefined };

const withoutName = (checked: Checked): RefreshOutcome =>
  checked.kind === 'renewed' ? { kind: 'renewed', fields: {} } : checked;

async function check(token: string, enterprise: string | undefined, context: AccountContext): Promise<Checked> {
  const outcome = await askForRenewal(context, {
    method: 'GET',
    url: copilotOAuth(context, enterprise).user,
    headers: { authorization: `Bearer ${token}` },
  });
  if (outcome.kind === 'unreachable') return { kind: 'failed', reason: outcome.reason, retryAfterMs: LATER_MS };
  const { reply } = outcome;
  if (reply.status === 200) return { kind: 'renewed', login: textOf(reply.body['login']) };
  const { message: reason } = readVendorError(reply, [token]);
  if (reply.status === 401) return { kind: 'login-needed', reason };
  const wait = readRetryAfterMs(reply.headers, context.clock.now()) ?? LATER_MS;
  return { kind: 'failed', reason, retryAfterMs: Math.max(wait, LATER_MS) };
}
