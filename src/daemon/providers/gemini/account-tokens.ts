import { isObject, type JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { readServiceAccount } from '../../login/google/service-account.js';
import { type GoogleTokens, openGoogleTokens } from '../../login/google/tokens.js';
import { accessTokenOf } from '../account-fields.js';

export interface AccountTokens {
  /** Those of a service account, which are made as they are needed. */
  readonly own?: GoogleTokens;
  readonly token: () => string;
}

/** @throws AppError `credential_malformed` */
export function openAccountTokens(fields: JsonObject, context: AccountContext): AccountTokens {
  const key = fields['service_account'];
  if (isObject(key)) {
    const own = openGoogleTokens({ kind: 'service-account', account: readServiceAccount(key) }, context);
    return { own, token: own.token };
  }
  const token = accessTokenOf(fields);
  return { token: () => token };
}
