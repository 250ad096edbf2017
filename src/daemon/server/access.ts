import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import type { Context } from 'hono';
import type { Caller } from '../engine/inbound.js';
import type { FailureFacts } from '../ir/error.js';
import type { AccessPolicy } from '../runtime/snapshot.js';
import type { ServerEnv } from './env.js';

/**
 * Decides whether a request may come in at all: `Host` and `Origin` first (DNS rebinding, web pages that spend somebody's
 * quota), then the key.
 */
export function authorise(c: Context<ServerEnv>, access: AccessPolicy): Caller | FailureFacts {
  return checkAddress(c, access) ?? checkKey(c, access);
}

function checkAddress(c: Context<ServerEnv>, access: AccessPolicy): FailureFacts | undefined {
  const host = c.req.header('host')?.toLowerCase();
  if (host !== undefined && !isAllowedHost(host, access)) {
    return forbidden('host_not_allowed', `the host "${host.slice(0, 100)}" is not allowed; add it to "allowed-hosts"`);
  }
  const origin = c.req.header('origin');
  if (origin !== undefined && !access.allowedOrigins.has(origin.toLowerCase())) {
    return forbidden(
      'origin_not_allowed',
      `the origin "${origin.slice(0, 100)}" is not allowed; add it to "allowed-origins"`,
    );
  }
  if (origin === undefined && c.req.header('sec-fetch-site') === 'cross-site') {
    return forbidden('origin_not_allowed', 'requests from other sites are not allowed');
  }
  return undefined;
}

function isAllowedHost(host: string, { hostNames, allowsAddresses }: AccessPolicy): boolean {
  const name = host.replace(/:\d+$/, '');
  if (hostNames.has(name) || hostNames.has(host) || hostNames.has('*')) return true;
  return allowsAddresses && isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}

function checkKey(c: Context<ServerEnv>, access: AccessPolicy): Caller | FailureFacts {
  if (access.hasSampleKey) {
    return forbidden(
      'unsafe_example_api_key',
      'the config still holds a sample client key from the documentation; run "cliproxyctl keys add" and remove it',
    );
  }
  if (access.isOpen) return OPEN_CALLER;
  const presented = presentedKeys(c);
  for (const key of presented) {
    const keyId = access.keys.get(hash('sha256', key, 'hex'));
    if (keyId !== undefined) return { keyId };
  }
  return {
    reason: 'auth',
    status: 401,
    code: presented.length === 0 ? 'missing_api_key' : 'invalid_api_key',
    message:
      presented.length === 0
        ? 'missing API key: send a client key of this gateway as "Authorization: Bearer <key>"'
        : 'invalid API key: this is not a client key of this gateway; "cliproxyctl keys list" shows them',
  };
}

const OPEN_CALLER: Caller = { keyId: 'none' };

function presentedKeys(c: Context<ServerEnv>): readonly string[] {
  const authorization = c.req.header('authorization')?.replace(/^bearer(\s+|$)/i, '');
  const candidates = [authorization, c.req.header('x-goog-api-key'), c.req.header('x-api-key')];
  if (c.req.url.includes('?')) candidates.push(c.req.query('key'), c.req.query('auth_token'));
  return candidates.map((key) => key?.trim()).filter((key): key is string => key !== undefined && key !== '');
}

const forbidden = (code: string, message: string): FailureFacts => ({
  reason: 'forbidden',
  status: 403,
  code,
  message,
});
