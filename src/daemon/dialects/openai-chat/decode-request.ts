import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelRequest, OutputFormat, Sampling } from '../../ir/request.js';
import { decodeMessages } from './decode-messages.js';
import { decodeToolChoice, decodeTools } from './decode-tools.js';
import { encodeOutput, encodeToolChoice } from './encode-own-tools.js';
import { decodeReasoning } from './reasoning.js';
import { extensionOf, type Fields, isSameJson, OPENAI_CHAT, openFields, wrongType } from './wire.js';

/**
 * Reads a Chat Completions request. What has no place in the representation stays in `ext`, as do the fields that were
 * `null`; `$` hints remember which of several spellings was used.
 * @throws RequestFault naming the member that is malformed.
 */
export function decodeRequest(body: JsonObject): ModelRequest {
  const fields = openFields(body, '');
  const hints: Record<string, JsonValue> = {};
  const model = fields.requiredString('model');
  const list = fields.array('messages');
  const messages = decodeMessages(list ?? requireMessages());
  const tools = decodeTools(fields);
  const stream = readStream(fields);
  const request = {
    dialect: OPENAI_CHAT,
    model,
    messages,
    tools,
    ...readChoice(fields, hints),
    ...readOutput(fields, hints),
    sampling: readSampling(fields, hints),
    ...readReasoningFields(fields),
    ...readPlainFields(fields, hints),
    stream,
  };
  return { ...request, ...extensionOf(fields.rest, hints) };
}

function requireMessages(): never {
  throw wrongType('messages', 'an array');
}

/** Only `true` is taken out: an explicit `false` stays with the rest. */
function readStream(fields: Fields): boolean {
  const { rest } = fields;
  if (rest['stream'] === true) return fields.boolean('stream') === true;
  if (rest['stream'] !== undefined && rest['stream'] !== null && rest['stream'] !== false) {
    throw wrongType('stream', 'true or false');
  }
  return false;
}

type Hints = Record<string, JsonValue>;

function readChoice(fields: Fields, hints: Hints): Pick<ModelRequest, 'toolChoice' | 'parallelToolCalls'> {
  const key = fields.rest['tool_choice'] === undefined ? 'function_call' : 'tool_choice';
  const raw = fields.value(key);
  const toolChoice = decodeToolChoice(raw, key);
  if (toolChoice !== undefined && raw !== undefined) {
    if (key === 'function_call' || !isSameJson(encodeToolChoice(toolChoice), raw))
      hints['$toolChoice'] = { [key]: raw };
  }
  const parallelToolCalls = fields.boolean('parallel_tool_calls');
  return {
    ...(toolChoice === undefined ? {} : { toolChoice }),
    ...(parallelToolCalls === undefined ? {} : { parallelToolCalls }),
  };
}

function readOutput(fields: Fields, hints: Hints): Pick<ModelRequest, 'output'> {
  const raw = fields.object('response_format');
  if (raw === undefined) return {};
  const output = decodeOutput(raw);
  // A format we do not know stays with the rest.
  if (output === undefined) fields.rest['response_format'] = raw;
  else if (!isSameJson(encodeOutput(output), raw)) hints['$output'] = raw;
  return output === undefined ? {} : { output };
}

function decodeOutput(raw: JsonObject): OutputFormat | undefined {
  switch (raw['type']) {
    case 'text':
      return { type: 'text' };
    case 'json_object':
      return { type: 'json' };
    case 'json_schema': {
      const fields = openFields(raw['json_schema'], 'response_format.json_schema');
      const name = fields.string('name');
      const description = fields.string('description');
      const strict = fields.boolean('strict');
      return {
        type: 'json-schema',
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        schema: fields.object('schema') ?? {},
        ...(strict === undefined ? {} : { strict }),
      };
    }
    default:
      return undefined;
  }
}

const NUMBERS = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['topK', 'top_k'],
  ['seed', 'seed'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
  ['candidates', 'n'],
  ['topLogprobs', 'top_logprobs'],
] as const satisfies readonly (readonly [keyof Sampling, string])[];

function readSampling(fields: Fields, hints: Hints): Sampling {
  const sampling: Record<string, number> = {};
  for (const [name, key] of NUMBERS) {
    const value = fields.number(key);
    if (value !== undefined) sampling[name] = value;
  }
  const maxOutputTokens = readMaxTokens(fields, hints);
  const stop = readStop(fields, hints);
  const logprobs = fields.boolean('logprobs');
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...sampling,
    ...(stop === undefined ? {} : { stop }),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
}

/** The newer name wins; the older one beside it stays with the rest. */
function readMaxTokens(fields: Fields, hints: Hints): number | undefined {
  const newer = fields.number('max_completion_tokens');
  if (newer !== undefined) return newer;
  const older = fields.number('max_tokens');
  if (older !== undefined) hints['$maxTokens'] = 'max_tokens';
  return older;
}

function readStop(fields: Fields, hints: Hints): readonly string[] | undefined {
  if (typeof fields.rest['stop'] === 'string') {
    hints['$stop'] = 'string';
    return [fields.string('stop') ?? ''];
  }
  return fields.array('stop')?.map((value, index) => {
    if (typeof value !== 'string') throw wrongType(`stop[${index}]`, 'a string');
    return value;
  });
}

/** The fields stay with the rest as they are: there are two spellings, each with members of its own. */
function readReasoningFields({ rest }: Fields): Pick<ModelRequest, 'reasoning'> {
  const reasoning = decodeReasoning(rest['reasoning_effort'], rest['reasoning']);
  return reasoning === undefined ? {} : { reasoning };
}

function readPlainFields(
  fields: Fields,
  hints: Hints,
): Pick<ModelRequest, 'cacheKey' | 'userId' | 'serviceTier' | 'metadata'> {
  const cacheKey = fields.string('prompt_cache_key');
  const serviceTier = fields.string('service_tier');
  const metadata = fields.object('metadata');
  const user = fields.string('user');
  const userId = user ?? fields.string('safety_identifier');
  if (user === undefined && userId !== undefined) hints['$user'] = 'safety_identifier';
  return {
    ...(cacheKey === undefined ? {} : { cacheKey }),
    ...(userId === undefined ? {} : { userId }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** Whether a streaming client asked for the chunk that holds nothing but usage. */
export function wantsUsage(request: ModelRequest): boolean {
  const options = request.ext?.[request.dialect]?.['stream_options'];
  return isObject(options) && options['include_usage'] === true;
}
