import type { Restore, UpstreamDialect, Warning, WireBody } from '../dialects/dialect.js';
import type { ModelInfo } from '../ir/model.js';
import type { Reasoning } from '../ir/request.js';
import { fitReasoning, parseModelName } from '../models/reasoning.js';
import type { Lease } from '../pool/pool.js';
import type { Endpoint } from '../providers/provider.js';
import type { Inbound } from './inbound.js';
import { wireBodyOf } from './wire-body.js';

export interface PreparedBody {
  readonly body: WireBody;
  readonly isRelay: boolean;
  readonly restore: Restore;
  /** What the upstream's dialect cannot express. */
  readonly warnings: readonly Warning[];
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
  newId: (prefix: string) => string,
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
    return { body, isRelay: true, restore: NOTHING_TO_RESTORE, warnings: [] };
  }
  const decoded = inbound.media.inlineFor(upstream, model, inbound.decoded());
  const { reasoning: asked, ...rest } = decoded;
  const reasoning = fitted(asked);
  const request = { ...rest, model: model.id, ...(reasoning === undefined ? {} : { reasoning }) };
  const warnings: Warning[] = [];
  const warn = (warning: Warning): void => {
    warnings.push(warning);
    inbound.warn(warning);
  };
  const { body, restore } = upstream.encodeRequest(request, { model, newId, warn, kept: inbound.dialect.kept });
  return { body: wireBodyOf(body), isRelay: false, restore, warnings };
}

/** Thinking has no place here. */
function prepareEmbedding(
  { body, dialect }: Inbound,
  model: ModelInfo,
  endpoint: Endpoint,
  upstream: UpstreamDialect,
): PreparedBody {
  const isRelay =
    endpoint.dialect === dialect.id || dialect.embedding === undefined || upstream.embedding === undefined;
  const prepared = isRelay
    ? body.fork()
    : wireBodyOf(upstream.embedding.encode(dialect.embedding.decode(body.toJSON()), model));
  return { body: prepared, isRelay, restore: NOTHING_TO_RESTORE, warnings: [] };
}

const isSame = (a: Reasoning | undefined, b: Reasoning | undefined): boolean =>
  a === b ||
  (a?.mode === b?.mode && a?.effort === b?.effort && a?.budgetTokens === b?.budgetTokens && a?.summary === b?.summary);
