import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import { isProjectId } from '../../login/google/application-default.js';
import { readServiceAccount } from '../../login/google/service-account.js';
import type { AccountFacts, AccountProvider } from '../account.js';
import { accessTokenOf, expiryOf, fieldText, tokenIdOf } from '../account-fields.js';
import { openGeminiAccount } from './account-upstream.js';
import { geminiLogins } from './login.js';
import { listGeminiModels } from './models.js';
import { GEMINI_TYPE } from './new-credential.js';
import { geminiPolicy } from './policy.js';
import { refreshGemini, revokeGemini } from './refresh.js';

/** The public Gemini API by Google login. */
export const geminiAccount: AccountProvider = {
  id: 'gemini',
  channel: 'gemini',
  types: [GEMINI_TYPE],
  title: 'Gemini (Google login)',
  reasoningFamily: 'gemini',
  catalog: 'gemini',
  policy: geminiPolicy,
  logins: geminiLogins,
  read: readGeminiFile,
  open: openGeminiAccount,
  listModels: listGeminiModels,
  refresh: refreshGemini,
  revoke: revokeGemini,
};

const REFRESH_LEAD_MS = 5 * 60_000;

function readGeminiFile(fields: JsonObject): AccountFacts {
  const label = fieldText(fields, 'email') ?? fieldText(fields, 'project_id') ?? 'Google login';
  const project = fieldText(fields, 'project_id');
  if (project !== undefined && !isProjectId(project)) {
    throw new AppError('credential_malformed', '"project_id" is no id of a Google Cloud project');
  }
  const key = fields['service_account'];
  if (isObject(key)) {
    const { file } = readServiceAccount(key);
    return { label, canRefresh: false, refreshLeadMs: 0, tokenId: tokenIdOf(String(file['private_key'])) };
  }
  // Older gateways kept logins of Google's own command line under the same type: for another API, by another's client.
  if (isObject(fields['token'])) {
    throw new AppError('credential_malformed', 'this is a login of Gemini CLI, for an API that is not served', {
      hint: 'log in with a client of your own: `cliproxyctl login gemini-oauth`',
    });
  }
  const token = accessTokenOf(fields);
  const expiresAt = expiryOf(fields);
  return {
    label,
    canRefresh: fieldText(fields, 'refresh_token') !== undefined,
    refreshLeadMs: REFRESH_LEAD_MS,
    tokenId: tokenIdOf(token),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
