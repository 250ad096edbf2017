import { AppError } from '../../../shared/errors.js';
import type { AccountContext } from '../../login/account-context.js';
import { endpointOf } from '../../login/endpoints.js';

/** The page's own port first; a desktop client may come back to any port of loopback. */
export const REDIRECT = { ports: [51121, 51122, 51123], path: '/oauth-callback' } as const;

/** What any client may be granted. */
export const BASIC_SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile',
] as const;

/** With the two that Google may keep for clients of its own. */
export const ALL_SCOPES = [
  ...BASIC_SCOPES,
  'https://www.googleapis.com/auth/cclog',
  'https://www.googleapis.com/auth/experimentsandconfigs',
] as const;

export interface AntigravityAddresses {
  readonly authorize: string;
  readonly token: string;
  readonly userInfo: string;
  readonly revoke: string;
}

/** @throws AppError `endpoint_insecure` */
export const antigravityAddresses = ({ settings }: AccountContext): AntigravityAddresses => ({
  authorize: endpointOf(settings, 'authorize', 'https://accounts.google.com/o/oauth2/v2/auth'),
  token: endpointOf(settings, 'token', 'https://oauth2.googleapis.com/token'),
  userInfo: endpointOf(settings, 'userinfo', 'https://www.googleapis.com/oauth2/v2/userinfo?alt=json'),
  revoke: endpointOf(settings, 'revoke', 'https://oauth2.googleapis.com/revoke'),
});

/** Google lets this client not ask for all of the scopes: `invalid_scope` of RFC 6749, or words about them. */
export const isScopeRefused = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'login_denied' && /scope/i.test(error.message);
