import type { FailureFacts } from '../../ir/error.js';
import { readRetryAfterMs } from '../../login/vendor-call.js';
import type { QuotaWindow, ReplyHeaders, Verdict } from '../provider.js';
import { PREMIUM, readQuotaHeaders } from './quota.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const PREMIUM_SPENT = 'premium_quota_exceeded';
const ACCOUNT_RATE = 'account_rate_limited';
const IDENTITY = 'integration_refused';

/**
 * Reads what a refusal of Copilot is about: premium requests, the account's rate, or who we say we are.
 * @param premium The premium window as it was last told.
 */
export function explainFailure(
  failure: FailureFacts,
  headers: ReplyHeaders,
  now: number,
  premium: QuotaWindow | undefined,
): FailureFacts {
  const { status, message } = failure;
  const windows = readQuotaHeaders(headers, now)?.windows ?? [];
  if (isPremiumSpent(failure)) {
    const told = windows.find(({ id }) => id === PREMIUM) ?? premium;
    const untilReset = told?.resetsAt === undefined || told.resetsAt <= now ? HOUR_MS : told.resetsAt - now;
    return { ...failure, reason: 'quota', code: PREMIUM_SPENT, retryAfterMs: failure.retryAfterMs ?? untilReset };
  }
  if (status === 429) return explainRate(failure, headers, now, windows);
  if (status === 400 && /missing (required )?(editor-version|copilot-integration-id)/i.test(message)) {
    const hint =
      'GitHub gives integration ids to the products it knows; with one of your own, set "copilot_integration_id" in the credential file';
    return { ...failure, code: IDENTITY, message: `${message} (${hint})` };
  }
  if (isModelRefused(failure)) {
    const hint = 'Copilot offers some models only to editors it knows, or to other plans';
    return { ...failure, reason: 'model-missing', code: 'model_not_supported', message: `${message} (${hint})` };
  }
  return failure;
}

function explainRate(
  failure: FailureFacts,
  headers: ReplyHeaders,
  now: number,
  windows: readonly QuotaWindow[],
): FailureFacts {
  const spent = windows.find(({ id, usedPercent }) => (id === 'session' || id === 'weekly') && usedPercent >= 100);
  const isAccount = spent !== undefined || /session|weekly|try again in \d+ (hour|minute)/i.test(failure.message);
  const untilReset = spent?.resetsAt === undefined || spent.resetsAt <= now ? undefined : spent.resetsAt - now;
  const retryAfterMs = readRetryAfterMs(headers, now) ?? failure.retryAfterMs ?? untilReset;
  return {
    ...failure,
    reason: 'rate-limit',
    ...(isAccount ? { code: ACCOUNT_RATE } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

const isPremiumSpent = ({ status, code, message }: FailureFacts): boolean =>
  (status === 402 && (code === 'quota_exceeded' || /quota/i.test(message))) ||
  (status === 429 && (code === 'quota_exceeded' || /quota exceeded|premium request/i.test(message)));

const isModelRefused = ({ status, code, message }: FailureFacts): boolean =>
  status === 400 && (code === 'model_not_supported' || /requested model is not supported/i.test(message));

/** Whose fault a failure of Copilot is; what is not special here is left to the engine's table. */
export function classifyFailure(failure: FailureFacts): Verdict | undefined {
  const until = failure.retryAfterMs === undefined ? {} : { cooldownMs: failure.retryAfterMs };
  switch (failure.code) {
    case PREMIUM_SPENT:
      return { blame: 'credential-model', next: 'next-credential', ...until };
    case ACCOUNT_RATE:
      return { blame: 'credential', next: 'next-credential', ...until };
    // A matter of configuration: resting would not mend it, another provider may serve.
    case IDENTITY:
      return { blame: 'network', next: 'next-credential' };
    case 'model_not_supported':
      return { blame: 'credential-model', next: 'next-credential', cooldownMs: 12 * HOUR_MS };
    default:
      return undefined;
  }
}

/** The way in was wrong for this model, not the request. */
export const isWayRefused = ({ status, code, message }: FailureFacts): boolean =>
  status === 400 &&
  (code === 'unsupported_api_for_model' ||
    /(unsupported api|not accessible via the|does not support .*(endpoint|api))/i.test(message));

export const isEnabledRefused = ({ status, message }: FailureFacts): boolean =>
  status === 400 && /thinking\.type\.enabled.{0,3} is not supported/i.test(message);

export const isAdaptiveRefused = ({ status, message }: FailureFacts): boolean =>
  status === 400 && /adaptive thinking is not supported/i.test(message);
