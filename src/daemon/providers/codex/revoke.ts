import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { isReadOnly } from '../../login/renew.js';
import { callVendor, readVendorError } from '../../login/vendor-call.js';
import { fieldText } from '../account-fields.js';
import { codexOAuth } from './oauth.js';

const TIMEOUT_MS = 10_000;

/**
 * Ends the login at OpenAI, as the Codex CLI does on logout. A login that another program owns is left alone.
 * @throws AppError `revoke_failed`, `vendor_unreachable`
 */
export async function revokeCodex(fields: JsonObject, context: AccountContext): Promise<void> {
  const token = fieldText(fields, 'refresh_token', 'refreshToken');
  if (token === undefined || isReadOnly(fields)) {
    throw new AppError('revoke_failed', 'there is nothing of our own to end at OpenAI');
  }
  const { clientId, revoke } = codexOAuth(context);
  const reply = await callVendor(context, {
    url: revoke,
    json: { token, token_type_hint: 'refresh_token', client_id: clientId },
    timeoutMs: TIMEOUT_MS,
  });
  if (reply.status >= 200 && reply.status < 300) return;
  throw new AppError('revoke_failed', `OpenAI did not end the login: ${readVendorError(reply, [token]).message}`);
}
