import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelRequest, OutputFormat, Sampling } from '../../ir/request.js';
import { type Fields, readFields } from './fields.js';
import { toJsonSchema } from './openapi-schema.js';
import { readThinkingConfig } from './reasoning.js';

export type DecodedConfig = Pick<ModelRequest, 'sampling' | 'output' | 'reasoning'> & { readonly rest: JsonObject };

/** Reads `generationConfig`. */
export function decodeConfig(config: JsonObject, path: string): DecodedConfig {
  const fields = readFields(config, path);
  const sampling = decodeSampling(fields);
  const output = decodeOutput(fields);
  const thinkingPath = fields.path('thinkingConfig');
  const written = fields.object('thinkingConfig');
  const thinking = written === undefined ? undefined : readThinkingConfig(written, thinkingPath);
  return {
    sampling,
    ...(output === undefined ? {} : { output: output.format }),
    ...(thinking?.reasoning === undefined ? {} : { reasoning: thinking.reasoning }),
    rest: {
      ...fields.rest(),
      ...output?.hints,
      ...(thinking === undefined ? {} : { $thinkingConfig: thinking.rest }),
    },
  };
}

function decodeSampling(fields: Fields): Sampling {
  const values = {
    maxOutputTokens: fields.number('maxOutputTokens'),
    temperature: fields.number('temperature'),
    topP: fields.number('topP'),
    topK: fields.number('topK'),
    seed: fields.number('seed'),
    frequencyPenalty: fields.number('frequencyPenalty'),
    presencePenalty: fields.number('presencePenalty'),
    candidates: fields.number('candidateCount'),
    topLogprobs: fields.number('logprobs'),
    logprobs: fields.boolean('responseLogprobs'),
    stop: decodeStop(fields),
  };
  return withoutAbsent(values);
}

function decodeStop(fields: Fields): readonly string[] | undefined {
  const path = fields.path('stopSequences');
  const value = fields.take('stopSequences');
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new RequestFault(`"${path}" must be a list of strings`, path);
  return value.map((item: JsonValue, index) => {
    if (typeof item === 'string') return item;
    throw new RequestFault(`"${path}[${index}]" must be a string`, `${path}[${index}]`);
  });
}

interface Output {
  readonly format: OutputFormat;
  readonly hints?: JsonObject;
}

function decodeOutput(fields: Fields): Output | undefined {
  const mimeType = fields.take('responseMimeType');
  if (mimeType === 'text/plain') return { format: { type: 'text' } };
  const isJson = mimeType === 'application/json';
  if (!isJson && mimeType !== undefined) return { format: { type: 'text' }, hints: { $mimeType: mimeType } };
  const schema = takeSchema(fields);
  if (schema === undefined) return isJson ? { format: { type: 'json' } } : undefined;
  return { ...schema, hints: { ...schema.hints, ...(isJson ? {} : { $mimeType: null }) } };
}

function takeSchema(fields: Fields): Output | undefined {
  if (fields.has('responseJsonSchema')) {
    const schema = fields.take('responseJsonSchema');
    // `true` is a JSON Schema too, and says nothing.
    if (isObject(schema)) return { format: { type: 'json-schema', schema } };
    return { format: { type: 'json' }, hints: { $jsonSchema: schema } };
  }
  const path = fields.path('responseSchema');
  const written = fields.object('responseSchema');
  if (written === undefined) return undefined;
  return { format: { type: 'json-schema', schema: toJsonSchema(written, path) }, hints: { $schema: written } };
}

/** Drops the members that are `undefined`. */
export function withoutAbsent<T extends Readonly<Record<string, unknown>>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> };
export function withoutAbsent(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
