import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

/** Three methods make vectors: two of the Gemini API, and `predict`, which Vertex has for texts. */
export type EmbedMethod = 'embedContent' | 'batchEmbedContents' | 'predict';

/**
 * Any of them as `batchEmbedContents`.
 * @throws RequestFault for a prediction of something else than texts.
 */
export function toBatch(method: EmbedMethod, body: JsonObject): JsonObject {
  switch (method) {
    case 'batchEmbedContents':
      return body;
    case 'embedContent': {
      // Google's library for Vertex puts the settings into an object of their own.
      const { embedContentConfig, embed_content_config, ...request } = body;
      const config = embedContentConfig ?? embed_content_config;
      return { requests: [{ ...request, ...(isObject(config) ? config : {}) }] };
    }
    case 'predict':
      return { requests: listOf(body['instances']).map((each) => requestOf(each, body['parameters'])) };
  }
}

function requestOf(instance: JsonValue, parameters: JsonValue | undefined): JsonObject {
  const { content, task_type: snake, taskType = snake, title } = isObject(instance) ? instance : {};
  if (typeof content !== 'string') {
    throw new RequestFault('"predict" is served for texts to embed only: give each instance a "content"', 'instances');
  }
  const outputDimensionality = isObject(parameters) ? parameters['outputDimensionality'] : undefined;
  const settings = { taskType, title, outputDimensionality };
  return {
    content: { parts: [{ text: content }] },
    ...Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
  };
}

/** The answer of `batchEmbedContents` as that of the method that was called. */
export function fromBatch(method: EmbedMethod, answer: JsonObject): JsonObject {
  const { embeddings, ...rest } = answer;
  const vectors = listOf(embeddings);
  switch (method) {
    case 'batchEmbedContents':
      return answer;
    case 'embedContent':
      return { ...rest, embedding: vectors[0] };
    case 'predict':
      return { predictions: vectors.map((vector) => ({ embeddings: vector })) };
  }
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
