import { z } from 'zod';
import { apiKeySecret, openHeaders, withoutTrailingSlash } from '../api-key.js';
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
      endpoint: ({ operation }) =>
        operation === 'generate'
          ? { url: `${base}/chat/completions`, dialect: 'openai-chat', alwaysStreams: false }
          : undefined,
      prepare({ endpoint, body, model, clientHeaders, stream, sessionKey }) {
        body.set('model', model.id);
        // Without it a stream has no usage; the converter hides the extra chunk from clients that did not ask.
        if (stream) body.set('stream_options', { ...options(body.get('stream_options')), include_usage: true });
        if (supportPromptCacheKey && sessionKey !== undefined && body.get('prompt_cache_key') === undefined) {
          body.set('prompt_cache_key', sessionKey);
        }
        return { url: endpoint.url, headers: source.build(own, clientHeaders, stream), body: body.bytes };
      },
    };
  },
});

const options = (value: unknown): Record<string, never> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, never>) : {};
