import type { WireBody } from '../../dialects/dialect.js';
import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

/** These have a method of their own, which takes one text. */
export const embedsOne = (modelId: string): boolean => modelId.startsWith('gemini-embedding-2');

/** A `batchEmbedContents` body as Vertex wants it for that model. @throws RequestFault for what it cannot say. */
export function shapeEmbedding(body: WireBody, modelId: string): void {
  const given = body.get('requests');
  const requests = (Array.isArray(given) ? (given as readonly JsonValue[]) : []).filter(isObject);
  body.set('requests', undefined);
  const [first] = requests;
  if (embedsOne(modelId)) {
    if (first === undefined || requests.length > 1) {
      throw new RequestFault(`${modelId} takes one text at a time on Vertex AI`, 'input');
    }
    const { content, outputDimensionality, taskType, title } = first;
    body.set('content', content);
    const config = definedOf({ outputDimensionality, taskType, title });
    if (Object.keys(config).length > 0) body.set('embedContentConfig', config);
    return;
  }
  body.set('instances', requests.map(instanceOf));
  const dimensions = first?.['outputDimensionality'];
  if (dimensions !== undefined) body.set('parameters', { outputDimensionality: dimensions });
}

function instanceOf({ content, taskType, title }: JsonObject): JsonObject {
  const parts = isObject(content) ? content['parts'] : undefined;
  const list = Array.isArray(parts) ? (parts as readonly JsonValue[]) : [];
  const texts = list.flatMap((part) => (isObject(part) && typeof part['text'] === 'string' ? [part['text']] : []));
  return { content: texts.join(''), ...definedOf({ task_type: taskType, title }) };
}

const definedOf = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
