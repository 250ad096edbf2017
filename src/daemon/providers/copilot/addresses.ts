import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { endpointOf, readDomain } from '../../login/endpoints.js';
import { fieldText } from '../account-fields.js';
import { withoutTrailingSlash } from '../api-key.js';

/** GitHub's addresses for one account: github.com, or an enterprise's own domain. */
export interface CopilotAddresses {
  /** `undefined`: github.com. */
  readonly domain: string | undefined;
  /** Where the operator says inference is; nothing is discovered then. */
  readonly configured: string | undefined;
  readonly exchange: string;
  readonly graphql: string;
  readonly usage: string;
  /** Where inference is when nobody says. */
  readonly fallback: string;
}

/** @throws AppError `endpoint_insecure` */
export function addressesOf(fields: JsonObject, { settings }: AccountContext): CopilotAddresses {
  const domain = readDomain(fieldText(fields, 'enterprise_url', 'enterprise_domain') ?? '');
  const enterprise = domain === 'github.com' ? undefined : domain;
  const api = withoutTrailingSlash(endpointOf(settings, 'api', `https://api.${enterprise ?? 'github.com'}`));
  return {
    domain: enterprise,
    configured: settings.upstreamUrl === undefined ? undefined : withoutTrailingSlash(settings.upstreamUrl),
    exchange: endpointOf(settings, 'exchange', `${api}/copilot_internal/v2/token`),
    graphql: endpointOf(settings, 'graphql', `${api}/graphql`),
    usage: endpointOf(settings, 'usage', `${api}/copilot_internal/user`),
    fallback:
      enterprise === undefined
        ? ofPlan(fieldText(fields, 'copilot_plan', 'plan'))
        : `https://copilot-api.${enterprise}`,
  };
}

const ofPlan = (plan: string | undefined): string =>
  plan === 'business' || plan === 'enterprise' ? `https://api.${plan}.githubcopilot.com` : VENDOR_URLS.copilot;

/** A discovered address gets our token: only GitHub's own hosts may have it. */
export function acceptedAddress(url: string, { domain }: CopilotAddresses): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, username, password } = new URL(url);
  if (protocol !== 'https:' || username !== '' || password !== '') return undefined;
  const hosts = ['githubcopilot.com', ...(domain === undefined ? [] : [domain])];
  return hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`))
    ? withoutTrailingSlash(url)
    : undefined;
}
