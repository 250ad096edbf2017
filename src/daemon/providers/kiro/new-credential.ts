import type { JsonObject } from '../../ir/json.js';
import type { LoginContext, NewCredential } from '../../login/method.js';
import { definedFields, expiresAt, fileNamePart, rfc3339 } from '../../login/token-fields.js';
import { fieldText } from '../account-fields.js';
import { authMethodOf, profileArnOf, refreshTokenOf } from './fields.js';
import { findEmail, findProfile } from './profiles.js';
import type { Grant, Registration, SignIn } from './registration.js';

/** For a token that says nothing of its end. */
export const USUAL_LIFE_MS = 60 * 60_000;

/** What a finished sign-in at AWS leaves to keep. */
export async function kiroCredential(
  context: LoginContext,
  { authMethod, startUrl, region }: SignIn,
  { clientId, clientSecret }: Registration,
  grant: Grant,
): Promise<NewCredential> {
  const fields = definedFields({
    ...grantFields(grant, context.clock.now()),
    auth_method: authMethod,
    provider: 'AWS',
    client_id: clientId,
    client_secret: clientSecret,
    region,
    start_url: startUrl,
  });
  return completed(context, fields, authMethod === 'idc' ? 'idc' : 'aws');
}

/** The members that every token answer renews. */
export function grantFields({ accessToken, refreshToken, expiresIn, profileArn }: Grant, now: number): JsonObject {
  return definedFields({
    type: 'kiro',
    access_token: accessToken,
    refresh_token: refreshToken,
    profile_arn: profileArn,
    expires_at: rfc3339(expiresAt(expiresIn, now, USUAL_LIFE_MS)),
    last_refresh: rfc3339(now),
  });
}

/** Adds the profile and the person, and names the file after them. */
export async function completed(context: LoginContext, given: JsonObject, kind: string): Promise<NewCredential> {
  const method = authMethodOf(given);
  const wantsProfile = method === 'idc' || method === 'social';
  const profile = profileArnOf(given) ?? (wantsProfile ? await findProfile(context, given) : undefined);
  const withProfile = definedFields({ ...given, profile_arn: profile });
  const email = fieldText(withProfile, 'email') ?? (await findEmail(context, withProfile));
  const fields = definedFields({ ...withProfile, email });
  const lacksProfile = wantsProfile && profile === undefined;
  return {
    name: `kiro-${fileNamePart(kind)}-${fileNamePart(email ?? nameless(fields, context))}.json`,
    label: email ?? 'Kiro login',
    fields,
    isSame: (stored) => isSameAccount(fields, stored),
    ...(lacksProfile ? { warning: 'the login has no Kiro profile: AWS may refuse its requests' } : {}),
  };
}

/** By a number of its own: another account that has no name either must not take this file's place. */
function nameless(fields: JsonObject, { randomBytes }: LoginContext): string {
  const digits = String(randomBytes(4).readUInt32BE() % 100_000).padStart(5, '0');
  const startUrl = fieldText(fields, 'start_url');
  const host = startUrl !== undefined && URL.canParse(startUrl) ? new URL(startUrl).hostname.split('.')[0] : undefined;
  return authMethodOf(fields) === 'idc' && host !== undefined ? `${host}-${digits}` : digits;
}

/** A person may have several logins: by Builder ID, by an organisation, in several profiles. */
function isSameAccount(fields: JsonObject, stored: JsonObject): boolean {
  if (stored['type'] !== 'kiro' || authMethodOf(fields) !== authMethodOf(stored)) return false;
  // A profile is an organisation's, or that of all who come by Google: only a different one says something.
  if (compare(profileArnOf(fields), profileArnOf(stored)) === false) return false;
  const isSamePerson = compare(fieldText(fields, 'email'), fieldText(stored, 'email'));
  if (isSamePerson !== undefined) return isSamePerson;
  const mine = refreshTokenOf(fields) ?? fieldText(fields, 'access_token');
  return mine !== undefined && mine === (refreshTokenOf(stored) ?? fieldText(stored, 'access_token'));
}

/** `undefined`: one of them does not say. */
const compare = (a: string | undefined, b: string | undefined): boolean | undefined =>
  a === undefined || b === undefined ? undefined : a.toLowerCase() === b.toLowerCase();
