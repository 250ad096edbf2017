import type { FailureFacts } from '../ir/error.js';
import type { Credential } from '../pool/credential.js';
import type { VerdictPolicy } from '../pool/plan.js';
import type { Verdict } from '../providers/provider.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What a failure means: the user's own rules first, then the provider's reading, then this table. */
export function judge(failure: FailureFacts, credential: Credential, policy: VerdictPolicy): Verdict {
  return custom(failure, credential, policy) ?? credential.upstream.classify?.(failure) ?? byReason(failure, policy);
}

function custom(failure: FailureFacts, credential: Credential, policy: VerdictPolicy): Verdict | undefined {
  if (credential.rules.length === 0 || failure.status === undefined) return undefined;
  const text = failure.body ?? failure.message;
  const rule = credential.rules.find((candidate) => candidate.status === failure.status && candidate.matches(text));
  if (rule === undefined) return undefined;
  const next = rule.action.startsWith('stop') ? 'stop' : 'next-credential';
  if (!rule.action.endsWith('cooldown')) return { blame: 'request', next };
  const usual = byReason(failure, policy);
  return { blame: 'credential-model', next, cooldownMs: Math.max(usual.cooldownMs ?? MINUTE_MS, MINUTE_MS) };
}

function byReason(failure: FailureFacts, policy: VerdictPolicy): Verdict {
  switch (failure.reason) {
    case 'aborted':
    case 'invalid-request':
    case 'context-length':
    case 'too-large':
    case 'content-policy':
      return { blame: 'request', next: 'stop' };
    case 'auth':
    case 'forbidden':
    case 'billing':
      return { blame: 'credential', next: 'next-credential', cooldownMs: failure.retryAfterMs ?? 30 * MINUTE_MS };
    case 'model-missing':
      // A 404 may heal with the next release of a list; "not in your plan" (400, 422) does not.
      return {
        blame: 'credential-model',
        next: 'next-credential',
        cooldownMs: failure.status === 404 ? 10 * MINUTE_MS : 12 * HOUR_MS,
      };
    case 'rate-limit':
    case 'quota':
      return {
        blame: 'credential-model',
        next: 'next-credential',
        ...(failure.retryAfterMs === undefined ? {} : { cooldownMs: failure.retryAfterMs }),
      };
    case 'network':
      if (failure.status === undefined) return { blame: 'network', next: 'next-credential' };
      return { blame: 'credential-model', next: 'next-credential', cooldownMs: policy.transientCooldownMs };
    case 'overloaded':
    case 'server':
    case 'timeout':
    case 'protocol':
    case 'unavailable':
      return {
        blame: 'credential-model',
        next: 'next-credential',
        cooldownMs: failure.retryAfterMs ?? policy.transientCooldownMs,
      };
  }
}
