import type { CandidateView, ChainLink, RouteExplanation } from '../../shared/contract/credentials.js';
import { parseModelName } from '../models/reasoning.js';
import type { Credential, OfferedModel, Route } from '../pool/credential.js';
import type { Ailment } from '../pool/health.js';
import type { Plan } from '../pool/plan.js';
import type { SessionIds } from '../pool/sticky.js';
import { viewAilment } from './describe.js';
import type { Snapshot } from './snapshot.js';

export interface RouteQuery {
  readonly model: string;
  readonly sessionKey?: string | undefined;
  /** Public id of a client key. */
  readonly clientKey?: string | undefined;
}

/** Says what would become of a request for a model, and why, without anything happening. */
export function explainRoute(snapshot: Snapshot, query: RouteQuery, now: number): RouteExplanation {
  const { model, sessionKey, clientKey } = query;
  const { plan, credentials, access } = snapshot;
  const session = sessionKey === undefined ? undefined : { id: sessionKey };
  const mayCall = clientKey === undefined || access.isOpen || [...access.keys.values()].includes(clientKey);
  const { modelName, route } = plan.resolve(model);
  const link = (each: Route): ChainLink => describeRoute(each, snapshot, session, now);
  const named = plan.fallbacksOf(modelName);
  const fallbacks = named.length > 0 || route === undefined ? named : plan.fallbacksOf(route.name);
  const chain = route === undefined ? [] : [route, ...fallbacks.filter(({ name }) => name !== route.name)].map(link);
  const boundTo = route === undefined ? undefined : plan.pool.preview(route, session).boundTo;
  return {
    model,
    steps: stepsOf(model, modelName, route, fallbacks[0]?.name),
    served: mayCall && chain.some(({ attempts }) => attempts.length > 0),
    ...(clientKey === undefined ? {} : { client: { key: clientKey, mayCall } }),
    ...(boundTo === undefined ? {} : { boundTo }),
    chain,
    leftOut: leftOut(route?.name ?? modelName, credentials, route),
  };
}

type Step = RouteExplanation['steps'][number];

function stepsOf(
  asked: string,
  modelName: string,
  route: Route | undefined,
  firstFallback: string | undefined,
): Step[] {
  const steps: Step[] = [];
  const { base } = parseModelName(asked);
  const isWhole = route?.name.toLowerCase() === asked.toLowerCase();
  if (base !== asked && !isWhole) steps.push({ step: 'suffix', from: asked, to: base });
  if (base !== modelName) steps.push({ step: 'auto', from: base, to: modelName });
  if (route === undefined) return steps;
  if (!isWhole && route.name.toLowerCase() !== modelName.toLowerCase()) {
    steps.push({ step: route.name === firstFallback ? 'fallback' : 'short-name', from: modelName, to: route.name });
  }
  const [first] = route.candidates;
  const [offer] = first?.offers ?? [];
  if (first === undefined || offer === undefined) return steps;
  if (first.credential.prefix !== undefined && route.name === `${first.credential.prefix}/${offer.alias}`) {
    steps.push({ step: 'prefix', from: route.name, to: offer.alias });
  }
  const targets = new Set(route.candidates.flatMap(({ offers }) => offers.map((each) => each.model.id)));
  for (const target of targets) {
    if (target !== offer.alias) steps.push({ step: 'alias', from: offer.alias, to: target });
  }
  return steps;
}

function describeRoute(route: Route, { plan }: Snapshot, session: SessionIds | undefined, now: number): ChainLink {
  const { boundTo, attempts: free } = plan.pool.preview(route, session);
  const attempts = free.filter(({ credential, offer }) => withheldBy(plan, credential, offer, now) === undefined);
  const first = attempts[0]?.credential.priority;
  const candidates = plan.pool.explain(route).map((state): CandidateView => {
    const { credential, offer, blocked, ailment, running, isFull } = state;
    const isTried = attempts.some((each) => each.credential === credential && each.offer === offer);
    return {
      credential: credential.id,
      label: credential.label,
      provider: credential.providerName,
      priority: credential.priority,
      weight: credential.weight,
      model: offer.model.id,
      serves: isTried,
      why:
        blocked !== undefined
          ? whyBlocked(ailment, now)
          : isFull
            ? `busy with ${running} requests, as many as it may have`
            : (withheldBy(plan, credential, offer, now) ?? whyFree(credential, isTried, ailment, { boundTo, first })),
      ...(ailment === undefined ? {} : { ailment: viewAilment(ailment) }),
    };
  });
  return {
    name: route.name,
    candidates,
    attempts: attempts.map(({ credential, offer }) => ({
      credential: credential.id,
      label: credential.label,
      model: offer.model.id,
    })),
  };
}

/** A limit that its owner has set, or one that is known to be reached; until when stands in it, where that is known. */
function withheldBy({ quota }: Plan, credential: Credential, { model }: OfferedModel, now: number): string | undefined {
  const failure =
    quota?.withheld(credential, model.id) ?? credential.upstream.spent?.(model, now, quota?.of(credential.id));
  if (failure === undefined) return undefined;
  const { message, retryAfterMs } = failure;
  return retryAfterMs === undefined ? message : `${message}; free in ${seconds(retryAfterMs)} s`;
}

/** What a client without a name would hear: the vendor's own program may be served all the same. */
const NOBODY = { dialect: '', headers: {} };

function whyFree(
  credential: Credential,
  isTried: boolean,
  ailment: Ailment | undefined,
  { boundTo, first }: { readonly boundTo: string | undefined; readonly first: number | undefined },
): string {
  if (!isTried) return 'has weight 0';
  if (ailment !== undefined) return `after ${reasonOf(ailment)} the next request finds out whether it is well again`;
  if (credential.id === boundTo) return 'the session is bound to it';
  const refusal = credential.upstream.refuse?.(NOBODY);
  if (refusal !== undefined) return `ready, but not for every client: ${refusal.message}`;
  return first !== undefined && credential.priority < first ? 'ready, if those of higher priority fail' : 'ready';
}

function whyBlocked(ailment: Ailment | undefined, now: number): string {
  if (ailment === undefined) return 'blocked';
  if (ailment.state === 'probing')
    return `after ${reasonOf(ailment)} a request is just finding out whether it is well again`;
  const { until, probeAt } = ailment.entry;
  const probe = probeAt !== undefined && probeAt < until ? `, tried again in ${seconds(probeAt - now)} s` : '';
  return `rests after ${reasonOf(ailment)} for ${seconds(until - now)} s${probe}`;
}

const reasonOf = ({ entry: { reason, status } }: Ailment): string =>
  status === undefined ? reason : `${reason} (${status})`;

const seconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1000));

/** Those that have the model, but are switched off or answer to another name only. */
function leftOut(
  name: string,
  credentials: readonly Credential[],
  route: Route | undefined,
): RouteExplanation['leftOut'] {
  const wanted = name.toLowerCase();
  const used = new Set(route?.candidates.map(({ credential }) => credential.id));
  return credentials.flatMap((credential) => {
    const { id, label, prefix } = credential;
    const has = ({ alias }: OfferedModel): boolean =>
      alias.toLowerCase() === wanted || `${prefix}/${alias}`.toLowerCase() === wanted;
    if (used.has(id) || !credential.models.some(has)) return [];
    return [
      {
        credential: id,
        label,
        why: credential.disabled ? (credential.disabledWhy ?? 'disabled') : `answers to ${prefix}/${name} only`,
      },
    ];
  });
}
