import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import type { JsonObject } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { endpointOf } from '../../login/endpoints.js';
import { accessTokenOf, headersOf } from '../account-fields.js';
import { openHeaders, withoutTrailingSlash } from '../api-key.js';
import type { Upstream } from '../provider.js';
import { shapeBody, stripReasoning } from './account-body.js';
import { classifyFailure, explainFailure, isReasoningRefused, unsupportedParameter } from './account-errors.js';
import { accountHeaders, cacheKeyOf, codexHeaders } from './account-headers.js';
import { readCodexClaims } from './claims.js';
import { isCodexClient } from './first-party.js';
import { DEFAULT_IMAGE_BASE, directBody, openCodexImages } from './images.js';
import { readCodexQuota, readQuotaHeaders } from './quota.js';

const API_ROOT = `${VENDOR_URLS.chatgpt}/backend-api`;

/** Members of answers' headers that a Codex client reads for itself. */
const PASSED: ReadonlySet<string> = new Set(['x-models-etag', 'openai-model', 'x-reasoning-included', 'x-request-id']);

/** Inference with a ChatGPT login. */
export function openCodexAccount(fields: JsonObject, context: AccountContext): Upstream {
  const claims = readCodexClaims(fields);
  const account = accountHeaders(accessTokenOf(fields), claims);
  const base = codexBase(context);
  const images = openCodexImages(base, claims.plan);
  const { imageBaseModel = DEFAULT_IMAGE_BASE } = context.settings;
  const configured = openHeaders(headersOf(fields));
  const socket = mayUseSocket(fields) ? { socketUrl: `${base.replace(/^http/, 'ws')}/responses` } : {};
  /** Members the backend has turned out not to know. */
  const refusedToo = new Set<string>();

  return {
    drawsOne: true,
    hasSocket: mayUseSocket(fields),
    quota: readQuotaHeaders,
    askQuota: () => readCodexQuota(codexUsageUrl(context), fields, context),
    // Limits told in the stream, beside the answer.
    hides: ({ dialect, headers }) => (isCodexClient(dialect, headers) ? undefined : 'codex.'),
    // The state of a turn comes with its first answer, and its client sends it with the turn's later requests.
    passes: (header) => header.startsWith('x-codex-') || PASSED.has(header),
    endpoint(query) {
      const { operation } = query;
      if (operation === 'image' || operation === 'image-edit') return images.endpoint(query);
      if (operation === 'compact') {
        return { url: `${base}/responses/compact`, dialect: 'openai-responses', alwaysStreams: false };
      }
      if (operation !== 'generate') return undefined;
      return { url: `${base}/responses`, dialect: 'openai-responses', alwaysStreams: true, ...socket };
    },
    prepare(call) {
      const { endpoint, body, sessionKey, clientHeaders } = call;
      if (endpoint.dialect === 'openai-images') {
        const headers = codexHeaders(account, call, undefined);
        return {
          url: endpoint.url,
          headers: configured.build(headers, clientHeaders, call.stream),
          body: directBody(call, refusedToo),
        };
      }
      shapeBody(body, call, refusedToo);
      // The tool names the model that draws; one that chats has to call it.
      if (call.operation !== 'generate' && call.operation !== 'compact') body.set('model', imageBaseModel);
      const given = body.get('prompt_cache_key');
      const cacheKey =
        typeof given === 'string' && given !== ''
          ? given
          : sessionKey === undefined
            ? undefined
            : cacheKeyOf(sessionKey);
      if (cacheKey !== undefined && given !== cacheKey) body.set('prompt_cache_key', cacheKey);
      const headers = codexHeaders(account, call, cacheKey);
      const isStream = headers['accept'] === 'text/event-stream';
      return { url: endpoint.url, headers: configured.build(headers, clientHeaders, isStream), body: body.bytes };
    },
    repair(failure, body) {
      if (isReasoningRefused(failure)) return stripReasoning(body);
      const unknown = unsupportedParameter(failure);
      if (unknown === undefined || body.get(unknown) === undefined) return false;
      refusedToo.add(unknown);
      return true;
    },
    reroute: (failure, { endpoint }) => images.reroute(failure, endpoint),
    explain: explainFailure,
    classify: classifyFailure,
  };
}

const mayUseSocket = ({ websockets }: JsonObject): boolean => websockets === true || websockets === 'true';

const apiRoot = ({ settings }: AccountContext): string => withoutTrailingSlash(endpointOf(settings, 'api', API_ROOT));

/** Where the Codex backend is: `/responses`, `/models` hang below it. */
export const codexBase = (context: AccountContext): string =>
  withoutTrailingSlash(context.settings.upstreamUrl ?? `${apiRoot(context)}/codex`);

export const codexUsageUrl = (context: AccountContext): string =>
  endpointOf(context.settings, 'usage', `${apiRoot(context)}/wham/usage`);
