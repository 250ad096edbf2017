import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext, AccountSettings } from '../../login/account-context.js';
import { endpointOf } from '../../login/endpoints.js';
import { fieldText } from '../account-fields.js';
import { withoutTrailingSlash } from '../api-key.js';
import { kiloToken } from './fields.js';

/** Names under which one root serves inference (kilo.md 4.1); the documented one is ours. */
const INFERENCE_PATH = '/api/gateway';

export interface KiloAddresses {
  readonly device: string;
  readonly profile: string;
  readonly balance: string;
  /** Of the account, or of one organisation. */
  defaults(organization: string | undefined): string;
}

/** @param token Absent before a login. @throws AppError `endpoint_insecure` */
export function kiloAddresses({ settings }: AccountContext, token?: string): KiloAddresses {
  const root = rootOf(settings, token);
  return {
    device: withoutTrailingSlash(endpointOf(settings, 'device', `${root}/api/device-auth/codes`)),
    profile: endpointOf(settings, 'profile', `${root}/api/profile`),
    balance: endpointOf(settings, 'balance', `${root}/api/profile/balance`),
    defaults: (organization) =>
      organization === undefined
        ? `${root}/api/defaults`
        : `${root}/api/organizations/${encodeURIComponent(organization)}/defaults`,
  };
}

/**
 * The base URL of inference: `/chat/completions`, `/models` hang below it. Its own entry in the config may name one.
 * @throws AppError `endpoint_insecure`
 */
export function inferenceBase(fields: JsonObject, { settings }: AccountContext): string {
  const own = fieldText(fields, 'base_url');
  if (own !== undefined) return withoutTrailingSlash(endpointOf({ ...settings, endpoints: {} }, 'base_url', own));
  return withoutTrailingSlash(settings.upstreamUrl ?? `${rootOf(settings, kiloToken(fields))}${INFERENCE_PATH}`);
}

const rootOf = (settings: AccountSettings, token: string | undefined): string =>
  withoutTrailingSlash(endpointOf(settings, 'api', rootIn(token) ?? VENDOR_URLS.kilo));

/**
 * Some tokens begin with the address they are for: `https://host/path:rest`. Whoever makes up a token must not choose where
 * it is sent, so only Kilo's own hosts count.
 */
function rootIn(token: string | undefined): string | undefined {
  const address = /^(https:\/\/.+):[^/]+$/.exec(token ?? '')?.[1];
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { protocol, hostname, username, password, origin, pathname } = new URL(address);
  const isKilo = hostname === 'kilo.ai' || hostname.endsWith('.kilo.ai');
  if (protocol !== 'https:' || !isKilo || username !== '' || password !== '') return undefined;
  return origin + withoutTrailingSlash(pathname).replace(/\/api(\/(openrouter|gateway|v1))?$/, '');
}
