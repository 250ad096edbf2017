import type { FailureFacts } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { mend } from '../messages-body/repair.js';
import type { Endpoint, EndpointQuery, QuotaFacts, QuotaWindow, Upstream } from '../provider.js';
import { addressesOf } from './addresses.js';
import { shapeBody } from './body.js';
import { isClaude, pathIn, wayFor } from './endpoints.js';
import {
  classifyFailure,
  explainFailure,
  isAdaptiveRefused,
  isEnabledRefused,
  isWayRefused,
  PREMIUM_SPENT,
} from './errors.js';
import { identityHeaders } from './headers.js';
import { PREMIUM, readCopilotQuota, readQuotaHeaders } from './quota.js';
import { requestHeaders } from './request-headers.js';
import { openCopilotSession } from './session.js';
import { respellThinking, type ThinkingForm } from './thinking.js';

const HOUR_MS = 60 * 60_000;

/** Inference with a GitHub Copilot login. */
export function openCopilotAccount(fields: JsonObject, context: AccountContext): Upstream {
  const session = openCopilotSession(fields, context);
  const identity = identityHeaders(fields);
  const isEnterprise = addressesOf(fields, context).domain !== undefined;
  const refusedWays = openRefusedWays();
  /** The spelling of thinking that a model turned out to take. */
  const forms = new Map<string, ThinkingForm>();
  let premium = openPremium();

  const endpoint = (query: EndpointQuery): Endpoint | undefined => {
    const { model, operation } = query;
    const base = session.baseUrl();
    if (operation === 'embed') return { url: `${base}/embeddings`, dialect: 'openai-chat', alwaysStreams: false };
    if (operation !== 'generate' && operation !== 'count-tokens') return undefined;
    if (model.endpoints?.every((path) => path === '/embeddings') === true) return undefined;
    const way = wayFor({ model, client: query.client, isEnterprise, refused: refusedWays.of(model.id) });
    if (way === undefined) return undefined;
    if (operation === 'generate') return { url: base + way.path, dialect: way.dialect, alwaysStreams: false };
    const isCounted = isClaude(model.id) && way.dialect === 'anthropic-messages';
    return isCounted
      ? { url: `${base}${way.path}/count_tokens`, dialect: way.dialect, alwaysStreams: false }
      : undefined;
  };

  return {
    ready: session.ready,
    forget: session.forget,
    worked: session.worked,
    quota: (headers, now) => premium.learn(readQuotaHeaders(headers, now)),
    askQuota: async () => premium.learn(await readCopilotQuota(fields, context)),
    spent: (model, now, known) => (model.planMultiplier === 0 ? undefined : premium.spent(now, known)),
    reset() {
      premium = openPremium();
    },
    endpoint,
    prepare(call) {
      const { body, model } = call;
      shapeBody(body, call);
      const form = forms.get(model.id);
      if (form !== undefined) respellThinking(body, form);
      const headers = requestHeaders(call, { ...identity, authorization: `Bearer ${session.token()}` });
      return { url: call.endpoint.url, headers, body: body.bytes };
    },
    repair(failure, body) {
      const form = isEnabledRefused(failure) ? 'adaptive' : isAdaptiveRefused(failure) ? 'enabled' : undefined;
      const model = body.get('model');
      if (form === undefined) return mend(failure, body);
      if (!respellThinking(body, form)) return false;
      if (typeof model === 'string') forms.set(model, form);
      return true;
    },
    reroute(failure, { endpoint: tried, model }) {
      if (!isWayRefused(failure)) return isTokenRefused(failure) && session.switchMode();
      const path = pathIn(tried.url);
      if (path === undefined) return false;
      refusedWays.add(model.id, path);
      return endpoint({ model, client: '', operation: 'generate', stream: false }) !== undefined;
    },
    explain(failure, headers, now) {
      const explained = explainFailure(failure, headers, now, premium.window());
      if (explained.code === PREMIUM_SPENT) premium.exhaust(explained, now);
      return explained;
    },
    classify: classifyFailure,
  };
}

/** What the other kind of token may get. */
const isTokenRefused = ({ status }: FailureFacts): boolean => status === 401 || status === 403 || status === 404;

interface RefusedWays {
  of(modelId: string): ReadonlySet<string>;
  add(modelId: string, path: string): void;
}

/** By model: paths that turned out not to serve it. */
function openRefusedWays(): RefusedWays {
  const byModel = new Map<string, Set<string>>();
  const none: ReadonlySet<string> = new Set();
  return {
    of: (modelId) => byModel.get(modelId) ?? none,
    add(modelId, path) {
      byModel.set(modelId, (byModel.get(modelId) ?? new Set()).add(path));
    },
  };
}

interface Premium {
  /** As it was last told. */
  window(): QuotaWindow | undefined;
  learn<T extends QuotaFacts | undefined>(facts: T): T;
  exhaust(failure: FailureFacts, now: number): void;
  spent(now: number, known: QuotaFacts | undefined): FailureFacts | undefined;
}

/** The count of premium requests: one refusal is enough to know about all models that cost some. */
function openPremium(): Premium {
  let window: QuotaWindow | undefined;
  let refused:
    | { readonly failure: FailureFacts; readonly at: number; readonly until: number; readonly resetsAt: number }
    | undefined;
  return {
    window: () => window,
    learn(facts) {
      const told = facts?.windows.find(({ id }) => id === PREMIUM);
      if (told !== undefined) window = told;
      if (told?.exhausted === false) refused = undefined;
      return facts;
    },
    exhaust(failure, now) {
      const untilReset = failure.retryAfterMs ?? HOUR_MS;
      // Asked again each hour: the owner may have allowed more by then.
      refused = { failure, at: now, until: now + Math.min(untilReset, HOUR_MS), resetsAt: now + untilReset };
    },
    spent(now, known) {
      if (refused === undefined || refused.until <= now) return undefined;
      const isNewer = known !== undefined && known.at >= refused.at;
      // Somebody else may have asked meanwhile.
      if (isNewer && known.windows.some(({ id, exhausted }) => id === PREMIUM && exhausted === false)) return undefined;
      return { ...refused.failure, retryAfterMs: refused.resetsAt - now };
    },
  };
}
