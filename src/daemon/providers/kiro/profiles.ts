import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { LoginContext } from '../../login/method.js';
import { callVendor, textOf } from '../../login/vendor-call.js';
import { claimsOf } from '../account-fields.js';
import { apiRoot, userInfoUrl } from './addresses.js';
import { apiHeaders } from './api-headers.js';
import { authMethodOf } from './fields.js';
import { askUsage } from './quota.js';

/** A profile lives in one of the regions that serve models; an empty list in one is not final. */
const REGIONS: readonly string[] = ['us-east-1', 'eu-central-1'];
const TIMEOUT_MS = 10_000;

interface Profile {
  readonly arn: string;
  readonly name: string;
}

/** The profile of an organisation's login; with several, the person chooses. `undefined`: none was found. */
export async function findProfile(context: LoginContext, fields: JsonObject): Promise<string | undefined> {
  const lists = await Promise.all(REGIONS.map((region) => askProfiles(context, fields, region)));
  const profiles = [...new Map(lists.flat().map((profile) => [profile.arn, profile])).values()];
  if (profiles.length < 2) return profiles[0]?.arn;
  const choices = profiles.map(({ arn, name }) => ({ value: arn, label: `${name} (${arn})` }));
  const chosen = await context.ask({ id: 'profile', message: 'Which Kiro profile?', choices });
  if (choices.some(({ value }) => value === chosen)) return chosen;
  throw new AppError('login_option_invalid', 'there is no such Kiro profile', {
    hint: `give one of: ${choices.map(({ value }) => value).join(', ')}`,
  });
}

async function askProfiles(context: LoginContext, fields: JsonObject, region: string): Promise<readonly Profile[]> {
  const profiles: Profile[] = [];
  let nextToken: string | undefined;
  // A list that goes on and on is no list.
  for (let page = 0; page < 10; page += 1) {
    const reply = await callVendor(context, {
      url: `${apiRoot(context, region)}/ListAvailableProfiles`,
      headers: apiHeaders(fields),
      json: nextToken === undefined ? {} : { nextToken },
      timeoutMs: TIMEOUT_MS,
      signal: context.signal,
    }).catch(unlessUnreachable);
    if (reply?.status !== 200) return profiles;
    const items: readonly JsonValue[] = Array.isArray(reply.body['profiles']) ? reply.body['profiles'] : [];
    for (const item of items) {
      const arn = isObject(item) ? textOf(item['arn']) : undefined;
      if (isObject(item) && arn !== undefined) profiles.push({ arn, name: textOf(item['profileName']) ?? 'profile' });
    }
    nextToken = textOf(reply.body['nextToken']);
    if (nextToken === undefined) break;
  }
  return profiles;
}

/** Whose login it is; the first that knows. An answer of none of them costs the name only. */
export async function findEmail(context: LoginContext, fields: JsonObject): Promise<string | undefined> {
  const usage = await askUsage(fields, context, { isEmailRequired: 'true' }).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'quota_unavailable') return undefined;
    return unlessUnreachable(error);
  });
  const user = usage?.['userInfo'];
  const told = isObject(user) ? textOf(user['email']) : undefined;
  if (told !== undefined) return told;
  if (authMethodOf(fields) === 'api-key') return undefined;
  const headers = apiHeaders(fields);
  const reply = await callVendor(context, {
    method: 'GET',
    url: userInfoUrl(context),
    headers: { authorization: headers['authorization'] ?? '' },
    timeoutMs: TIMEOUT_MS,
    signal: context.signal,
  }).catch(unlessUnreachable);
  const token = textOf(fields['access_token']);
  return (reply?.status === 200 ? emailIn(reply.body) : undefined) ?? emailIn(claimsOf(token));
}

function emailIn(claims: JsonObject): string | undefined {
  const names = [claims['email'], claims['preferred_username'], claims['sub']].map(textOf);
  return names.find((name) => name?.includes('@'));
}

function unlessUnreachable(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
  throw error;
}
