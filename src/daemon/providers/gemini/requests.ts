import { drawsImages } from '../../ir/image-answer.js';
import { withoutTrailingSlash } from '../api-key.js';
import type { Endpoint, EndpointQuery } from '../provider.js';

/** A base URL may be written with or without its version: it must not be doubled. */
export const geminiRoot = (url: string): string => withoutTrailingSlash(url).replace(/\/v1(beta)?$/, '');

/** Where the Gemini API serves a model, whoever asks. */
export function geminiEndpoint(root: string, { model, operation, stream }: EndpointQuery): Endpoint | undefined {
  const isEmbedding = model.outputModalities?.every((modality) => modality === 'embedding') === true;
  if (isEmbedding && operation !== 'embed') return undefined;
  const path = `${root}/v1beta/models/${encodeURIComponent(model.id)}`;
  const at = (method: string): Endpoint => ({
    url: `${path}:${method}`,
    dialect: 'gemini-generate',
    alwaysStreams: false,
  });
  switch (operation) {
    case 'generate':
      return at(stream ? 'streamGenerateContent?alt=sse' : 'generateContent');
    case 'image':
    case 'image-edit':
      if (!drawsImages(model)) return undefined;
      return at(stream ? 'streamGenerateContent?alt=sse' : 'generateContent');
    case 'count-tokens':
      return at('countTokens');
    case 'embed':
      return at('batchEmbedContents');
    default:
      return undefined;
  }
}
