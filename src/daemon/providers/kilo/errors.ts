import type { FailureFacts } from '../../ir/error.js';
import { isObject, parseJson } from '../../ir/json.js';
import type { Verdict } from '../provider.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const BALANCE_EMPTY = 'balance_empty';
export const ORGANIZATION_GONE = 'organization_gone';
const PROMOTION_SPENT = 'PROMOTION_MODEL_LIMIT_REACHED';
const NOT_ALLOWED = 'model_not_allowed';
/** How long paid models rest before the balance is tried again (kilo.md 6). */
export const BALANCE_RECHECK_MS = 10 * MINUTE_MS;

/** Reads what a refusal of Kilo is about (kilo.md 6). `promotion`: how long a spent free promotion rests. */
export function explainFailure(failure: FailureFacts, promotion: () => number): FailureFacts {
  const { status, message } = failure;
  switch (status) {
    case 401:
      // No bad token: another one would be told the same.
      if (codeOf(failure) === PROMOTION_SPENT) {
        return { ...failure, reason: 'rate-limit', status: 429, code: PROMOTION_SPENT, retryAfterMs: promotion() };
      }
      return { ...failure, reason: 'auth', message: `${message} (log in again: cliproxyctl login kilo)` };
    case 402:
      return { ...failure, reason: 'quota', code: BALANCE_EMPTY, retryAfterMs: BALANCE_RECHECK_MS };
    case 403:
      // A bot check of the network in front says nothing of the model.
      if (!isObject(parseJson(failure.body ?? ''))) return failure;
      return {
        ...failure,
        reason: 'forbidden',
        code: NOT_ALLOWED,
        message: `${message} (the organisation that pays may not allow this model)`,
      };
    default:
      return failure;
  }
}

/** The code may stand in the error or beside it, as a text. */
function codeOf({ code, body }: FailureFacts): string | undefined {
  if (code === PROMOTION_SPENT || body === undefined) return code;
  const parsed = parseJson(body);
  if (!isObject(parsed)) return code;
  const error = isObject(parsed['error']) ? parsed['error'] : parsed;
  const words = [error['code'], error['type'], parsed['error_type'], parsed['code']];
  return words.includes(PROMOTION_SPENT) ? PROMOTION_SPENT : code;
}

/** Whose fault a failure of Kilo is; what is not special here is left to the engine's table. */
export function classifyFailure({ code, retryAfterMs }: FailureFacts): Verdict | undefined {
  const until = retryAfterMs === undefined ? {} : { cooldownMs: retryAfterMs };
  switch (code) {
    // The account goes on with what is free.
    case BALANCE_EMPTY:
    case PROMOTION_SPENT:
      return { blame: 'credential-model', next: 'next-credential', ...until };
    case NOT_ALLOWED:
      return { blame: 'credential-model', next: 'next-credential', cooldownMs: 12 * HOUR_MS };
    case ORGANIZATION_GONE:
      return { blame: 'credential', next: 'next-credential', ...until };
    default:
      return undefined;
  }
}

export const isTooFewTokens = ({ status, message }: FailureFacts): boolean =>
  status === 400 &&
  /max[_ ](output[_ ]|completion[_ ])?tokens/i.test(message) &&
  /minimum|at least|>=|below/i.test(message);

/** The path does not serve this model, or is not there at all: chat is. */
export const isWayRefused = ({ status }: FailureFacts): boolean => status === 404 || status === 405 || status === 501;

/** Waits for a promotion whose end nobody tells: an hour, then longer, as long as it is refused again and again. */
export function openPromotionWait(now: () => number): () => number {
  let wait = HOUR_MS;
  let until = 0;
  return () => {
    const at = now();
    // Several requests may be refused at the same time: that is one refusal.
    if (at < until) return until - at;
    const isAgain = until > 0 && at < until + wait;
    wait = isAgain ? Math.min(2 * wait, 24 * HOUR_MS) : HOUR_MS;
    until = at + wait;
    return wait;
  };
}
