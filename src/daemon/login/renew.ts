import { AppError } from '../../shared/errors.js';
import type { JsonObject } from '../ir/json.js';
import type { AccountContext } from './account-context.js';
import { callVendor, type VendorCall, type VendorReply } from './vendor-call.js';

/** Tries in all, and the waits between them: claude.md §3 and codex.md §3 agree. */
const WAITS_MS = [1_000, 2_000] as const;
/** After what may pass by itself, and did not while we tried. */
export const LATER_MS = 5 * 60_000;

export type RenewalReply =
  | { readonly kind: 'answered'; readonly reply: VendorReply }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Asks for new tokens: a network failure or a 5xx is tried again, whatever else comes is the answer. */
export async function askForRenewal(context: AccountContext, call: VendorCall): Promise<RenewalReply> {
  for (let tries = 0; ; tries++) {
    const outcome = await askOnce(context, call);
    const wait = WAITS_MS[tries];
    if (outcome.kind === 'answered' && outcome.reply.status < 500) return outcome;
    if (wait === undefined) return outcome;
    await context.clock.sleep(wait);
  }
}

async function askOnce(context: AccountContext, call: VendorCall): Promise<RenewalReply> {
  try {
    return { kind: 'answered', reply: await callVendor(context, call) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { kind: 'unreachable', reason: error.message };
  }
}

/** Marks a login that another program owns: redeeming its one-use refresh token would log that program out. */
export const READ_ONLY_FIELD = 'cliproxyctl_read_only';

export const isReadOnly = (fields: JsonObject): boolean => fields[READ_ONLY_FIELD] === true;

export const READ_ONLY_REASON =
  'the login belongs to the program it was imported from, and only that one may renew it: import it again, or log in here';
