import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { claimsOf, fieldText } from '../account-fields.js';

/** What the tokens tell of the account. */
export interface CodexClaims {
  /** Which workspace requests are for. */
  readonly accountId?: string;
  /** `plus`, `pro`, `team`, ... */
  readonly plan?: string;
  readonly email?: string;
  readonly isFedramp: boolean;
}

const NAMESPACE = 'https://api.openai.com/auth';

/** The file's own member first, then the id token, then the access token. */
export function readCodexClaims(fields: JsonObject): CodexClaims {
  const tokens = [fields['id_token'], fields['access_token']].map((token) =>
    claimsOf(typeof token === 'string' ? token : undefined),
  );
  const own = fieldText(fields, 'account_id', 'chatgpt_account_id');
  const accountId = own ?? firstOf(tokens.map(accountIdOf));
  const plan = firstOf(tokens.map((claims) => textOf(authOf(claims)['chatgpt_plan_type'])));
  const email = fieldText(fields, 'email') ?? firstOf(tokens.map((claims) => textOf(claims['email'])));
  return {
    isFedramp: tokens.some((claims) => authOf(claims)['chatgpt_account_is_fedramp'] === true),
    ...(accountId === undefined ? {} : { accountId }),
    ...(plan === undefined ? {} : { plan: plan.toLowerCase() }),
    ...(email === undefined ? {} : { email }),
  };
}

const firstOf = (values: readonly (string | undefined)[]): string | undefined =>
  values.find((value) => value !== undefined);

const textOf = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const authOf = (claims: JsonObject): JsonObject => {
  const auth = claims[NAMESPACE];
  return isObject(auth) ? auth : {};
};

function accountIdOf(claims: JsonObject): string | undefined {
  const auth = authOf(claims);
  const listed = claims['organizations'] ?? auth['organizations'];
  const first: JsonValue | undefined = Array.isArray(listed) ? listed[0] : undefined;
  return (
    textOf(claims['chatgpt_account_id']) ??
    textOf(auth['chatgpt_account_id']) ??
    (isObject(first) ? textOf(first['id']) : undefined)
  );
}
