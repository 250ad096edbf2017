import type { FailureFacts } from '../../ir/error.js';
import type { ReplyHeaders, Verdict } from '../provider.js';
import type { AccountLimits, LimitKind } from './limits.js';
import { type Refusal, readDelay, readRefusal } from './retry-delay.js';

const MINUTE_MS = 60_000;
/** A rate limit that takes this long to pass is a spent quota. */
const QUOTA_WAIT_MS = 5 * MINUTE_MS;
/** How long an account rests that Google refuses as a whole. */
export const ACCESS_REST_MS = 5 * MINUTE_MS;

export const PROJECT_MISSING = 'project_missing';
const CREDITS_EMPTY = 'INSUFFICIENT_G1_CREDITS_BALANCE';

/** Statuses with a meaning of their own: of the request, the login, or the model's name. */
const NO_LIMIT: ReadonlySet<number> = new Set([400, 401, 402, 403, 404, 405, 409, 413, 415, 422, 499]);

export interface RefusedCall {
  readonly modelId: string;
  readonly limits: AccountLimits;
  readonly now: number;
}

/** Reads what a refusal is about, and until when it lasts (antigravity.md 7); counts it. Once per refused request. */
export function explainAntigravity(failure: FailureFacts, headers: ReplyHeaders, call: RefusedCall): FailureFacts {
  const { status = 0 } = failure;
  const { limits, modelId, now } = call;
  const refusal = readRefusal(failure.body, failure.message);
  if (reasonIn(refusal) === CREDITS_EMPTY) limits.creditsAreEmpty();
  if (status === 403) return { ...failure, reason: 'forbidden', retryAfterMs: ACCESS_REST_MS };
  if (status < 400 || NO_LIMIT.has(status)) return failure;
  const named = limitKindOf(refusal, status);
  const toldMs = readDelay(refusal, { headers, now, isSpoken: named !== 'quota' });
  const kind = named === 'rate' && (toldMs ?? 0) >= QUOTA_WAIT_MS ? 'quota' : named;
  return { ...failure, reason: REASONS[kind] ?? failure.reason, retryAfterMs: limits.fail({ kind, modelId, toldMs }) };
}

const REASONS: Readonly<Partial<Record<LimitKind, FailureFacts['reason']>>> = {
  quota: 'quota',
  rate: 'rate-limit',
  capacity: 'overloaded',
  server: 'server',
};

const NAMED: Readonly<Record<string, LimitKind>> = {
  QUOTA_EXHAUSTED: 'quota',
  RATE_LIMIT_EXCEEDED: 'rate',
  MODEL_CAPACITY_EXHAUSTED: 'capacity',
  [CREDITS_EMPTY]: 'quota',
};

/** The vendor's own word first, then the text, then the status. */
function limitKindOf(refusal: Refusal, status: number): LimitKind {
  const named = NAMED[reasonIn(refusal) ?? ''];
  if (named !== undefined) return named;
  const text = refusal.text.toLowerCase();
  if (/quota[ _]exhausted/.test(text)) return 'quota';
  if (/rate limit exceeded|per minute|per second/.test(text)) return 'rate';
  if (NO_CAPACITY.test(text)) return 'capacity';
  if (status === 429) return 'quota';
  return status >= 500 ? 'server' : 'unknown';
}

const NO_CAPACITY = /model capacity|no capacity available/i;

const reasonIn = ({ details }: Refusal): string | undefined => {
  const reason = details.map((detail) => detail['reason']).find((each) => typeof each === 'string');
  return reason?.toUpperCase();
};

/** Purchased credits were asked for, and there are none: the same may be asked without them. */
export const areCreditsEmpty = ({ body, message }: FailureFacts): boolean =>
  reasonIn(readRefusal(body, message)) === CREDITS_EMPTY;

/** Another host of the service may still answer. */
export const isHostBusy = (status: number, body: string): boolean =>
  status === 429 || (status === 503 && /no capacity available/i.test(body));

/** Whose fault a failure of Antigravity is; what is not special here is left to the engine's table. */
export function classifyAntigravity({ reason, status = 0, code, retryAfterMs }: FailureFacts): Verdict | undefined {
  const next = 'next-credential';
  if (code === PROJECT_MISSING) return { blame: 'credential', next, cooldownMs: retryAfterMs ?? MINUTE_MS };
  if (status === 403) return { blame: 'credential', next, cooldownMs: retryAfterMs ?? ACCESS_REST_MS };
  if (status < 400 || NO_LIMIT.has(status)) return undefined;
  switch (reason) {
    case 'rate-limit':
      return { blame: 'credential', next, cooldownMs: retryAfterMs ?? 5_000 };
    case 'quota':
      return { blame: 'credential-model', next, cooldownMs: retryAfterMs ?? MINUTE_MS };
    case 'overloaded':
      return { blame: 'credential-model', next, cooldownMs: retryAfterMs ?? 5_000 };
    default:
      return { blame: 'credential-model', next, cooldownMs: retryAfterMs ?? (status >= 500 ? 8_000 : MINUTE_MS) };
  }
}

/** The account may not use the service, as it was told outside of a request. */
export const accessRefused = (retryAfterMs: number): FailureFacts => ({
  reason: 'forbidden',
  status: 403,
  code: 'access_refused',
  message: 'Google refuses this account at Antigravity: `cliproxyctl quota` asks again',
  retryAfterMs,
});
