import { encodeBase64 } from '../../ir/base64.js';
import type { EmbedRequest, Vectors } from '../../ir/embedding.js';
import { RequestFault } from '../../ir/error.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { ClientEmbedding, EmbedAnswer } from '../dialect.js';
import { isArray, openFields } from './wire.js';

/** `/v1/embeddings`: OpenAI's own form, the one that clients speak. */
export const embedding: ClientEmbedding = { decode, encode };

function decode(body: JsonObject): EmbedRequest {
  const fields = openFields(body, '');
  const inputs = readInputs(fields.value('input'));
  const dimensions = fields.number('dimensions');
  const format = fields.string('encoding_format') ?? 'float';
  if (format !== 'float' && format !== 'base64') {
    throw new RequestFault('encoding_format must be float or base64', 'encoding_format', { code: 'invalid_value' });
  }
  return { inputs, ...(dimensions === undefined ? {} : { dimensions }), format };
}

function readInputs(input: JsonValue | undefined): readonly string[] {
  const list = typeof input === 'string' ? [input] : isArray(input) ? input : [];
  const texts = list.filter((one) => typeof one === 'string');
  if (texts.length > 0 && texts.length === list.length) return texts;
  const isTokens = list.length > 0 && list.every((one) => typeof one === 'number' || isArray(one));
  throw isTokens
    ? new RequestFault('input must be text here: this model does not take token numbers', 'input', {
        code: 'token_input_not_supported',
      })
    : new RequestFault('input must be a text or a list of texts', 'input', { code: 'invalid_type' });
}

function encode(vectors: Vectors, { format }: EmbedRequest, { model, inputTokens = 0 }: EmbedAnswer): JsonObject {
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: format === 'base64' ? packed(vector) : vector,
  }));
  return { object: 'list', data, model, usage: { prompt_tokens: inputTokens, total_tokens: inputTokens } };
}

function packed(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  vector.forEach((value, at) => {
    view.setFloat32(at * 4, value, true);
  });
  return encodeBase64(new Uint8Array(view.buffer));
}
