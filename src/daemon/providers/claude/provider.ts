import { z } from 'zod';
import type { WireBody } from '../../dialects/dialect.js';
import { apiKeySecret, firstValue, listValue, openHeaders, withoutTrailingSlash } from '../api-key.js';
import { type ClientHeaders, defineProvider } from '../provider.js';

const OFFICIAL = 'https://api.anthropic.com';
const API_VERSION = '2023-06-01';

/** Members that count_tokens refuses; the first three are confirmed, the others have no meaning there. */
const NOT_COUNTED = ['metadata', 'context_management', 'diagnostics', 'stream', 'max_tokens'] as const;

/** Claude by API key: Anthropic itself, or an upstream that speaks its protocol. */
export const claude = defineProvider({
  id: 'claude',
  title: 'Claude API key',
  reasoningFamily: 'anthropic',
  secret: apiKeySecret.extend({ authHeader: z.enum(['x-api-key', 'bearer', 'both']).optional() }),
  open({ apiKey, baseUrl, headers, authHeader }) {
    const base = withoutTrailingSlash(baseUrl === '' ? OFFICIAL : baseUrl).replace(/\/v1$/, '');
    const source = openHeaders(headers);
    const own = { ...authHeaders(apiKey, authHeader ?? (isOfficial(base) ? 'x-api-key' : 'bearer')) };
    return {
      endpoint({ operation }) {
        if (operation === 'generate') {
          return { url: `${base}/v1/messages`, dialect: 'anthropic-messages', alwaysStreams: false };
        }
        if (operation !== 'count-tokens') return undefined;
        return { url: `${base}/v1/messages/count_tokens`, dialect: 'anthropic-messages', alwaysStreams: false };
      },
      prepare({ endpoint, body, model, operation, clientHeaders, stream }) {
        body.set('model', model.id);
        const beta = joinBetas(clientHeaders, body);
        if (operation === 'count-tokens') for (const member of NOT_COUNTED) dropMember(body, member);
        const call: Record<string, string> = {
          ...own,
          'anthropic-version': firstValue(clientHeaders['anthropic-version']) ?? API_VERSION,
        };
        if (beta !== '') call['anthropic-beta'] = beta;
        return { url: endpoint.url, headers: source.build(call, clientHeaders, stream), body: body.bytes };
      },
    };
  },
});

const isOfficial = (base: string): boolean => new URL(base).hostname === 'api.anthropic.com';

function authHeaders(apiKey: string | undefined, style: 'x-api-key' | 'bearer' | 'both'): Record<string, string> {
  if (apiKey === undefined) return {};
  return {
    ...(style === 'bearer' ? {} : { 'x-api-key': apiKey }),
    ...(style === 'x-api-key' ? {} : { authorization: `Bearer ${apiKey}` }),
  };
}

/** The client's beta headers plus a body-level `betas` list, which the public API does not know. */
function joinBetas(clientHeaders: ClientHeaders, body: WireBody): string {
  const names = (listValue(clientHeaders['anthropic-beta']) ?? '').split(',');
  const listed = body.get('betas');
  if (Array.isArray(listed)) {
    names.push(...listed.filter((name): name is string => typeof name === 'string'));
    body.set('betas', undefined);
  }
  return [...new Set(names.map((name) => name.trim()).filter((name) => name !== ''))].join(',');
}

function dropMember(body: WireBody, member: string): void {
  if (body.get(member) !== undefined) body.set(member, undefined);
}
