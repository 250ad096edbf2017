import type { FailureFacts } from '../../ir/error.js';
import { drawsImages } from '../../ir/image-answer.js';
import type { Safety } from '../google-safety.js';
import type { Call, Endpoint, EndpointQuery } from '../provider.js';
import { shapeBody, tierHeaders } from './body.js';
import { embedsOne, shapeEmbedding } from './embed-body.js';
import type { ModelAddress } from './places.js';

/** What differs between a key and a service account is who asks and where; the rest is here. */
export function vertexEndpoint(query: EndpointQuery, addressOf: ModelAddress): Endpoint | undefined {
  const { model, operation, stream } = query;
  const isEmbedding = model.outputModalities?.every((modality) => modality === 'embedding') === true;
  if (isEmbedding && operation !== 'embed') return undefined;
  const address = addressOf(model.id);
  if (address === undefined) return undefined;
  const at = (method: string): Endpoint => ({
    url: `${address}:${method}`,
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
      // Vertex has other names for it than the Gemini API, and other bodies.
      return { ...at(embedsOne(model.id) ? 'embedContent' : 'predict'), embedsOtherwise: true };
    default:
      return undefined;
  }
}

/** Makes the body Vertex's. @returns headers that go with it. */
export function vertexRequest(call: Call, safety: Safety): Record<string, string> {
  const { body, operation, model } = call;
  // Model and stream are part of the URL; the server put them into the body for the engine's sake.
  for (const member of ['model', 'stream']) if (body.get(member) !== undefined) body.set(member, undefined);
  if (operation === 'embed') {
    shapeEmbedding(body, model.id);
    return {};
  }
  const tier = tierHeaders(body);
  shapeBody(body, operation, safety);
  return tier;
}

/** Adds to a refusal what Google leaves unsaid. */
export function explainVertex(failure: FailureFacts, location: string): FailureFacts {
  if (failure.status !== 404 || location === 'global') return failure;
  const hint = `it may not be served in ${location}: previews usually are in "global" only, see "location" of the credential file`;
  return { ...failure, reason: 'model-missing', message: `${failure.message} (${hint})` };
}
