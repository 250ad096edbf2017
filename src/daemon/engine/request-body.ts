import type { Restore, UpstreamDialect, WireBody } from '../dialects/dialect.js';
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
    return { body, isRelay: true, restore: NOTHING_TO_RESTORE };
  }
  const decoded = inbound.decoded();
  const { reasoning: asked, ...rest } = decoded;
  const reasoning = fitted(asked);
  const request = { ...rest, model: model.id, ...(reasoning === undefined ? {} : { reasoning }) };
  const { body, restore } = upstream.encodeRequest(request, { model, newId, warn: inbound.warn });
  return { body: wireBodyOf(body), isRelay: false, restore };
}

const isSame = (a: Reasoning | undefined, b: Reasoning | undefined): boolean =>
  a === b ||
  (a?.mode === b?.mode && a?.effort === b?.effort && a?.budgetTokens === b?.budgetTokens && a?.summary === b?.summary);
