import type { FailureFacts } from '../../ir/error.js';
import { readRetryAfterMs } from '../../login/vendor-call.js';
import type { ReplyHeaders, Verdict } from '../provider.js';
import { isFastModeRefused } from './fast-mode.js';
import { readUnifiedLimits, type UnifiedLimits } from './quota.js';

const MINUTE_MS = 60_000;

/** How the account calls it; the code under which `classify` finds it again. */
const ACCOUNT_LIMIT = 'account_limit_reached';
export const POLICY_REFUSAL = 'subscription_client_refused';
const MAYBE_REFUSAL = 'subscription_client_maybe_refused';

/**
 * What the headers of a refused subscription request add: whose limit it is and when it ends.
 * @param spreadMs Added to the end of an account's limit, so that accounts do not all wake in the same second.
 */
export function explainFailure(
  failure: FailureFacts,
  headers: ReplyHeaders,
  now: number,
  spreadMs: number,
): FailureFacts {
  if (failure.status === 429) return explainLimit(failure, headers, now, spreadMs);
  if (failure.status !== 400) return failure;
  if (isPolicyRefusal(failure.message)) return { ...failure, reason: 'forbidden', code: POLICY_REFUSAL };
  if (failure.message === 'Error') {
    const message =
      'Error (Anthropic gives no reason; it answers like this when it takes a subscription from the client it sees)';
    return { ...failure, code: MAYBE_REFUSAL, message };
  }
  return failure;
}

function explainLimit(failure: FailureFacts, headers: ReplyHeaders, now: number, spreadMs: number): FailureFacts {
  // One entitlement refused to one request must not rest every account.
  if (isFastModeRefused(failure)) return failure;
  const limits = readUnifiedLimits(headers);
  if (limits === undefined) return failure;
  if (!isAccountWide(limits)) return { ...failure, reason: 'rate-limit' };
  const resetsAt = latestReset(limits, readRetryAfterMs(headers, now), now);
  return {
    ...failure,
    reason: 'quota',
    code: ACCOUNT_LIMIT,
    ...(resetsAt === undefined ? {} : { retryAfterMs: resetsAt - now + spreadMs }),
  };
}

/** The 5-hour or 7-day limit, or the unified status without a word on windows; a model family's own window alone is not. */
function isAccountWide({ isRejected, windows }: UnifiedLimits): boolean {
  const rejected = windows.filter((window) => window.isRejected);
  if (rejected.length === 0) return isRejected;
  return rejected.some(({ name }) => name !== '7d_oi');
}

/** The latest of what is rejected: until then every try is refused again. */
function latestReset({ resetsAt, windows }: UnifiedLimits, retryAfterMs: number | undefined, now: number) {
  const instants = [
    retryAfterMs === undefined ? undefined : now + retryAfterMs,
    resetsAt,
    ...windows.filter((window) => window.isRejected).map((window) => window.resetsAt),
  ];
  const future = instants.filter((at): at is number => at !== undefined && at > now);
  return future.length === 0 ? undefined : Math.max(...future);
}

/** openclaw/openclaw#559, anthropics/claude-code#8046 and #45123: refused for what the client is, or billed otherwise. */
const isPolicyRefusal = (message: string): boolean =>
  /only authorized for use with Claude Code|third-party apps now draw from your extra usage/i.test(message);

/** Whose fault a failure of a subscription is; what is not special here is left to the engine's table. */
export function classifyFailure(failure: FailureFacts): Verdict | undefined {
  switch (failure.code) {
    case POLICY_REFUSAL:
    case MAYBE_REFUSAL:
      return { blame: 'request', next: 'stop' };
    case ACCOUNT_LIMIT:
      return {
        blame: 'credential',
        next: 'next-credential',
        ...(failure.retryAfterMs === undefined ? {} : { cooldownMs: failure.retryAfterMs }),
      };
    default:
  }
  if (isFastModeRefused(failure)) return { blame: 'request', next: 'stop' };
  if (isChallenge(failure)) return { blame: 'credential', next: 'next-credential', cooldownMs: 10_000 };
  if (isModelRefused(failure)) {
    return { blame: 'credential-model', next: 'next-credential', cooldownMs: 12 * 60 * MINUTE_MS };
  }
  return undefined;
}

/** A bot check of the network in front says nothing of the account. */
const isChallenge = ({ status, body = '' }: FailureFacts): boolean =>
  (status === 403 || status === 429 || status === 503) && /^\s*<(!doctype|html)/i.test(body);

/** "not in your plan", but not "this field is not supported on this model". */
const isModelRefused = ({ status, message }: FailureFacts): boolean =>
  (status === 400 || status === 422) &&
  /\bmodel\b.*(not supported|not available|unsupported)|does not have access to (the )?model/i.test(message) &&
  !/(on|for|by) this model/i.test(message);
