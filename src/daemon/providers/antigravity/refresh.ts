import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { storedClient } from '../../login/google/own-client.js';
import { renewGoogleToken, revokeGoogleToken } from '../../login/google/renewal.js';
import { definedFields } from '../../login/token-fields.js';
import { textOf } from '../../login/vendor-call.js';
import type { RefreshOutcome } from '../account.js';
import { fieldText } from '../account-fields.js';
import { ANTIGRAVITY_TYPE, antigravityExpiry, projectOf } from './fields.js';
import { antigravityAddresses } from './oauth.js';
import { discoverProject } from './project.js';
import { tokenMembers } from './token-members.js';

const NO_CLIENT =
  'only the OAuth client that this login was made with can renew it: set oauth-clients.antigravity in the config, or import a fresh token';

/** A new access token, and the project where it was not known yet. */
export async function refreshAntigravity(fields: JsonObject, context: AccountContext): Promise<RefreshOutcome> {
  const refreshToken = fieldText(fields, 'refresh_token');
  if (refreshToken === undefined) return { kind: 'login-needed', reason: 'there is no refresh token' };
  const client = storedClient(fields, context);
  const now = context.clock.now();
  if (client === undefined) {
    // Until then it can be used as it is.
    const left = antigravityExpiry(fields) - now;
    if (left > 0) return { kind: 'failed', reason: NO_CLIENT, retryAfterMs: left };
    return { kind: 'login-needed', reason: NO_CLIENT };
  }
  const outcome = await renewGoogleToken(context, { url: antigravityAddresses(context).token, client, refreshToken });
  if (outcome.kind !== 'answered') return outcome;
  const renewed = definedFields({
    type: ANTIGRAVITY_TYPE,
    ...tokenMembers(outcome.accessToken, outcome.body['expires_in'], now),
    refresh_token: textOf(outcome.body['refresh_token']),
  });
  if (projectOf(fields) !== undefined) return { kind: 'renewed', fields: renewed };
  return { kind: 'renewed', fields: { ...renewed, ...(await projectFields({ ...fields, ...renewed }, context)) } };
}

/** The token is good without it: what cannot be found now is looked for with the next request. */
async function projectFields(fields: JsonObject, context: AccountContext): Promise<JsonObject> {
  try {
    const found = await discoverProject(fields, context);
    return found.kind === 'found' ? { project_id: found.project } : {};
  } catch (error) {
    if (error instanceof AppError) return {};
    throw error;
  }
}

/** Ends a login that was made here. @throws AppError `revoke_failed`, `vendor_unreachable` */
export async function revokeAntigravity(fields: JsonObject, context: AccountContext): Promise<void> {
  const token = fieldText(fields, 'refresh_token');
  // Another program's login is not ours to end; only one made here names its client.
  if (token === undefined || fieldText(fields, 'client_id') === undefined) {
    throw new AppError('revoke_failed', 'there is nothing of our own to end at Google');
  }
  await revokeGoogleToken(context, antigravityAddresses(context).revoke, token);
}
