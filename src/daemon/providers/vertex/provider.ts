import { apiKeySecret, openHeaders } from '../api-key.js';
import { defineProvider } from '../provider.js';
import { expressModels } from './places.js';
import { vertexEndpoint, vertexRequest } from './requests.js';

/** Vertex AI in express mode: by API key, without a project. */
export const vertex = defineProvider({
  id: 'vertex',
  title: 'Vertex AI API key',
  reasoningFamily: 'gemini',
  traits: ['vertex'],
  secret: apiKeySecret,
  open({ apiKey, baseUrl, headers }) {
    const addressOf = expressModels(baseUrl);
    const source = openHeaders(headers);
    const own: Record<string, string> = apiKey === undefined ? {} : { 'x-goog-api-key': apiKey };
    return {
      endpoint: (query) => vertexEndpoint(query, addressOf),
      prepare(call) {
        const headersOfCall = { ...own, ...vertexRequest(call) };
        return {
          url: call.endpoint.url,
          headers: source.build(headersOfCall, call.clientHeaders, call.stream),
          body: call.body.bytes,
        };
      },
    };
  },
});
