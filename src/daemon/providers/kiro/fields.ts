import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import { fieldText } from '../account-fields.js';

export type AuthMethod = 'builder-id' | 'idc' | 'social' | 'api-key';

export const DEFAULT_REGION = 'us-east-1';

/** How a file was logged in; without a word of it, a client's id and secret tell the Identity Center. */
export function authMethodOf(fields: JsonObject): AuthMethod {
  if (fieldText(fields, 'access_token', 'accessToken')?.startsWith('ksk_') === true) return 'api-key';
  const told = fieldText(fields, 'auth_method', 'authMethod')
    ?.toLowerCase()
    .replace(/[^a-z]/g, '');
  switch (told) {
    case 'builderid':
      return 'builder-id';
    case 'idc':
    case 'iamidentitycenter':
      return 'idc';
    case 'social':
    case 'google':
    case 'github':
      return 'social';
    default:
      return clientOf(fields) === undefined ? 'social' : 'idc';
  }
}

/** The client that was registered for this login: its refreshes need it. */
export function clientOf(fields: JsonObject): { readonly id: string; readonly secret: string } | undefined {
  const id = fieldText(fields, 'client_id', 'clientId');
  const secret = fieldText(fields, 'client_secret', 'clientSecret');
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export const refreshTokenOf = (fields: JsonObject): string | undefined =>
  fieldText(fields, 'refresh_token', 'refreshToken');

/** Where the login is at home, which says nothing of where models are served. @throws AppError `credential_malformed` */
export function loginRegionOf(fields: JsonObject): string {
  return authMethodOf(fields) === 'builder-id'
    ? DEFAULT_REGION
    : checkedRegion(fieldText(fields, 'region', 'idc_region') ?? DEFAULT_REGION);
}

/** The few regions that serve models. @throws AppError `credential_malformed` */
export function apiRegionOf(fields: JsonObject): string {
  const own = fieldText(fields, 'api_region', 'apiRegion') ?? regionOfArn(profileArnOf(fields));
  if (own !== undefined) return checkedRegion(own);
  return loginRegionOf(fields).startsWith('eu-') ? 'eu-central-1' : DEFAULT_REGION;
}

export const profileArnOf = (fields: JsonObject): string | undefined => fieldText(fields, 'profile_arn', 'profileArn');

/** `arn:{partition}:codewhisperer:{region}:{account}:profile/{id}` */
const regionOfArn = (arn: string | undefined): string | undefined => arn?.split(':')[3] || undefined;

/** The profile to name in calls: a Builder ID has none, and is refused with one. */
export function sentProfileOf(fields: JsonObject): string | undefined {
  const isBuilder = authMethodOf(fields) === 'builder-id' || fields['auth_type'] === 'aws_sso_oidc';
  return isBuilder ? undefined : profileArnOf(fields);
}

/** A region becomes part of a host name. */
export const isRegion = (text: string): boolean => /^[a-z]{2}(-[a-z]+)+-\d{1,2}$/.test(text);

/** @throws AppError `credential_malformed` */
function checkedRegion(region: string): string {
  if (isRegion(region)) return region;
  throw new AppError('credential_malformed', 'the region of a Kiro login is no AWS region', {
    hint: 'write it as in `us-east-1`',
  });
}

/** What kind of program asks, as the service counts it: chooses the quota pool, and names no product. */
export function originOf(fields: JsonObject): string {
  const told = fieldText(fields, 'origin')?.toUpperCase();
  return told !== undefined && /^[A-Z_]{2,32}$/.test(told) ? told : ANY_EDITOR;
}

export const ANY_EDITOR = 'AI_EDITOR';

/** What the agent is at. `dev` and `chat`, which other gateways have too, are nothing that AWS knows: they are left out. */
export function taskOf(fields: JsonObject): 'vibe' | 'spectask' | undefined {
  const task = fieldText(fields, 'agent_task_type', 'agent-task-type')?.toLowerCase();
  return task === 'vibe' || task === 'spectask' ? task : undefined;
}
