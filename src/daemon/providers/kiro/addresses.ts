import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { endpointOf } from '../../login/endpoints.js';
import { fieldText } from '../account-fields.js';
import { withoutTrailingSlash } from '../api-key.js';
import { apiRegionOf, DEFAULT_REGION } from './fields.js';

export const BUILDER_START_URL = 'https://view.awsapps.com/start';

export interface OidcAddresses {
  readonly register: string;
  readonly device: string;
  readonly authorize: string;
  readonly token: string;
}

/** AWS's own sign-in in a region; `oidc` moves all of it, each can be moved by itself. @throws AppError `endpoint_insecure` */
export function oidcAddresses({ settings }: AccountContext, region: string): OidcAddresses {
  const root = withoutTrailingSlash(endpointOf(settings, 'oidc', `https://oidc.${region}.amazonaws.com`));
  return {
    register: endpointOf(settings, 'register', `${root}/client/register`),
    device: endpointOf(settings, 'device', `${root}/device_authorization`),
    authorize: endpointOf(settings, 'authorize', `${root}/authorize`),
    token: endpointOf(settings, 'token', `${root}/token`),
  };
}

/** Where logins by Google and GitHub are renewed. */
export const socialRefreshUrl = ({ settings }: AccountContext): string =>
  endpointOf(settings, 'refresh', 'https://prod.us-east-1.auth.desktop.kiro.dev/refreshToken');

export const userInfoUrl = ({ settings }: AccountContext): string =>
  endpointOf(settings, 'userinfo', `https://oidc.${DEFAULT_REGION}.amazonaws.com/userinfo`);

/** The service's root in a region: models, usage, profiles. */
export const apiRoot = ({ settings }: AccountContext, region: string): string =>
  withoutTrailingSlash(endpointOf(settings, 'api', `https://q.${region}.amazonaws.com`));

export const apiRootOf = (fields: JsonObject, context: AccountContext): string => apiRoot(context, apiRegionOf(fields));

/** A host that answers; the older one wants to hear the operation's name too. */
export interface InferenceHost {
  readonly url: string;
  readonly isLegacy: boolean;
}

const PATH = '/generateAssistantResponse';

/**
 * Where models answer, in the order in which they are asked. The older host serves one region only. Who configures an
 * address of their own gets no other, but for the one that is configured beside it.
 */
export function inferenceHosts(fields: JsonObject, context: AccountContext): readonly InferenceHost[] {
  const { settings } = context;
  const root = withoutTrailingSlash(settings.upstreamUrl ?? apiRootOf(fields, context));
  const main = { url: root + PATH, isLegacy: false };
  const isMoved = settings.upstreamUrl !== undefined || settings.endpoints['api'] !== undefined;
  const isServed = isMoved ? settings.endpoints['codewhisperer'] !== undefined : apiRegionOf(fields) === DEFAULT_REGION;
  if (!isServed) return [main];
  const own = `https://codewhisperer.${DEFAULT_REGION}.amazonaws.com`;
  const legacy = { url: withoutTrailingSlash(endpointOf(settings, 'codewhisperer', own)) + PATH, isLegacy: true };
  const told = fieldText(fields, 'preferred_endpoint', 'preferred-endpoint') ?? settings.preferredEndpoint;
  const preferred = told?.toLowerCase();
  return preferred === 'codewhisperer' || preferred === 'ide' ? [legacy, main] : [main, legacy];
}
