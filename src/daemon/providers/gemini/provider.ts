import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import { apiKeySecret, openHeaders } from '../api-key.js';
import { defineProvider } from '../provider.js';
import { geminiEndpoint, geminiRoot, shapeGeminiBody } from './requests.js';

/** The Gemini API by key. */
export const gemini = defineProvider({
  id: 'gemini',
  title: 'Gemini API key',
  reasoningFamily: 'gemini',
  secret: apiKeySecret,
  open({ apiKey, baseUrl, headers }) {
    const root = geminiRoot(baseUrl === '' ? VENDOR_URLS.gemini : baseUrl);
    const source = openHeaders(headers);
    const own: Record<string, string> = apiKey === undefined ? {} : { 'x-goog-api-key': apiKey };
    return {
      endpoint: (query) => geminiEndpoint(root, query),
      prepare(call) {
        shapeGeminiBody(call);
        const { endpoint, body, clientHeaders, stream } = call;
        return { url: endpoint.url, headers: source.build(own, clientHeaders, stream), body: body.bytes };
      },
    };
  },
});
