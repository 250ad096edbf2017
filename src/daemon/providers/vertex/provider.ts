import { openHeaders } from '../api-key.js';
import { classifyForeignFile, explainForeignFile } from '../google-files.js';
import { googleKeySecret, openSafety } from '../google-safety.js';
import { defineProvider } from '../provider.js';
import { expressModels } from './places.js';
import { vertexEndpoint, vertexRequest } from './requests.js';

/** Vertex AI in express mode: by API key, without a project. */
export const vertex = defineProvider({
  id: 'vertex',
  title: 'Vertex AI API key',
  reasoningFamily: 'gemini',
  traits: ['vertex'],
  secret: googleKeySecret,
  open({ apiKey, baseUrl, headers, safety }) {
    const addressOf = expressModels(baseUrl);
    const source = openHeaders(headers);
    const filters = openSafety(safety);
    const own: Record<string, string> = apiKey === undefined ? {} : { 'x-goog-api-key': apiKey };
    return {
      drawsOne: true,
      endpoint: (query) => vertexEndpoint(query, addressOf),
      prepare(call) {
        const headersOfCall = { ...own, ...vertexRequest(call, filters) };
        return {
          url: call.endpoint.url,
          headers: source.build(headersOfCall, call.clientHeaders, call.stream),
          body: call.body.bytes,
        };
      },
      explain: (failure) => explainForeignFile(failure) ?? failure,
      classify: classifyForeignFile,
    };
  },
});
