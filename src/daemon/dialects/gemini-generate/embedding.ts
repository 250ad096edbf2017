import type { EmbedRequest, Vectors } from '../../ir/embedding.js';
import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { UpstreamEmbedding } from '../dialect.js';

/** gemini.md 2: the most that one call takes. */
const MAX_INPUTS = 100;

/** `batchEmbedContents`, which takes one text as well. */
export const embedding: UpstreamEmbedding = { encode, decode };

function encode({ inputs, dimensions }: EmbedRequest, model: ModelInfo): JsonObject {
  if (inputs.length > MAX_INPUTS) throw new RequestFault(`input has more than ${MAX_INPUTS} texts`, 'input');
  return {
    requests: inputs.map((text) => ({
      model: `models/${model.id}`,
      content: { parts: [{ text }] },
      ...(dimensions === undefined ? {} : { outputDimensionality: dimensions }),
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
