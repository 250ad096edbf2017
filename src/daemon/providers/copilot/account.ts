import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError } from '../../login/vendor-call.js';
import type { AccountFacts, AccountProvider } from '../account.js';
import { accessTokenOf, fieldText, tokenIdOf } from '../account-fields.js';
import { openCopilotAccount } from './account-upstream.js';
import { identityHeaders } from './headers.js';
import { copilotLogins } from './login.js';
import { copilotAliases, readModels } from './models.js';
import { copilotPolicy } from './policy.js';
import { readCopilotQuota } from './quota.js';
import { refreshCopilot } from './refresh.js';
import { openCopilotSession } from './session.js';

/** GitHub Copilot by subscription. */
export const copilotAccount: AccountProvider = {
  id: 'copilot',
  channel: 'github-copilot',
  types: ['github-copilot', 'copilot', 'github'],
  title: 'GitHub Copilot',
  reasoningFamily: 'openai',
  catalog: 'copilot',
  policy: copilotPolicy,
  logins: copilotLogins,
  read: readCopilotFile,
  open: openCopilotAccount,
  refresh: refreshCopilot,
  listModels: listCopilotModels,
  aliasesOf: copilotAliases,
  readQuota: readCopilotQuota,
};

/** The GitHub token does not end; the short one that inference needs is the upstream's own matter. */
function readCopilotFile(fields: JsonObject): AccountFacts {
  const token = accessTokenOf(fields);
  const plan = fieldText(fields, 'copilot_plan', 'plan');
  return {
    label: fieldText(fields, 'username', 'login', 'email') ?? 'GitHub login',
    canRefresh: true,
    isAskedAfterRefusal: true,
    refreshLeadMs: 0,
    tokenId: tokenIdOf(token),
    ...(plan === undefined ? {} : { plan }),
  };
}

/** @throws AppError `models_unavailable` */
async function listCopilotModels(fields: JsonObject, context: AccountContext): Promise<readonly ModelInfo[]> {
  const session = openCopilotSession(fields, context);
  const failure = await session.ready();
  if (failure !== undefined) throw new AppError('models_unavailable', failure.message);
  const reply = await callVendor(context, {
    method: 'GET',
    url: `${session.baseUrl()}/models`,
    headers: { ...identityHeaders(fields), authorization: `Bearer ${session.token()}` },
    timeoutMs: 5_000,
    maxBytes: 2 * 1024 * 1024,
  });
  if (reply.status === 200) return readModels(reply.body);
  throw new AppError('models_unavailable', `Copilot does not list its models: ${readVendorError(reply).message}`);
}
