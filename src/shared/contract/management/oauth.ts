import { z } from 'zod';
import { defineManagementRoute, definePlainRoute } from './route.js';

const startedSchema = z.object({
  status: z.literal('ok'),
  /** To be opened in a browser. */
  url: z.string(),
  /** Asks for the outcome, and belongs to nobody else. */
  state: z.string(),
});

const deviceSchema = startedSchema.extend({
  flow: z.literal('device'),
  user_code: z.string(),
  verification_uri: z.string(),
  /** Seconds. */
  expires_in: z.number(),
});

const outcomeSchema = z.object({ status: z.enum(['ok', 'wait', 'error']), error: z.string().optional() });

export const oauth = {
  startAnthropicLogin: defineManagementRoute({
    method: 'get',
    path: '/anthropic-auth-url',
    access: 'key',
    does: 'begins a Claude login in the browser; `?is_webui=true` leads the redirect on to the main port',
    output: startedSchema,
  }),
  startCodexLogin: defineManagementRoute({
    method: 'get',
    path: '/codex-auth-url',
    access: 'key',
    does: 'begins a ChatGPT login in the browser; `?is_webui=true` as above',
    output: startedSchema,
  }),
  startAntigravityLogin: defineManagementRoute({
    method: 'get',
    path: '/antigravity-auth-url',
    access: 'key',
    does: 'begins an Antigravity login in the browser, with the OAuth client of the config; `?is_webui=true` as above',
    output: startedSchema,
  }),
  startGithubLogin: defineManagementRoute({
    method: 'get',
    path: '/github-auth-url',
    access: 'key',
    does: 'begins a GitHub Copilot login by device code',
    output: deviceSchema,
  }),
  startKiloLogin: defineManagementRoute({
    method: 'get',
    path: '/kilo-auth-url',
    access: 'key',
    does: 'begins a Kilo login by device code',
    output: deviceSchema,
  }),
  startKiroLogin: defineManagementRoute({
    method: 'get',
    path: '/kiro-auth-url',
    access: 'key',
    does: 'begins a Kiro login by device code with an AWS Builder ID; `get-auth-status` tells the code as well',
    output: deviceSchema.extend({ method: z.literal('device_code') }),
  }),
  getAuthStatus: defineManagementRoute({
    method: 'get',
    path: '/get-auth-status',
    access: 'key',
    does: 'what became of the login `?state=`: `wait` (for Kiro `device_code`), `ok` or `error`',
    output: outcomeSchema.extend({
      status: z.enum(['ok', 'wait', 'device_code', 'error']),
      verification_url: z.string().optional(),
      user_code: z.string().optional(),
    }),
  }),
  cancelOauthSession: defineManagementRoute({
    method: 'delete',
    path: '/oauth-session',
    access: 'key',
    does: 'calls the login `?state=` off; nothing is saved afterwards',
    output: z.object({ status: z.literal('ok'), cancelled: z.boolean() }),
  }),
  postOauthCallback: defineManagementRoute({
    method: 'post',
    path: '/oauth-callback',
    access: 'state',
    does: 'takes the address a browser ended at: `{"provider":…,"redirect_url":…}`',
    output: outcomeSchema,
  }),
  getOauthCallback: defineManagementRoute({
    method: 'get',
    path: '/oauth-callback',
    access: 'navigation',
    does: 'the same by query: `?provider=&state=&code=`',
    output: outcomeSchema,
  }),
  anthropicCallback: definePlainRoute({
    method: 'get',
    path: '/anthropic/callback',
    access: 'navigation',
    does: 'where the browser of a Claude login ends; a page that says what became of it',
  }),
  codexCallback: definePlainRoute({
    method: 'get',
    path: '/codex/callback',
    access: 'navigation',
    does: 'the same for a ChatGPT login',
  }),
  antigravityCallback: definePlainRoute({
    method: 'get',
    path: '/antigravity/callback',
    access: 'navigation',
    does: 'the same for an Antigravity login',
  }),
} as const;
