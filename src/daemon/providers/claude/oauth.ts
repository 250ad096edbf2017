import type { AccountContext } from '../../login/account-context.js';
import { endpointOf } from '../../login/endpoints.js';

/** Registered by Anthropic for Claude Code; there is no registration for others. Public, without a secret. */
const CLIENT_ID = '9d1c250a-e61b-44d9-88ed-5944d1962f5e';

/** The vendor has registered this one only. */
export const REDIRECT = { ports: [54_545], path: '/callback' } as const;

export const SCOPE = 'user:profile user:inference user:sessions:claude_code user:mcp_servers user:file_upload';

export interface ClaudeOAuth {
  readonly clientId: string;
  /** Only where the operator has a client of their own. */
  readonly clientSecret: string | undefined;
  readonly authorize: string;
  readonly token: string;
  readonly profile: string;
}

/** @throws AppError `endpoint_insecure` */
export function claudeOAuth({ settings }: AccountContext): ClaudeOAuth {
  const api = endpointOf(settings, 'api', 'https://api.anthropic.com').replace(/\/+$/, '');
  return {
    clientId: settings.clientId ?? CLIENT_ID,
    clientSecret: settings.clientSecret,
    authorize: endpointOf(settings, 'authorize', 'https://claude.ai/oauth/authorize'),
    token: endpointOf(settings, 'token', 'https://platform.claude.com/v1/oauth/token'),
    profile: endpointOf(settings, 'profile', `${api}/api/oauth/profile`),
  };
}
