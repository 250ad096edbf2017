import type { AccountContext } from '../../login/account-context.js';
import { endpointOf } from '../../login/endpoints.js';

/** A desktop client may come back to any port of loopback. */
export const REDIRECT = { ports: [8085, 8086, 8087], path: '/' } as const;

/** The two of Google's quick start, and the e-mail, to tell one login from another. */
export const SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/generative-language.retriever',
  'openid',
  'https://www.googleapis.com/auth/userinfo.email',
] as const;

export interface GoogleAddresses {
  readonly authorize: string;
  readonly token: string;
  readonly revoke: string;
}

/** @throws AppError `endpoint_insecure` */
export const googleAddresses = ({ settings }: AccountContext): GoogleAddresses => ({
  authorize: endpointOf(settings, 'authorize', 'https://accounts.google.com/o/oauth2/v2/auth'),
  token: endpointOf(settings, 'token', 'https://oauth2.googleapis.com/token'),
  revoke: endpointOf(settings, 'revoke', 'https://oauth2.googleapis.com/revoke'),
});
