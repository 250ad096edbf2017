import { AppError } from '../../../shared/errors.js';
import { isObject } from '../../ir/json.js';
import type { LoginContext } from '../../login/method.js';
import { callVendor, readVendorError, requireText, textOf } from '../../login/vendor-call.js';
import { BUILDER_START_URL, type OidcAddresses, oidcAddresses } from './addresses.js';
import { type AuthMethod, DEFAULT_REGION, isRegion } from './fields.js';

/** All that Kiro's service knows; each login asks for exactly these. */
export const SCOPES: readonly string[] = [
  'codewhisperer:completions',
  'codewhisperer:analysis',
  'codewhisperer:conversations',
  'codewhisperer:transformations',
  'codewhisperer:taskassist',
];

/** Where somebody logs in: with a Builder ID, or with their organisation. */
export interface SignIn {
  readonly authMethod: Extract<AuthMethod, 'builder-id' | 'idc'>;
  readonly startUrl: string;
  readonly region: string;
  readonly addresses: OidcAddresses;
}

/** From the options `start-url` and `region`; without the first it is a Builder ID. @throws AppError `login_option_invalid` */
export function signInOf(context: LoginContext): SignIn {
  const startUrl = context.options['start-url']?.trim() ?? '';
  if (startUrl === '') {
    const addresses = oidcAddresses(context, DEFAULT_REGION);
    return { authMethod: 'builder-id', startUrl: BUILDER_START_URL, region: DEFAULT_REGION, addresses };
  }
  if (!URL.canParse(startUrl) || new URL(startUrl).protocol !== 'https:') {
    throw new AppError('login_option_invalid', '`start-url` is no https address', {
      hint: 'give it as in `https://d-1234567890.awsapps.com/start`',
    });
  }
  const region = context.options['region']?.trim() || DEFAULT_REGION;
  if (!isRegion(region)) {
    throw new AppError('login_option_invalid', '`region` is no AWS region', { hint: 'write it as in `us-east-1`' });
  }
  return { authMethod: 'idc', startUrl, region, addresses: oidcAddresses(context, region) };
}

/** A client of our own name, made for one login: every refresh of it needs the pair. */
export interface Registration {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** @throws AppError `login_refused` */
export async function register(
  context: LoginContext,
  { addresses }: SignIn,
  grant: { readonly types: readonly string[]; readonly redirectUri?: string; readonly issuerUrl?: string },
): Promise<Registration> {
  const { clientId, clientSecret } = context.settings;
  if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret };
  const { types, redirectUri, issuerUrl } = grant;
  const reply = await callVendor(context, {
    url: addresses.register,
    json: {
      clientName: 'cliproxyctl',
      clientType: 'public',
      scopes: SCOPES,
      grantTypes: [...types, 'refresh_token'],
      ...(redirectUri === undefined ? {} : { redirectUris: [redirectUri] }),
      ...(issuerUrl === undefined ? {} : { issuerUrl }),
    },
    signal: context.signal,
  });
  if (reply.status !== 200) {
    throw new AppError('login_refused', `AWS did not register a client: ${readVendorError(reply).message}`, {
      hint: 'check `start-url` and `region`, or try again later',
    });
  }
  return {
    clientId: requireText(reply.body, 'clientId', 'AWS'),
    clientSecret: requireText(reply.body, 'clientSecret', 'AWS'),
  };
}

/** What a token answer gives. */
export interface Grant {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly expiresIn: number | undefined;
  readonly profileArn?: string | undefined;
}

/** @throws AppError `login_refused` */
export function readGrant(body: unknown): Grant {
  const answer = isObject(body) ? body : {};
  const { expiresIn } = answer;
  return {
    accessToken: requireText(answer, 'accessToken', 'AWS'),
    refreshToken: textOf(answer['refreshToken']),
    expiresIn: typeof expiresIn === 'number' ? expiresIn : undefined,
    profileArn: textOf(answer['profileArn']),
  };
}
