import type { JsonObject } from '../../ir/json.js';
import { isReadOnly } from '../../login/renew.js';
import type { AccountFacts, AccountProvider } from '../account.js';
import { accessTokenOf, expiryOf, fieldText, tokenIdOf } from '../account-fields.js';
import { openKiroAccount } from './account-upstream.js';
import { authMethodOf, refreshTokenOf } from './fields.js';
import { kiroLogins } from './login.js';
import { kiroAliases, listKiroModels } from './models.js';
import { kiroPolicy } from './policy.js';
import { readKiroQuota } from './quota.js';
import { refreshKiro } from './refresh.js';

/** A token lives for an hour. */
const REFRESH_LEAD_MS = 20 * 60_000;

/** Kiro and Amazon Q by an AWS login. */
export const kiroAccount: AccountProvider = {
  id: 'kiro',
  channel: 'kiro',
  types: ['kiro'],
  title: 'Kiro (AWS)',
  reasoningFamily: 'anthropic',
  catalog: 'kiro',
  policy: kiroPolicy,
  logins: kiroLogins,
  read: readKiroFile,
  open: openKiroAccount,
  refresh: refreshKiro,
  listModels: listKiroModels,
  aliasesOf: kiroAliases,
  readQuota: readKiroQuota,
};

function readKiroFile(fields: JsonObject): AccountFacts {
  const token = accessTokenOf(fields);
  const hasEnd = authMethodOf(fields) !== 'api-key';
  const canRefresh = hasEnd && refreshTokenOf(fields) !== undefined && !isReadOnly(fields);
  // A time that is missing, or cannot be read, has passed: the token may be of any age.
  const expiresAt = hasEnd ? (expiryOf(fields) ?? (canRefresh ? 1 : undefined)) : undefined;
  return {
    label: fieldText(fields, 'email', 'label') ?? 'Kiro login',
    canRefresh,
    refreshLeadMs: REFRESH_LEAD_MS,
    tokenId: tokenIdOf(token),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
