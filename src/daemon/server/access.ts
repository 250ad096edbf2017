import { hash } from 'node:crypto';
import type { Context } from 'hono';
import type { Caller } from '../engine/inbound.js';
import type { FailureFacts } from '../ir/error.js';
import { refuseAddress } from '../runtime/address-check.js';
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
  const address = {
    host: c.req.header('host'),
    origin: c.req.header('origin'),
    fetchSite: c.req.header('sec-fetch-site'),
  };
  const refused = refuseAddress(address, access);
  return refused && forbidden(refused.code, refused.message);
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
