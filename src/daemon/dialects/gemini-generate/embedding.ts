import type { EmbedRequest, Vectors } from '../../ir/embedding.js';
import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { UpstreamEmbedding } from '../dialect.js';

/** gemini.md 2: the most that one call takes, and a prediction of Vertex. */
const MAX_INPUTS = 100;
const MAX_INSTANCES = 2048;

/** `batchEmbedContents`, which takes one text as well. */
export const embedding: UpstreamEmbedding = { encode, decode, countOf };

function encode({ inputs, dimensions, taskType, title }: EmbedRequest, model: ModelInfo): JsonObject {
  const max = model.traits.has('vertex') ? MAX_INSTANCES : MAX_INPUTS;
  if (inputs.length > max) throw new RequestFault(`input has more than ${max} texts`, 'input');
  return {
    requests: inputs.map((text) => ({
      model: `models/${model.id}`,
      content: { parts: [{ text }] },
      ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
      ...(taskType === undefined ? {} : { taskType }),
      ...(title === undefined ? {} : { title }),
    })),
  };
}

function decode(body: JsonObject): Vectors | undefined {
  const list = listOf(body);
  if (list === undefined) return undefined;
  const vectors = list.flatMap((entry) => {
    const values = isObject(entry) ? entry['values'] : undefined;
    return Array.isArray(values) ? [values.filter((value) => typeof value === 'number')] : [];
  });
  return vectors.length === list.length ? vectors : undefined;
}

/** `batchEmbedContents` gives a list, `embedContent` one, and Vertex's `predict` one inside each prediction. */
function listOf({ embeddings, embedding: one, predictions }: JsonObject): readonly unknown[] | undefined {
  if (Array.isArray(embeddings)) return embeddings;
  if (isObject(one)) return [one];
  if (!Array.isArray(predictions)) return undefined;
  return predictions.map((prediction: unknown) => (isObject(prediction) ? prediction['embeddings'] : undefined));
}

/** The Gemini API counts nothing; Vertex counts each prediction, or the one text of `embedContent`. */
function countOf({ predictions, usageMetadata }: JsonObject): number | undefined {
  if (isObject(usageMetadata)) return numberOf(usageMetadata['promptTokenCount']);
  if (!Array.isArray(predictions)) return undefined;
  const counts = predictions.map((prediction: unknown) => {
    const embeddings = isObject(prediction) ? prediction['embeddings'] : undefined;
    const statistics = isObject(embeddings) ? embeddings['statistics'] : undefined;
    return isObject(statistics) ? numberOf(statistics['token_count']) : undefined;
  });
  return counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
}

const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
