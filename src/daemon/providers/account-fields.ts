import { hash } from 'node:crypto';
import { AppError } from '../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../ir/json.js';

/** The first of these members that holds a text. */
export function fieldText(fields: JsonObject, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
  }
  return undefined;
}

/** The token that a credential file cannot do without. @throws AppError `credential_malformed` */
export function accessTokenOf(fields: JsonObject): string {
  const token = fieldText(fields, 'access_token', 'accessToken');
  if (token !== undefined && !/[\r\n]/.test(token)) return token;
  throw new AppError('credential_malformed', 'the credential file has no usable "access_token"', {
    hint: 'log in again',
  });
}

/** Tells tokens apart without telling them. */
export const tokenIdOf = (token: string): string => hash('sha256', token, 'hex').slice(0, 16);

const EXPIRY_NAMES = ['expired', 'expire', 'expires_at', 'expiresAt', 'expiry', 'expires'] as const;

/** Epoch milliseconds of the access token's end, however the file calls and writes it. */
export function expiryOf(fields: JsonObject): number | undefined {
  for (const name of EXPIRY_NAMES) {
    const at = instantOf(fields[name]);
    if (at !== undefined) return at;
  }
  return undefined;
}

/** RFC 3339 text, or a number of seconds or milliseconds since 1970, as a text too. */
export function instantOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'string' && value.trim() !== '' && !/^\d+(\.\d+)?$/.test(value.trim())) {
    const at = Date.parse(value);
    return Number.isNaN(at) ? undefined : at;
  }
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) return undefined;
  // Seconds reach this size in the year 5138.
  return number < 1e11 ? number * 1000 : number;
}

/** Extra upstream headers that a file may set. */
export function headersOf(fields: JsonObject): Record<string, string> {
  const headers: Record<string, string> = {};
  const configured = fields['headers'];
  for (const [name, value] of Object.entries(isObject(configured) ? configured : {})) {
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

/** The claims of a JSON web token; decoded only, since nothing here is decided by them. */
export function claimsOf(token: string | undefined): JsonObject {
  const payload = token?.split('.')[1];
  if (payload === undefined) return {};
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return isObject(claims) ? claims : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
