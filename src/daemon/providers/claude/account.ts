import type { JsonObject } from '../../ir/json.js';
import { LOOK_BEFORE_MS } from '../../login/owners-login.js';
import { isReadOnly } from '../../login/renew.js';
import type { AccountFacts, AccountProvider } from '../account.js';
import { accessTokenOf, expiryOf, fieldText, tokenIdOf } from '../account-fields.js';
import { claudeUsageUrl, openClaudeAccount } from './account-upstream.js';
import { claudeLogins } from './login.js';
import { claudePolicy } from './policy.js';
import { readClaudeQuota } from './quota.js';
import { refreshClaude } from './refresh.js';

/** Half the life of a token (claude.md 3). */
const REFRESH_LEAD_MS = 4 * 60 * 60_000;

/** Claude by subscription: a login, or the setup token that Claude Code makes. */
export const claudeAccount: AccountProvider = {
  id: 'claude',
  channel: 'claude',
  types: ['claude'],
  title: 'Claude',
  reasoningFamily: 'anthropic',
  catalog: 'claude',
  policy: claudePolicy,
  logins: claudeLogins,
  read: readClaudeFile,
  open: openClaudeAccount,
  refresh: refreshClaude,
  readQuota: (fields, context) => readClaudeQuota(claudeUsageUrl(context), fields, context),
};

function readClaudeFile(fields: JsonObject): AccountFacts {
  const token = accessTokenOf(fields);
  const expiresAt = expiryOf(fields);
  const plan = fieldText(fields, 'plan', 'plan_type');
  return {
    label: fieldText(fields, 'email', 'account_uuid') ?? 'Claude login',
    canRefresh: isReadOnly(fields)
      ? expiresAt !== undefined
      : fieldText(fields, 'refresh_token', 'refreshToken') !== undefined,
    refreshLeadMs: isReadOnly(fields) ? LOOK_BEFORE_MS : REFRESH_LEAD_MS,
    tokenId: tokenIdOf(token),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(plan === undefined ? {} : { plan }),
  };
}
