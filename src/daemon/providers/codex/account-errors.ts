import type { FailureFacts } from '../../ir/error.js';
import { firstValue } from '../api-key.js';
import type { ReplyHeaders, Verdict } from '../provider.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A limit of one model, not of the plan: the code under which `classify` finds it again. */
const MODEL_LIMIT = 'model_usage_limit_reached';

/** Names of the limit that is the whole plan's. */
const PLAN_LIMITS: ReadonlySet<string> = new Set(['codex', 'premium', 'primary', 'secondary']);

/** What the headers of a refused request add: whether the limit that was reached is that of one model. */
export function explainFailure(failure: FailureFacts, headers: ReplyHeaders): FailureFacts {
  if (failure.code !== 'usage_limit_reached') return failure;
  const active = firstValue(headers['x-codex-active-limit'])?.trim().toLowerCase();
  if (active === undefined || active === '' || PLAN_LIMITS.has(active)) return failure;
  return { ...failure, reason: 'rate-limit', code: MODEL_LIMIT };
}

/** Whose fault a failure of the ChatGPT backend is; what is not special here is left to the engine's table. */
export function classifyFailure(failure: FailureFacts): Verdict | undefined {
  const { code, reason, status, message, retryAfterMs } = failure;
  const until = retryAfterMs === undefined ? {} : { cooldownMs: retryAfterMs };
  if (code === 'usage_limit_reached') return { blame: 'credential', next: 'next-credential', ...until };
  if (code === MODEL_LIMIT) return { blame: 'credential-model', next: 'next-credential', ...until };
  // The plan has no Codex at all.
  if (code === 'usage_not_included') {
    return { blame: 'credential', next: 'next-credential', cooldownMs: 30 * MINUTE_MS };
  }
  // A bot check of the network in front says nothing of the account.
  if (code === 'html_response' && (status === 403 || status === 429 || status === 503)) {
    return { blame: 'credential', next: 'next-credential', cooldownMs: 10_000 };
  }
  if (/model is at capacity/i.test(message)) return { blame: 'credential-model', next: 'next-credential', ...until };
  if (code === 'invalid_encrypted_content' || code === 'cyber_policy') return { blame: 'request', next: 'stop' };
  // The stream closed without its last event: the request's bad luck, nobody's state.
  if (reason === 'protocol' && status === undefined) return { blame: 'network', next: 'next-credential' };
  if (isPlanRefusal(failure)) {
    return { blame: 'credential-model', next: 'next-credential', cooldownMs: 12 * HOUR_MS };
  }
  return undefined;
}

const isPlanRefusal = ({ status, message }: FailureFacts): boolean =>
  (status === 400 || status === 422) && /model .*not (supported|available)/i.test(message);

/** FastAPI's words for a member the backend does not know; which one, if it may be taken out. */
export function unsupportedParameter({ status, message }: FailureFacts): string | undefined {
  if (status !== 400) return undefined;
  const name = /^unsupported parameter:? '?([a-z_]+)'?/i.exec(message)?.[1];
  return name === undefined || NEEDED.has(name) ? undefined : name;
}

const NEEDED: ReadonlySet<string> = new Set(['model', 'input', 'instructions', 'tools', 'stream', 'store']);

/** Thinking in the history that this account or model cannot decrypt. */
export const isReasoningRefused = ({ status, code, message }: FailureFacts): boolean =>
  status === 400 &&
  (code === 'invalid_encrypted_content' || /encrypted.content.*(invalid|could not be)/i.test(message));
