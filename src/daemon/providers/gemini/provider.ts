import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import { openHeaders } from '../api-key.js';
import { classifyForeignFile, explainForeignFile } from '../google-files.js';
import { googleKeySecret, openSafety } from '../google-safety.js';
import { defineProvider } from '../provider.js';
import { shapeGeminiBody } from './body.js';
import { geminiEndpoint, geminiRoot } from './requests.js';

/** The Gemini API by key. */
export const gemini = defineProvider({
  id: 'gemini',
  title: 'Gemini API key',
  reasoningFamily: 'gemini',
  secret: googleKeySecret,
  open({ apiKey, baseUrl, headers, safety }) {
    const root = geminiRoot(baseUrl === '' ? VENDOR_URLS.gemini : baseUrl);
    const source = openHeaders(headers);
    const filters = openSafety(safety);
    const own: Record<string, string> = apiKey === undefined ? {} : { 'x-goog-api-key': apiKey };
    return {
      drawsOne: true,
      endpoint: (query) => geminiEndpoint(root, query),
      prepare(call) {
        shapeGeminiBody(call, filters);
        const { endpoint, body, clientHeaders, stream } = call;
        return { url: endpoint.url, headers: source.build(own, clientHeaders, stream), body: body.bytes };
      },
      explain: (failure) => explainForeignFile(failure) ?? failure,
      classify: classifyForeignFile,
    };
  },
});
