import type { EmbedRequest, Vectors } from '../../ir/embedding.js';
import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { ClientEmbedding } from '../dialect.js';
import { asList, type Fields, readFields } from './fields.js';

/** `batchEmbedContents`, as clients send it; the other methods are made into this one (`embed-methods.ts`). */
export const clientEmbedding: ClientEmbedding = { decode, encode };

function decode(body: JsonObject): EmbedRequest {
  const requests = readFields(body, '').take('requests');
  const list = (Array.isArray(requests) ? requests : []).map((each, index) => {
    const path = `requests[${index}]`;
    if (!isObject(each)) throw new RequestFault(`"${path}" must be an object`, path);
    return readOne(readFields(each, path));
  });
  const [first] = list;
  if (first === undefined) throw new RequestFault('"requests" must hold at least one text', 'requests');
  const { text: _text, ...settings } = first;
  // Elsewhere they are said once, for all texts.
  const differs = list.find(({ text: _other, ...own }) => JSON.stringify(own) !== JSON.stringify(settings));
  if (differs !== undefined) {
    throw new RequestFault(
      'this model takes texts of one taskType, title and outputDimensionality at a time',
      'requests',
    );
  }
  return { inputs: list.map(({ text }) => text), format: 'float', ...settings };
}

function readOne(fields: Fields) {
  const content = fields.object('content') ?? {};
  const parts = readFields(content, fields.path('content')).take('parts');
  const texts = (parts === undefined ? [] : asList(parts)).map((part) => (isObject(part) ? part['text'] : part));
  const isText = texts.length > 0 && texts.every((text) => typeof text === 'string');
  if (!isText) throw new RequestFault('only text can be embedded here', fields.path('content'));
  const [dimensions, taskType, title] = [
    fields.number('outputDimensionality'),
    fields.string('taskType'),
    fields.string('title'),
  ];
  return {
    text: texts.join(''),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(taskType === undefined ? {} : { taskType }),
    ...(title === undefined ? {} : { title }),
  };
}

function encode(vectors: Vectors): JsonObject {
  return { embeddings: vectors.map((values) => ({ values })) };
}
