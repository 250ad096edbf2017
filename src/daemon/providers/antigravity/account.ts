import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import type { AccountFacts, AccountProvider } from '../account.js';
import { fieldText, tokenIdOf } from '../account-fields.js';
import type { Upstream } from '../provider.js';
import { openAntigravityAccount } from './account-upstream.js';
import { antigravityToken } from './api-headers.js';
import { ANTIGRAVITY_TYPE, antigravityExpiry, projectOf } from './fields.js';
import { antigravityLogins } from './login.js';
import { antigravityAliases, listAntigravityModels } from './models.js';
import { antigravityPolicy } from './policy.js';
import { knownRefusal, readAntigravityQuota } from './quota.js';
import { refreshAntigravity, revokeAntigravity } from './refresh.js';

const REFRESH_LEAD_MS = 5 * 60_000;

/** Google's service behind Antigravity, by login. Nobody is asked there unless the config says so. */
export const antigravityAccount: AccountProvider = {
  id: 'antigravity',
  channel: 'antigravity',
  types: [ANTIGRAVITY_TYPE],
  title: 'Antigravity (Google)',
  reasoningFamily: 'gemini',
  catalog: 'antigravity',
  traits: ['antigravity'],
  policy: antigravityPolicy,
  logins: antigravityLogins,
  switchedOff: ({ antigravity }) =>
    antigravity.enabled ? undefined : 'Antigravity is off: `antigravity.enabled: true` in the config switches it on',
  read: readAntigravityFile,
  open,
  refresh: refreshAntigravity,
  listModels: listAntigravityModels,
  aliasesOf: antigravityAliases,
  readQuota: readAntigravityQuota,
  revoke: revokeAntigravity,
};

function open(fields: JsonObject, context: AccountContext): Upstream {
  return { ...openAntigravityAccount(fields, context), spent: (_model, now, known) => knownRefusal(known, now) };
}

function readAntigravityFile(fields: JsonObject): AccountFacts {
  const token = antigravityToken(fields);
  const project = projectOf(fields);
  const refreshToken = fieldText(fields, 'refresh_token');
  return {
    label: fieldText(fields, 'email') ?? project ?? 'Antigravity login',
    // Without an access token there is nothing to use until then.
    expiresAt: token === '' ? 1 : antigravityExpiry(fields),
    canRefresh: refreshToken !== undefined,
    refreshLeadMs: REFRESH_LEAD_MS,
    tokenId: tokenIdOf(token === '' ? (refreshToken ?? '') : token),
  };
}
