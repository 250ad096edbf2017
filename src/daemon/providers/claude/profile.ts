import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, textOf, type VendorReply } from '../../login/vendor-call.js';
import { claudeOAuth } from './oauth.js';

/** Whose account it is, in the members that credential files have. */
export interface ClaudeProfile {
  readonly email?: string | undefined;
  readonly account_uuid?: string | undefined;
  readonly organization_uuid?: string | undefined;
  readonly organization_name?: string | undefined;
  /** `max`, `pro` or `team`. */
  readonly plan?: string | undefined;
}

const TIMEOUT_MS = 10_000;

/** What the token's answer tells by itself. */
export function profileOfGrant(body: JsonObject): ClaudeProfile {
  const account = objectOf(body['account']);
  return { ...organizationOf(body), email: textOf(account['email_address']), account_uuid: textOf(account['uuid']) };
}

/** Asks for the profile; `undefined`: it cannot be had, which fails no login. */
export async function askProfile(
  context: AccountContext,
  accessToken: string,
): Promise<{ readonly status: number; readonly profile: ClaudeProfile } | undefined> {
  try {
    const reply = await callVendor(context, {
      method: 'GET',
      url: claudeOAuth(context).profile,
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      timeoutMs: TIMEOUT_MS,
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    });
    return { status: reply.status, profile: reply.status === 200 ? readProfile(reply) : {} };
  } catch (error) {
    if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
    throw error;
  }
}

function readProfile({ body }: VendorReply): ClaudeProfile {
  const account = objectOf(body['account']);
  return {
    ...organizationOf(body),
    email: textOf(account['email']),
    account_uuid: textOf(account['uuid']),
    plan: planOf(account, objectOf(body['organization'])),
  };
}

const organizationOf = (body: JsonObject): ClaudeProfile => {
  const organization = objectOf(body['organization']);
  return { organization_uuid: textOf(organization['uuid']), organization_name: textOf(organization['name']) };
};

function planOf(account: JsonObject, organization: JsonObject): string | undefined {
  if (account['has_claude_max'] === true) return 'max';
  if (account['has_claude_pro'] === true) return 'pro';
  const isTeam =
    organization['organization_type'] === 'claude_team' && organization['subscription_status'] === 'active';
  return isTeam ? 'team' : undefined;
}

const objectOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
