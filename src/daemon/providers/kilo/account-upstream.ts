import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { headersOf } from '../account-fields.js';
import { openHeaders } from '../api-key.js';
import type { Endpoint, EndpointQuery, Upstream } from '../provider.js';
import { inferenceBase } from './addresses.js';
import { openBalance, readKiloBalance } from './balance.js';
import { raiseLimit, shapeBody } from './body.js';
import { classifyFailure, explainFailure, isTooFewTokens, isWayRefused } from './errors.js';
import { dataCollection, kiloOrganization, kiloToken } from './fields.js';
import { accountHeaders, requestHeaders } from './headers.js';
import { openMembership } from './membership.js';
import { openPromotionWait, openRateWait } from './waits.js';

/** The interfaces beside chat, each for clients of its own dialect: what only that dialect can say survives. */
const NATIVE = {
  'anthropic-messages': '/messages',
  'openai-responses': '/responses',
} as const;
const isNative = (dialect: string): dialect is keyof typeof NATIVE => Object.hasOwn(NATIVE, dialect);

/** Inference at the Kilo gateway. */
export function openKiloAccount(fields: JsonObject, context: AccountContext): Upstream {
  const token = kiloToken(fields);
  const organization = kiloOrganization(fields);
  const base = inferenceBase(fields, context);
  const privacy = dataCollection(fields);
  const account = accountHeaders(token, organization);
  const configured = openHeaders(headersOf(fields));
  let balance = openBalance();
  let promotion = openPromotionWait(context.clock.now);
  let rate = openRateWait(context.clock.now);
  /** Model and path: ways that turned out not to be there. */
  const refusedWays = new Set<string>();

  const endpoint = ({ model, client, operation }: EndpointQuery): Endpoint | undefined => {
    if (operation === 'embed') return { url: `${base}/embeddings`, dialect: 'openai-chat', alwaysStreams: false };
    if (operation !== 'generate') return undefined;
    // Only chat has the switch that keeps prompts from being collected.
    if (privacy === undefined && isNative(client)) {
      const path = NATIVE[client];
      const isServed = model.endpoints?.includes(path) === true && !refusedWays.has(`${model.id} ${path}`);
      if (isServed) return { url: base + path, dialect: client, alwaysStreams: false };
    }
    return { url: `${base}/chat/completions`, dialect: 'openai-chat', alwaysStreams: false };
  };

  return {
    ...(token === undefined
      ? {}
      : {
          ready: openMembership(organization, token, context),
          askQuota: () => readKiloBalance(fields, context),
        }),
    spent: (model, now, known) => balance.spent(model, now, known),
    reset() {
      balance = openBalance();
      promotion = openPromotionWait(context.clock.now);
      rate = openRateWait(context.clock.now);
      refusedWays.clear();
    },
    endpoint,
    prepare(call) {
      const { body, clientHeaders, stream } = call;
      shapeBody(body, call, privacy);
      const own = { ...account, ...requestHeaders(call, token) };
      return { url: call.endpoint.url, headers: configured.build(own, clientHeaders, stream), body: body.bytes };
    },
    repair: (failure, body) => isTooFewTokens(failure) && raiseLimit(body),
    reroute(failure, { endpoint: tried, model }) {
      if (!isNative(tried.dialect) || !isWayRefused(failure)) return false;
      refusedWays.add(`${model.id} ${NATIVE[tried.dialect]}`);
      return true;
    },
    worked(model) {
      if (model !== undefined) rate.worked(model.id);
    },
    explain(failure, _headers, now, model) {
      const explained = explainFailure(failure, {
        promotion,
        rate: () => rate.next(model?.id ?? ''),
        isAnonymous: token === undefined,
      });
      balance.exhaust(explained, now);
      return explained;
    },
    classify: classifyFailure,
  };
}
