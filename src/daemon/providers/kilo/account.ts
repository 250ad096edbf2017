import type { JsonObject } from '../../ir/json.js';
import type { AccountFacts, AccountProvider } from '../account.js';
import { claimsOf, fieldText, instantOf, tokenIdOf } from '../account-fields.js';
import { openKiloAccount } from './account-upstream.js';
import { readKiloBalance } from './balance.js';
import { KILO_TYPE, kiloOrganization, kiloToken } from './fields.js';
import { kiloLogins } from './login.js';
import { kiloAliases, listKiloModels } from './models.js';
import { kiloPolicy } from './policy.js';
import { wantedModels } from './wanted-models.js';

/** Kilo Code's gateway by login or API key. */
export const kiloAccount: AccountProvider = {
  id: 'kilo',
  channel: 'kilo',
  types: [KILO_TYPE],
  title: 'Kilo',
  reasoningFamily: 'openai',
  catalog: 'kilo',
  policy: kiloPolicy,
  logins: kiloLogins,
  read: readKiloFile,
  open: openKiloAccount,
  refresh: async () => ({
    kind: 'login-needed',
    reason: 'Kilo’s tokens cannot be renewed: log in again with `cliproxyctl login kilo`',
  }),
  listModels: listKiloModels,
  // Prices, and what is free, change during the day.
  listFreshMs: 60 * 60_000,
  planModels: wantedModels,
  aliasesOf: kiloAliases,
  readQuota: readKiloBalance,
};

/** Tokens live for about a year, and there is nothing to renew them with. */
function readKiloFile(fields: JsonObject): AccountFacts {
  const token = kiloToken(fields);
  const email = fieldText(fields, 'email', 'label') ?? (token === undefined ? 'no login' : 'Kilo login');
  const organization = kiloOrganization(fields);
  const expiresAt = instantOf(claimsOf(token)['exp']);
  return {
    label: organization === undefined ? email : `${email}, ${organization}`,
    canRefresh: false,
    refreshLeadMs: 0,
    tokenId: tokenIdOf(token ?? 'anonymous'),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
