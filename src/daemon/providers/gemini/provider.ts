import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import { apiKeySecret, openHeaders, withoutTrailingSlash } from '../api-key.js';
import { defineProvider } from '../provider.js';

/** The Gemini API by key. */
export const gemini = defineProvider({
  id: 'gemini',
  title: 'Gemini API key',
  reasoningFamily: 'gemini',
  secret: apiKeySecret,
  open({ apiKey, baseUrl, headers }) {
    // A base URL may be written with or without its version: it must not be doubled.
    const root = withoutTrailingSlash(baseUrl === '' ? VENDOR_URLS.gemini : baseUrl).replace(/\/v1(beta)?$/, '');
    const source = openHeaders(headers);
    const own: Record<string, string> = apiKey === undefined ? {} : { 'x-goog-api-key': apiKey };
    return {
      endpoint({ model, operation, stream }) {
        const path = `${root}/v1beta/models/${encodeURIComponent(model.id)}`;
        if (operation === 'count-tokens') {
          return { url: `${path}:countTokens`, dialect: 'gemini-generate', alwaysStreams: false };
        }
        if (operation === 'embed') {
          return { url: `${path}:batchEmbedContents`, dialect: 'gemini-generate', alwaysStreams: false };
        }
        if (operation !== 'generate') return undefined;
        const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
        return { url: `${path}:${method}`, dialect: 'gemini-generate', alwaysStreams: false };
      },
      prepare({ endpoint, body, clientHeaders, stream }) {
        // Model and stream are part of the URL; the server put them into the body for the engine's sake.
        for (const member of ['model', 'stream']) if (body.get(member) !== undefined) body.set(member, undefined);
        return { url: endpoint.url, headers: source.build(own, clientHeaders, stream), body: body.bytes };
      },
    };
  },
});
