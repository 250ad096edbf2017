import type { JsonObject } from '../../ir/json.js';
import { LOOK_BEFORE_MS } from '../../login/owners-login.js';
import { isReadOnly } from '../../login/renew.js';
import type { AccountFacts, AccountProvider } from '../account.js';
import { accessTokenOf, claimsOf, expiryOf, fieldText, instantOf, tokenIdOf } from '../account-fields.js';
import { codexBase, codexUsageUrl, openCodexAccount } from './account-upstream.js';
import { readCodexClaims } from './claims.js';
import { imageModels } from './images.js';
import { codexLogins } from './login.js';
import { listCodexModels, planModels } from './models.js';
import { codexPolicy } from './policy.js';
import { readCodexQuota } from './quota.js';
import { refreshCodex } from './refresh.js';
import { revokeCodex } from './revoke.js';

const DAY_MS = 24 * 60 * 60_000;

/** Codex by ChatGPT subscription. */
export const codexAccount: AccountProvider = {
  id: 'codex',
  channel: 'codex',
  types: ['codex'],
  title: 'ChatGPT (Codex)',
  reasoningFamily: 'openai',
  catalog: 'codex',
  policy: codexPolicy,
  logins: codexLogins,
  read: readCodexFile,
  open: openCodexAccount,
  refresh: refreshCodex,
  planModels,
  unlistedModels: (fields, catalogue) => imageModels(catalogue, readCodexClaims(fields).plan),
  listModels: (fields, context) => listCodexModels(codexBase(context), fields, context),
  readQuota: (fields, context) => readCodexQuota(codexUsageUrl(context), fields, context),
  revoke: revokeCodex,
};

function readCodexFile(fields: JsonObject): AccountFacts {
  const token = accessTokenOf(fields);
  const { email, plan, accountId } = readCodexClaims(fields);
  const { exp, iat } = claimsOf(token);
  const expiresAt = expiryOf(fields) ?? instantOf(exp);
  const startedAt = instantOf(fields['last_refresh']) ?? instantOf(iat);
  return {
    label: email ?? accountId ?? 'ChatGPT login',
    canRefresh: isReadOnly(fields)
      ? expiresAt !== undefined
      : fieldText(fields, 'refresh_token', 'refreshToken') !== undefined,
    refreshLeadMs: isReadOnly(fields) ? LOOK_BEFORE_MS : leadOf(expiresAt, startedAt),
    tokenId: tokenIdOf(token),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(plan === undefined ? {} : { plan }),
  };
}

/** Five days, but never more than half a token's life: one that lives shorter would be due at once, again and again. */
function leadOf(expiresAt: number | undefined, startedAt: number | undefined): number {
  if (expiresAt === undefined || startedAt === undefined || expiresAt <= startedAt) return 5 * DAY_MS;
  return Math.min(5 * DAY_MS, (expiresAt - startedAt) / 2);
}
