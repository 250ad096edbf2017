import { z } from 'zod';
import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import { apiKeySecret, firstValue, openHeaders, withoutTrailingSlash } from '../api-key.js';
import { mend } from '../messages-body/repair.js';
import { defineProvider } from '../provider.js';
import { isFastModeRefused } from './fast-mode.js';
import { shapeRequest } from './shape-request.js';

const API_VERSION = '2023-06-01';

/** Claude by API key: Anthropic itself, or an upstream that speaks its protocol. */
export const claude = defineProvider({
  id: 'claude',
  title: 'Claude API key',
  reasoningFamily: 'anthropic',
  secret: apiKeySecret.extend({
    authHeader: z.enum(['x-api-key', 'bearer', 'both']).optional(),
    /** Sets prompt-cache breakpoints where a request has none. */
    autoCache: z.boolean().default(true),
    /** Anthropic itself under whatever address; absent: its host name tells. */
    isVendor: z.boolean().optional(),
    /** Moves messages of role `system` into the top-level field. */
    rebuildsSystemTurns: z.boolean().default(false),
  }),
  open({ apiKey, baseUrl, headers, authHeader, autoCache, isVendor, rebuildsSystemTurns }) {
    const base = withoutTrailingSlash(baseUrl === '' ? VENDOR_URLS.anthropic : baseUrl).replace(/\/v1$/, '');
    const isOfficial = isVendor ?? new URL(base).hostname === 'api.anthropic.com';
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
        const { endpoint, body, clientHeaders, stream } = call;
        const beta = shapeRequest(call, { autoCache, isVendor: isOfficial, rebuildsSystemTurns });
        const ours = {
          ...own,
          'anthropic-version': firstValue(clientHeaders['anthropic-version']) ?? API_VERSION,
          ...(beta === '' ? {} : { 'anthropic-beta': beta }),
        };
        return { url: endpoint.url, headers: source.build(ours, clientHeaders, stream), body: body.bytes };
      },
      repair: mend,
      classify: (failure) => (isFastModeRefused(failure) ? { blame: 'request', next: 'stop' } : undefined),
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
