import { z } from 'zod';
import { isObject } from '../../ir/json.js';
import { apiKeySecret, openHeaders, withoutTrailingSlash } from '../api-key.js';
import { dropStream } from '../compact.js';
import { bodyHeaders, imagesEndpoint } from '../openai-images.js';
import { defineProvider } from '../provider.js';

/** Any upstream that speaks OpenAI Chat Completions; the user names it and its models. */
export const openaiCompatible = defineProvider({
  id: 'openai-compatibility',
  title: 'OpenAI-compatible',
  reasoningFamily: 'openai',
  secret: apiKeySecret.extend({ supportPromptCacheKey: z.boolean().default(false) }),
  open({ apiKey, baseUrl, headers, supportPromptCacheKey }) {
    const base = withoutTrailingSlash(baseUrl);
    const source = openHeaders(headers);
    const own: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    return {
      endpoint({ operation, model }) {
        const images = imagesEndpoint(base, { operation });
        if (images !== undefined) return model.servesImages === true ? images : undefined;
        if (operation === 'compact') {
          return { url: `${base}/responses/compact`, dialect: 'openai-responses', alwaysStreams: false };
        }
        if (operation === 'embed') {
          return { url: `${base}/embeddings`, dialect: 'openai-chat', alwaysStreams: false };
        }
        if (operation !== 'generate') return undefined;
        return { url: `${base}/chat/completions`, dialect: 'openai-chat', alwaysStreams: false };
      },
      prepare({ endpoint, body, model, operation, clientHeaders, stream, sessionKey }) {
        body.set('model', model.id);
        if (endpoint.dialect === 'openai-images') {
          // As it came: what these upstreams take of it differs.
          const headers = source.build({ ...own, ...bodyHeaders(body) }, clientHeaders, stream);
          return { url: endpoint.url, headers, body: body.bytes };
        }
        if (operation === 'compact') dropStream(body);
        // Without it a stream has no usage; the converter hides the extra chunk from clients that did not ask.
        if (stream) {
          const options = body.get('stream_options');
          body.set('stream_options', { ...(isObject(options) ? options : {}), include_usage: true });
        }
        const isCached = supportPromptCacheKey && operation !== 'embed';
        if (isCached && sessionKey !== undefined && body.get('prompt_cache_key') === undefined) {
          body.set('prompt_cache_key', sessionKey);
        }
        return { url: endpoint.url, headers: source.build(own, clientHeaders, stream), body: body.bytes };
      },
    };
  },
});
