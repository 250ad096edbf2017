import { z } from 'zod';
import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import type { WireBody } from '../../dialects/dialect.js';
import { apiKeySecret, firstValue, openHeaders, withoutTrailingSlash } from '../api-key.js';
import { type Call, defineProvider } from '../provider.js';
import { placeCacheBreakpoints } from './auto-cache.js';
import { joinBetas, neededBetas, takeClientBetas } from './betas.js';
import { isSignatureRefused, stripThinking } from './repair.js';

const API_VERSION = '2023-06-01';

/** Members that count_tokens refuses; the first three are confirmed, the others have no meaning there. */
const NOT_COUNTED = ['metadata', 'context_management', 'diagnostics', 'stream', 'max_tokens'] as const;

/** Placing breakpoints parses a body; beyond this size a relayed one is left alone. */
const MAX_RELAYED_CACHE_BYTES = 256 * 1024;

/** Claude by API key: Anthropic itself, or an upstream that speaks its protocol. */
export const claude = defineProvider({
  id: 'claude',
  title: 'Claude API key',
  reasoningFamily: 'anthropic',
  secret: apiKeySecret.extend({
    authHeader: z.enum(['x-api-key', 'bearer', 'both']).optional(),
    /** Sets prompt-cache breakpoints where a request has none. */
    autoCache: z.boolean().default(true),
  }),
  open({ apiKey, baseUrl, headers, authHeader, autoCache }) {
    const base = withoutTrailingSlash(baseUrl === '' ? VENDOR_URLS.anthropic : baseUrl).replace(/\/v1$/, '');
    const isOfficial = new URL(base).hostname === 'api.anthropic.com';
    const source = openHeaders(headers);
    const own = authHeaders(apiKey, authHeader ?? (isOfficial ? 'x-api-key' : 'bearer'));
    return {
      endpoint({ operation }) {
        if (operation === 'generate') {
          return { url: `${base}/v1/messages`, dialect: 'anthropic-messages', alwaysStreams: false };
        }
        if (operation !== 'count-tokens') return undefined;
        return { url: `${base}/v1/messages/count_tokens`, dialect: 'anthropic-messages', alwaysStreams: false };
      },
      prepare(call) {
        const { endpoint, body, model, operation, clientHeaders, stream } = call;
        body.set('model', model.id);
        const asked = takeClientBetas(clientHeaders, body);
        if (operation === 'count-tokens') for (const member of NOT_COUNTED) dropMember(body, member);
        else if (autoCache && mayPlaceBreakpoints(call)) placeCacheBreakpoints(body);
        // Other hosts may refuse betas they do not know: they get what the client sent.
        const beta = joinBetas(isOfficial ? [...asked, ...neededBetas(body, call)] : asked);
        const ours = {
          ...own,
          'anthropic-version': firstValue(clientHeaders['anthropic-version']) ?? API_VERSION,
          ...(beta === '' ? {} : { 'anthropic-beta': beta }),
        };
        return { url: endpoint.url, headers: source.build(ours, clientHeaders, stream), body: body.bytes };
      },
      repair: (failure, body) => isSignatureRefused(failure) && stripThinking(body),
    };
  },
});

function authHeaders(apiKey: string | undefined, style: 'x-api-key' | 'bearer' | 'both'): Record<string, string> {
  if (apiKey === undefined) return {};
  return {
    ...(style === 'bearer' ? {} : { 'x-api-key': apiKey }),
    ...(style === 'x-api-key' ? {} : { authorization: `Bearer ${apiKey}` }),
  };
}

/** A translated body is at hand as an object. A relayed one is parsed for it, so not where that is dear or in vain. */
function mayPlaceBreakpoints({ relay, body, clientHeaders }: Call): boolean {
  if (!relay) return true;
  // Claude Code manages its own cache.
  if (clientHeaders['x-claude-code-session-id'] !== undefined) return false;
  const { bytes } = body;
  if (bytes.length > MAX_RELAYED_CACHE_BYTES) return false;
  return !Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('"cache_control"');
}

function dropMember(body: WireBody, member: string): void {
  if (body.get(member) !== undefined) body.set(member, undefined);
}
