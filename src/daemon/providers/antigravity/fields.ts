import { AppError } from '../../../shared/errors.js';
import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { endpointOf } from '../../login/endpoints.js';
import { fieldText, instantOf, tokenIdOf } from '../account-fields.js';
import { withoutTrailingSlash } from '../api-key.js';

export const ANTIGRAVITY_TYPE = 'antigravity';

const MAIN_URL = 'https://cloudcode-pa.googleapis.com';

/** The Code Assist project that requests name; `undefined`: it has to be found first. @throws AppError `credential_malformed` */
export function projectOf(fields: JsonObject): string | undefined {
  const project = fieldText(fields, 'project_id');
  if (project === undefined || isProject(project)) return project;
  throw new AppError('credential_malformed', '"project_id" is no id of a project', {
    hint: 'take it out of the file: it is then asked for',
  });
}

/** Ids go into bodies and file names only, and are Google's to choose. */
export const isProject = (text: string): boolean => /^[\w.:-]{1,128}$/.test(text);

/**
 * Where the service is asked, in that order. Whoever names an address of their own, in the file or in the config, is never
 * sent to another one. @throws AppError `endpoint_insecure`
 */
export function baseUrlsOf(fields: JsonObject, { settings }: AccountContext): readonly [string, ...string[]] {
  const own = fieldText(fields, 'base_url') ?? settings.upstreamUrl;
  if (own !== undefined) return [withoutTrailingSlash(endpointOf({ ...settings, endpoints: {} }, 'base_url', own))];
  const { api, daily } = settings.endpoints;
  const main = withoutTrailingSlash(endpointOf(settings, 'api', MAIN_URL));
  if (api !== undefined && daily === undefined) return [main];
  return [withoutTrailingSlash(endpointOf(settings, 'daily', VENDOR_URLS.antigravity)), main];
}

/** Tells accounts apart for as long as the login lasts, whatever becomes of its tokens; never holds a secret. */
export function accountKeyOf(fields: JsonObject): string {
  const secret = fieldText(fields, 'refresh_token') ?? fieldText(fields, 'access_token') ?? '';
  const who = fieldText(fields, 'email')?.toLowerCase() ?? tokenIdOf(secret);
  return `${who} ${fieldText(fields, 'project_id') ?? ''}`;
}

/** The owner lets this login spend purchased credits once the free quota is used up. */
export const maySpendCredits = (fields: JsonObject): boolean => fields['paid_credits'] === true;

/** `expired` is the instant, whatever its name says. A time that is missing, or cannot be read, has passed. */
export function antigravityExpiry(fields: JsonObject): number {
  const { expired } = fields;
  const told = typeof expired === 'string' ? instantOf(expired) : undefined;
  if (told !== undefined) return told;
  const [from, seconds] = [numberOf(fields['timestamp']), numberOf(fields['expires_in'])];
  return from === undefined || seconds === undefined ? 1 : from + seconds * 1000;
}

/** Numbers come as texts, too, both in files and from Google. */
export function numberOf(value: JsonValue | undefined): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
