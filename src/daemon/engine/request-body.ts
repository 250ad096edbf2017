import type { Restore, UpstreamDialect, Warning, WireBody } from '../dialects/dialect.js';
import { clientPath } from '../ir/lost.js';
import type { ModelInfo } from '../ir/model.js';
import { SEAL } from '../ir/opaque.js';
import type { Reasoning } from '../ir/request.js';
import { fitReasoning, parseModelName } from '../models/reasoning.js';
import type { Original } from '../payload/facts.js';
import type { Lease } from '../pool/pool.js';
import type { Endpoint } from '../providers/provider.js';
import type { Inbound } from './inbound.js';
import type { Replay, ReplayScope } from './replay.js';
import { wireBodyOf } from './wire-body.js';

export interface PreparedBody {
  readonly body: WireBody;
  readonly isRelay: boolean;
  readonly restore: Restore;
  /** What the upstream's dialect cannot express, or what was not for its eyes. */
  readonly warnings: readonly Warning[];
  /** Keys of remembered state that was put back. */
  readonly replayed: readonly string[];
}

export interface PrepareParts {
  readonly newId: (prefix: string) => string;
  readonly replay: Replay;
}

const NOTHING_TO_RESTORE: Restore = {};

/**
 * The body for one attempt, before the provider's own edits: the client's bytes where both sides speak one dialect, else
 * decoded once per request and encoded for this endpoint.
 * @throws RequestFault when the request cannot be expressed there, or asks for thinking that the model refuses.
 */
export function prepareBody(
  inbound: Inbound,
  { credential, offer }: Lease,
  endpoint: Endpoint,
  upstream: UpstreamDialect,
  { newId, replay }: PrepareParts,
): PreparedBody {
  const { model } = offer;
  if (inbound.operation === 'embed') return prepareEmbedding(inbound, model, endpoint, upstream);
  const configured =
    offer.configuredSuffix === undefined ? undefined : parseModelName(`m(${offer.configuredSuffix})`).suffix;
  const suffix = inbound.suffix ?? configured;
  const isSameFamily = inbound.dialect.reasoningFamily === credential.provider.reasoningFamily;
  const fitted = (asked: Reasoning | undefined): Reasoning | undefined =>
    suffix === undefined
      ? fitReasoning(asked, model, { strict: isSameFamily })
      : fitReasoning({ ...(asked?.summary === undefined ? {} : { summary: asked.summary }), ...suffix }, model, {
          strict: false,
        });

  if (endpoint.dialect === inbound.dialect.id) {
    const body = inbound.body.fork();
    const asked = upstream.readReasoning(body);
    const wanted = fitted(asked);
    if (!isSame(asked, wanted)) upstream.editReasoning(body, wanted, model);
    const warnings = holdsForeignState(inbound.body.bytes, endpoint.dialect)
      ? upstream.dropForeignState(body, model)
      : [];
    warnings.forEach(inbound.warn);
    applyRules(body, inbound.body, { inbound, lease: { credential, offer }, endpoint });
    return { body, isRelay: true, restore: NOTHING_TO_RESTORE, warnings, replayed: [] };
  }
  const decoded = inbound.media.inlineFor(upstream, model, inbound.decoded());
  const replayed = replay.restore(decoded, replayScope(inbound, { credential, offer }, upstream));
  const { reasoning: asked, ...rest } = replayed.request;
  const reasoning = fitted(asked);
  const request = { ...rest, model: model.id, ...(reasoning === undefined ? {} : { reasoning }) };
  const warnings: Warning[] = [];
  const warn = ({ path, reason }: Warning): void => {
    const warning = { path: clientPath(path, inbound.dialect.kept), reason };
    warnings.push(warning);
    inbound.warn(warning);
  };
  const { body, restore } = upstream.encodeRequest(request, { model, newId, warn, kept: inbound.dialect.kept });
  const wire = wireBodyOf(body);
  applyRules(wire, { get: (key) => body[key] }, { inbound, lease: { credential, offer }, endpoint });
  return { body: wire, isRelay: false, restore, warnings, replayed: replayed.used };
}

/** The user's own rules, before the provider's last hand. */
function applyRules(
  body: WireBody,
  original: Original,
  { inbound, lease, endpoint }: { inbound: Inbound; lease: Pick<Lease, 'credential' | 'offer'>; endpoint: Endpoint },
): void {
  const { operation, plan, modelName, requestedModel, dialect, headers } = inbound;
  if (plan.payload === undefined || (operation !== 'generate' && operation !== 'compact')) return;
  const models = [lease.offer.model.id, modelName, requestedModel];
  const provider = lease.credential.provider.id;
  plan.payload.apply(body, original, { upstream: endpoint.dialect, provider, client: dialect.id, models, headers });
}

const SEALED = Buffer.from(`"${SEAL}`);
const UNSIGNED = ['"signature":""', '"signature": ""'].map((text) => Buffer.from(text));

/**
 * Whether a body may hold foreign state: our seal, or thinking that nobody signed, as Anthropic clients return it from
 * vendors that do not sign. A search costs by how often the first byte of what is sought occurs, so something short and
 * rare is looked for first: whole bodies are passed over in a tenth of the time.
 */
function holdsForeignState(body: Uint8Array, dialect: string): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (bytes.includes(RARE_IN_SEAL) && bytes.includes(SEALED)) return true;
  return (
    dialect === 'anthropic-messages' &&
    bytes.includes(RARE_IN_THINKING) &&
    UNSIGNED.some((unsigned) => bytes.includes(unsigned))
  );
}

const RARE_IN_SEAL = Buffer.from(SEAL.slice(-3));
const RARE_IN_THINKING = Buffer.from('king"');

/** Whose state an answer holds, and a request may get back. */
export const replayScope = (
  { caller }: Inbound,
  { credential, offer }: Pick<Lease, 'credential' | 'offer'>,
  upstream: UpstreamDialect,
): ReplayScope => ({
  keyId: caller.keyId,
  issuer: upstream.issuerOf?.(offer.model) ?? upstream.id,
  model: offer.model.id,
  credentialId: credential.id,
});

/** Thinking has no place here. */
function prepareEmbedding(
  { body, dialect }: Inbound,
  model: ModelInfo,
  endpoint: Endpoint,
  upstream: UpstreamDialect,
): PreparedBody {
  const isRelay =
    (endpoint.dialect === dialect.id && endpoint.embedsOtherwise !== true) ||
    dialect.embedding === undefined ||
    upstream.embedding === undefined;
  const prepared = isRelay
    ? body.fork()
    : wireBodyOf(upstream.embedding.encode(dialect.embedding.decode(body.toJSON()), model));
  return { body: prepared, isRelay, restore: NOTHING_TO_RESTORE, warnings: [], replayed: [] };
}

const isSame = (a: Reasoning | undefined, b: Reasoning | undefined): boolean =>
  a === b ||
  (a?.mode === b?.mode && a?.effort === b?.effort && a?.budgetTokens === b?.budgetTokens && a?.summary === b?.summary);
