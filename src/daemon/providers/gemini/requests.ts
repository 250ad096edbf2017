import { withoutTrailingSlash } from '../api-key.js';
import type { Call, Endpoint, EndpointQuery } from '../provider.js';

/** A base URL may be written with or without its version: it must not be doubled. */
export const geminiRoot = (url: string): string => withoutTrailingSlash(url).replace(/\/v1(beta)?$/, '');

/** Where the Gemini API serves a model, whoever asks. */
export function geminiEndpoint(root: string, { model, operation, stream }: EndpointQuery): Endpoint | undefined {
  const path = `${root}/v1beta/models/${encodeURIComponent(model.id)}`;
  const at = (method: string): Endpoint => ({
    url: `${path}:${method}`,
    dialect: 'gemini-generate',
    alwaysStreams: false,
  });
  switch (operation) {
    case 'generate':
      return at(stream ? 'streamGenerateContent?alt=sse' : 'generateContent');
    case 'count-tokens':
      return at('countTokens');
    case 'embed':
      return at('batchEmbedContents');
    default:
      return undefined;
  }
}

/** Model and stream are part of the URL; the server put them into the body for the engine's sake. */
export function shapeGeminiBody({ body }: Call): void {
  for (const member of ['model', 'stream']) if (body.get(member) !== undefined) body.set(member, undefined);
}
