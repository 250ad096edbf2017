import { z } from 'zod';
import type { WireBody } from '../../dialects/dialect.js';
import { apiKeySecret, openHeaders, withoutTrailingSlash } from '../api-key.js';
import { dropStream } from '../compact.js';
import { bodyHeaders, imagesEndpoint, isOpenAiImageModel } from '../openai-images.js';
import { defineProvider } from '../provider.js';

/** Members the ChatGPT backend refuses with 400, whatever their value (openai-compat.md 5). */
const REFUSED_BY_BACKEND = [
  'prompt_cache_retention',
  'safety_identifier',
  'stream_options',
  'previous_response_id',
] as const;

/** An upstream that speaks OpenAI Responses, by API key. */
export const codex = defineProvider({
  id: 'codex',
  title: 'Codex API key',
  reasoningFamily: 'openai',
  secret: apiKeySecret.extend({
    profile: z.enum(['standard', 'codex-backend']).default('standard'),
    websockets: z.boolean().default(false),
  }),
  open({ apiKey, baseUrl, headers, profile, websockets }) {
    const base = withoutTrailingSlash(baseUrl);
    const source = openHeaders(headers);
    const own: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    const isBackend = profile === 'codex-backend';
    const socket = websockets ? { socketUrl: `${base.replace(/^http/i, 'ws')}/responses` } : {};
    return {
      hasSocket: websockets,
      endpoint({ operation, model }) {
        const images = imagesEndpoint(base, { operation });
        if (images !== undefined) return isOpenAiImageModel(model) || model.servesImages === true ? images : undefined;
        if (operation === 'compact') {
          return { url: `${base}/responses/compact`, dialect: 'openai-responses', alwaysStreams: false };
        }
        if (operation !== 'generate') return undefined;
        return { url: `${base}/responses`, dialect: 'openai-responses', alwaysStreams: isBackend, ...socket };
      },
      prepare({ endpoint, body, model, operation, clientHeaders, stream }) {
        body.set('model', model.id);
        if (endpoint.dialect === 'openai-images') {
          // The gpt-image models give data only, and refuse to hear of it (openai 6, images.d.ts).
          if (!model.id.startsWith('dall-e-') && body.get('response_format') !== undefined) {
            body.set('response_format', undefined);
          }
          const headers = source.build({ ...own, ...bodyHeaders(body) }, clientHeaders, stream);
          return { url: endpoint.url, headers, body: body.bytes };
        }
        if (operation === 'compact') dropStream(body);
        else if (isBackend) shapeForBackend(body);
        else if (body.get('store') === undefined) body.set('store', false);
        return {
          url: endpoint.url,
          headers: source.build(own, clientHeaders, stream || endpoint.alwaysStreams),
          body: body.bytes,
        };
      },
    };
  },
});

function shapeForBackend(body: WireBody): void {
  body.set('stream', true);
  body.set('store', false);
  body.set('include', ['reasoning.encrypted_content']);
  if (typeof body.get('instructions') !== 'string') body.set('instructions', '');
  for (const member of REFUSED_BY_BACKEND) if (body.get(member) !== undefined) body.set(member, undefined);
}
