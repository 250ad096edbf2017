import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError, textOf } from '../../login/vendor-call.js';
import { kiloAddresses } from './addresses.js';
import { accountHeaders } from './headers.js';

export interface Organization {
  readonly id: string;
  readonly name: string;
}

export type Profile =
  | { readonly kind: 'known'; readonly email: string | undefined; readonly organizations: readonly Organization[] }
  /** Kilo does not know the token. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

const TIMEOUT_MS = 10_000;

/** Whose token it is, and who may pay. @throws AppError `vendor_unreachable` */
export async function readProfile(context: AccountContext, token: string): Promise<Profile> {
  const reply = await callVendor(context, {
    method: 'GET',
    url: kiloAddresses(context, token).profile,
    headers: accountHeaders(token, undefined),
    timeoutMs: TIMEOUT_MS,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  if (reply.status !== 200) {
    const { message: reason } = readVendorError(reply, [token]);
    return { kind: reply.status === 401 || reply.status === 403 ? 'refused' : 'unknown', reason };
  }
  const { body } = reply;
  const user = isObject(body['user']) ? body['user'] : {};
  const list = body['organizations'];
  return {
    kind: 'known',
    email: textOf(user['email']) ?? textOf(body['email']),
    organizations: Array.isArray(list) ? (list as readonly JsonValue[]).flatMap(readOrganization) : [],
  };
}

function readOrganization(entry: JsonValue): readonly Organization[] {
  const id = isObject(entry) ? textOf(entry['id']) : undefined;
  if (!isObject(entry) || id === undefined || /[\r\n]/.test(id)) return [];
  return [{ id, name: textOf(entry['name']) ?? id }];
}

/** The model that Kilo proposes; a hint, nothing depends on it. @throws AppError `vendor_unreachable` */
export async function readDefaultModel(
  context: AccountContext,
  token: string,
  organization: string | undefined,
): Promise<string | undefined> {
  const { status, body } = await callVendor(context, {
    method: 'GET',
    url: kiloAddresses(context, token).defaults(organization),
    headers: accountHeaders(token, organization),
    timeoutMs: TIMEOUT_MS,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  return status === 200 ? modelIn(body) : undefined;
}

const modelIn = (body: JsonObject): string | undefined =>
  textOf(body['defaultModel']) ?? textOf(body['defaultFreeModel']);
