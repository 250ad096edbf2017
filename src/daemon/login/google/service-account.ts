import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import { textOf } from '../vendor-call.js';

/** A service account's key file, read and repaired. */
export interface ServiceAccount {
  readonly email: string;
  readonly projectId: string;
  readonly keyId: string | undefined;
  readonly key: KeyObject;
  /** The file as it was, with the key as PEM that every reader takes. */
  readonly file: JsonObject;
  /** Where tokens are to be had, if the file names Google's own host. */
  readonly tokenUrl: string | undefined;
}

const TOKEN_HOST = 'oauth2.googleapis.com';

/** @throws AppError `credential_malformed` naming the member, never its value. */
export function readServiceAccount(value: unknown): ServiceAccount {
  const file = typeof value === 'string' ? parseJson(value) : value;
  if (!isObject(file)) throw invalid('it is no JSON object');
  const projectId = textOf(file['project_id'])?.trim();
  const email = textOf(file['client_email'])?.trim();
  const pem = textOf(file['private_key']);
  if (pem === undefined) throw invalid('private_key missing');
  if (projectId === undefined || projectId === '') throw invalid('project_id missing');
  // Without it nobody signs: other gateways only warn, and every request fails.
  if (email === undefined || email === '') throw invalid('client_email missing');
  const key = readKey(pem);
  return {
    email,
    projectId,
    keyId: textOf(file['private_key_id']),
    key,
    file: { ...file, private_key: key.export({ type: 'pkcs8', format: 'pem' }).toString() },
    tokenUrl: tokenUrlOf(textOf(file['token_uri'])),
  };
}

const invalid = (why: string): AppError =>
  new AppError('credential_malformed', `the service account key cannot be used: ${why}`, {
    hint: 'make a new JSON key of the service account in the Google Cloud console',
  });

/** The address gets a signed assertion: a crafted file must not choose who. */
function tokenUrlOf(uri: string | undefined): string | undefined {
  if (uri === undefined || !URL.canParse(uri)) return undefined;
  const { protocol, host, username } = new URL(uri);
  return protocol === 'https:' && host === TOKEN_HOST && username === '' ? uri : undefined;
}

/** Keys come out of terminals, mails and environment variables: what is between the marks counts, however it is wrapped. */
function readKey(pem: string): KeyObject {
  const text = stripTerminal(pem).replaceAll('\\n', '\n').replaceAll(/\r\n?/g, '\n');
  const found = /-----BEGIN ((?:RSA )?PRIVATE KEY)-----([\s\S]*?)-----END \1-----/.exec(text);
  const body = found?.[2]?.replaceAll(/[^A-Za-z0-9+/=]/g, '');
  if (found?.[1] === undefined || body === undefined || body === '') throw invalid('private_key is no PEM key');
  const lines = body.match(/.{1,64}/g) ?? [];
  const repaired = `-----BEGIN ${found[1]}-----\n${lines.join('\n')}\n-----END ${found[1]}-----\n`;
  const key = parseKey(repaired);
  if (key?.asymmetricKeyType !== 'rsa') throw invalid('private_key is no RSA key');
  return key;
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    // OpenSSL's own words may quote the key.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

const ESCAPE = String.fromCharCode(0x1b);
/** Without colours and other escapes of a terminal, and without what was no UTF-8. */
const stripTerminal = (text: string): string =>
  text.replaceAll(new RegExp(`${ESCAPE}\\[[0-9;?]*[ -/]*[@-~]`, 'g'), '').replaceAll('\uFFFD', '');

/** RFC 7523, as Google's service accounts use it: good for one hour from `now`. */
export function signAssertion(
  { email, keyId, key }: ServiceAccount,
  claims: { readonly scope: string; readonly audience: string; readonly now: number },
): string {
  const iat = Math.floor(claims.now / 1000);
  const header = { alg: 'RS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) };
  const payload = { iss: email, scope: claims.scope, aud: claims.audience, iat, exp: iat + 3600 };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}
