import type { FailureFacts } from '../../ir/error.js';
import type { Verdict } from '../provider.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const MONTHLY = 'MONTHLY_REQUEST_COUNT';
const DAILY = 'DAILY_REQUEST_COUNT';
export const CAPACITY = 'INSUFFICIENT_MODEL_CAPACITY';
export const CONVERSATION = 'INVALID_CONVERSATION_ID';

/** Waits after a rate limit of the account that names none. */
const FIRST_REST_MS = MINUTE_MS;
const LONGEST_REST_MS = 5 * MINUTE_MS;

export interface LimitMemory {
  /** When the month's credits are counted anew, where the account has told it. */
  readonly resetsAt: number | undefined;
  /** Rate limits in a row. */
  readonly strikes: number;
}

/** Another host may still serve: the rate of this one is spent, not the account's month and not the model's machines. */
export const isHostLimit = ({ reason, status }: FailureFacts): boolean => status === 429 && reason === 'rate-limit';

/** Says until when a limit lasts, where Kiro does not. */
export function explainFailure(failure: FailureFacts, now: number, { resetsAt, strikes }: LimitMemory): FailureFacts {
  const { code, retryAfterMs } = failure;
  if (retryAfterMs !== undefined) return failure;
  if (code === MONTHLY) {
    const left = resetsAt === undefined || resetsAt <= now ? HOUR_MS : resetsAt - now;
    return { ...failure, retryAfterMs: left };
  }
  if (code === DAILY) return { ...failure, retryAfterMs: DAY_MS - (now % DAY_MS) };
  if (!isHostLimit(failure)) return failure;
  return { ...failure, retryAfterMs: Math.min(FIRST_REST_MS * 2 ** strikes, LONGEST_REST_MS) };
}

/** Whose fault a failure of Kiro is; what is not special here is left to the engine's table. */
export function classifyFailure(failure: FailureFacts): Verdict | undefined {
  const { code, reason, status, retryAfterMs } = failure;
  const until = retryAfterMs === undefined ? {} : { cooldownMs: retryAfterMs };
  switch (code) {
    case MONTHLY:
    case DAILY:
      return { blame: 'credential', next: 'next-credential', ...until };
    case CAPACITY:
      // Of no account: every other one would hear the same.
      return { blame: 'model', next: 'next-model', cooldownMs: retryAfterMs ?? 5_000 };
    case 'INVALID_MODEL_ID':
      return { blame: 'credential-model', next: 'next-credential', cooldownMs: 6 * HOUR_MS };
    case 'TEMPORARILY_SUSPENDED':
      return { blame: 'credential', next: 'next-credential', cooldownMs: DAY_MS };
    case 'FEATURE_NOT_SUPPORTED':
      return { blame: 'credential-model', next: 'next-credential', cooldownMs: 12 * HOUR_MS };
    case 'invalid_upstream_answer':
    case 'empty_answer':
    case 'truncated_tool_call':
      // The answer's bad luck, nobody's state.
      return { blame: 'network', next: 'next-credential' };
  }
  if (reason === 'rate-limit' && status === 429) return { blame: 'credential', next: 'next-credential', ...until };
  return undefined;
}
