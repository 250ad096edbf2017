import type { AccountContext } from '../../login/account-context.js';
import { callVendor, textOf } from '../../login/vendor-call.js';
import { antigravityAddresses } from './oauth.js';

const TIMEOUT_MS = 10_000;

/** Whose token it is; `undefined`: Google does not say. @throws AppError `vendor_unreachable` */
export async function readEmail(accessToken: string, context: AccountContext): Promise<string | undefined> {
  const { status, body } = await callVendor(context, {
    method: 'GET',
    url: antigravityAddresses(context).userInfo,
    headers: { authorization: `Bearer ${accessToken}` },
    timeoutMs: TIMEOUT_MS,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  return status === 200 ? textOf(body['email']) : undefined;
}
