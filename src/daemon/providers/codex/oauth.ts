import type { AccountContext } from '../../login/account-context.js';
import { endpointOf } from '../../login/endpoints.js';

/** The Codex CLI's public client, without a secret. */
const CLIENT_ID = 'app_EMoamEEZ73f0CkXaXp7hrann';

/** The vendor has registered these two only. */
export const REDIRECT = { ports: [1455, 1457], path: '/auth/callback' } as const;

export const SCOPE = 'openid profile email offline_access';

export interface CodexOAuth {
  readonly clientId: string;
  /** Only where the operator has a client of their own. */
  readonly clientSecret: string | undefined;
  readonly authorize: string;
  readonly token: string;
  readonly revoke: string;
  readonly deviceCode: string;
  readonly deviceToken: string;
  /** Where the person enters the code. */
  readonly devicePage: string;
  /** What the code of the device flow was issued for; the browser never goes there. */
  readonly deviceRedirect: string;
}

/** `issuer` moves them all; each can be moved by itself. @throws AppError `endpoint_insecure` */
export function codexOAuth({ settings }: AccountContext): CodexOAuth {
  const issuer = endpointOf(settings, 'issuer', 'https://auth.openai.com').replace(/\/+$/, '');
  return {
    clientId: settings.clientId ?? CLIENT_ID,
    clientSecret: settings.clientSecret,
    authorize: endpointOf(settings, 'authorize', `${issuer}/oauth/authorize`),
    token: endpointOf(settings, 'token', `${issuer}/oauth/token`),
    revoke: endpointOf(settings, 'revoke', `${issuer}/oauth/revoke`),
    deviceCode: endpointOf(settings, 'device', `${issuer}/api/accounts/deviceauth/usercode`),
    deviceToken: endpointOf(settings, 'device-token', `${issuer}/api/accounts/deviceauth/token`),
    devicePage: endpointOf(settings, 'device-page', `${issuer}/codex/device`),
    deviceRedirect: endpointOf(settings, 'device-redirect', `${issuer}/deviceauth/callback`),
  };
}
