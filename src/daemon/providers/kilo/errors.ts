import type { FailureFacts } from '../../ir/error.js';
import { isObject, parseJson } from '../../ir/json.js';
import type { Verdict } from '../provider.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const BALANCE_EMPTY = 'balance_empty';
export const ORGANIZATION_GONE = 'organization_gone';
const PROMOTION_SPENT = 'PROMOTION_MODEL_LIMIT_REACHED';
const NOT_ALLOWED = 'model_not_allowed';
const LOGIN_WANTED = 'login_required';
/** Requests without a login are counted by the address they come from. */
const ADDRESS_LIMITED = 'address_limited';
/** How long paid models rest before the balance is tried again (kilo.md 6). */
export const BALANCE_RECHECK_MS = 10 * MINUTE_MS;

export interface RefusalContext {
  /** How long a spent free promotion rests, and a rate limit that names no time. */
  readonly promotion: () => number;
  readonly rate: () => number;
  readonly isAnonymous: boolean;
}

/** Reads what a refusal of Kilo is about (kilo.md 6). */
export function explainFailure(failure: FailureFacts, context: RefusalContext): FailureFacts {
  const { status, message } = failure;
  const { promotion, rate, isAnonymous } = context;
  switch (status) {
    case 400: {
      if (failure.reason !== 'context-length') return failure;
      // Kilo's own body says it in words only; clients compact when they read the code.
      const { body: _body, ...facts } = failure;
      return { ...facts, code: 'context_length_exceeded' };
    }
    case 401:
      // No bad token: another one would be told the same.
      if (codeOf(failure) === PROMOTION_SPENT) {
        return { ...failure, reason: 'rate-limit', status: 429, code: PROMOTION_SPENT, retryAfterMs: promotion() };
      }
      if (isAnonymous) {
        const more = 'without a login Kilo serves free models only: cliproxyctl login kilo';
        return { ...failure, reason: 'forbidden', status: 403, code: LOGIN_WANTED, message: `${message} (${more})` };
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
    case 429:
      return {
        ...failure,
        ...(isAnonymous ? { code: ADDRESS_LIMITED } : {}),
        retryAfterMs: failure.retryAfterMs ?? rate(),
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
    case LOGIN_WANTED:
      return { blame: 'credential-model', next: 'next-credential', cooldownMs: 12 * HOUR_MS };
    case ORGANIZATION_GONE:
    case ADDRESS_LIMITED:
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
