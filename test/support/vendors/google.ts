import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { isObject, type JsonObject, parseJson } from '../../../src/daemon/ir/json.js';
import { USER_AGENT } from '../../../src/shared/version.js';
import { wrongMembers } from '../oauth/grants.js';

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export interface TestServiceAccount {
  /** The key file as the console gives it. */
  readonly file: JsonObject;
  readonly email: string;
}

/** A service account with a key of its own. */
export function makeServiceAccount(format: 'pkcs8' | 'pkcs1' = 'pkcs8'): TestServiceAccount {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const email = 'gateway@demo-project.iam.gserviceaccount.com';
  return {
    email,
    file: {
      type: 'service_account',
      project_id: 'demo-project',
      private_key_id: 'key-0001',
      private_key: privateKey.export({ type: format, format: 'pem' }).toString(),
      client_email: email,
      token_uri: 'https://oauth2.googleapis.com/token',
    },
  };
}

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

export interface GoogleTokenDesk {
  /** Answers a form that came to the token endpoint, as Google does. */
  answer(form: URLSearchParams, userAgent: string | undefined): Answer;
  isValid(token: string): boolean;
  /** Tokens given so far. */
  readonly issued: string[];
  /** Refresh tokens it takes, with the client that each belongs to. */
  readonly refreshTokens: Map<string, { readonly clientId: string; readonly clientSecret: string }>;
}

const refuse = (error: string, text: string): Answer => ({
  status: 400,
  body: { error, error_description: text },
});

/** Google's token endpoint, which checks every claim and the signature. */
export function openGoogleTokenDesk(account: TestServiceAccount, now: () => number): GoogleTokenDesk {
  const issued: string[] = [];
  const refreshTokens: GoogleTokenDesk['refreshTokens'] = new Map();
  const issue = (): Answer => {
    const token = `ya29.test-${issued.length}`;
    issued.push(token);
    return { status: 200, body: { access_token: token, expires_in: 3599, token_type: 'Bearer' } };
  };
  const byAssertion = (form: URLSearchParams): Answer => {
    if (wrongMembers(form, ['grant_type', 'assertion']).length > 0) return refuse('invalid_request', 'members');
    const fault = faultOf(form.get('assertion') ?? '', account, now());
    return fault === undefined ? issue() : refuse('invalid_grant', `Invalid JWT: ${fault}`);
  };
  const byRefresh = (form: URLSearchParams): Answer => {
    const members = ['grant_type', 'client_id', 'client_secret', 'refresh_token'];
    if (wrongMembers(form, members).length > 0) return refuse('invalid_request', 'members');
    const client = refreshTokens.get(form.get('refresh_token') ?? '');
    if (client === undefined) return refuse('invalid_grant', 'Token has been expired or revoked.');
    const isSame = client.clientId === form.get('client_id') && client.clientSecret === form.get('client_secret');
    return isSame ? issue() : { status: 401, body: { error: 'invalid_client' } };
  };
  return {
    issued,
    refreshTokens,
    isValid: (token) => issued.includes(token),
    answer(form, userAgent) {
      if (userAgent !== USER_AGENT) return refuse('invalid_request', 'a client says its own name');
      return form.get('grant_type') === JWT_BEARER ? byAssertion(form) : byRefresh(form);
    },
  };
}

function faultOf(assertion: string, { file, email }: TestServiceAccount, now: number): string | undefined {
  const [head = '', payload = '', signature = ''] = assertion.split('.');
  const read = (part: string): JsonObject => {
    const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
    return isObject(value) ? value : {};
  };
  const header = read(head);
  if (header['alg'] !== 'RS256' || header['typ'] !== 'JWT' || header['kid'] !== file['private_key_id']) return 'header';
  const key = createPublicKey(String(file['private_key']));
  const isSigned = verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url'));
  if (!isSigned) return 'Invalid Signature';
  const claims = read(payload);
  const { iat, exp } = claims;
  if (claims['iss'] !== email) return 'iss';
  if (claims['scope'] !== 'https://www.googleapis.com/auth/cloud-platform') return 'scope';
  if (claims['aud'] !== 'https://oauth2.googleapis.com/token') return 'aud';
  if (typeof iat !== 'number' || typeof exp !== 'number' || exp - iat > 3600) return 'it must be a short-lived token';
  return Math.abs(iat * 1000 - now) > 5 * 60_000 ? 'it must be in a reasonable timeframe' : undefined;
}
