import { RequestFault } from '../../ir/error.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { ModelRequest, Sampling } from '../../ir/request.js';

export const OPENAI_COMPLETIONS = 'openai-completions';

type Members = Record<string, JsonValue | undefined>;

/**
 * Reads a legacy completion: its prompt becomes one user message.
 * @throws RequestFault for several prompts, token prompts, `suffix`, `best_of` and `logprobs`, which a chat model cannot
 * serve in this form, and for members of the wrong type.
 */
export function decodeRequest(body: JsonObject): ModelRequest {
  const rest: Members = { ...body };
  const model = takeString(rest, 'model');
  if (model === undefined) {
    throw new RequestFault('model is missing', 'model', { code: 'missing_required_parameter' });
  }
  const prompt = readPrompt(rest);
  const stream = takeBoolean(rest, 'stream') ?? false;
  const userId = takeString(rest, 'user');
  const sampling = readSampling(rest);
  refuseUnservable(rest, sampling);
  return {
    dialect: OPENAI_COMPLETIONS,
    model,
    messages: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
    tools: [],
    sampling,
    ...(userId === undefined ? {} : { userId }),
    stream,
    ext: { [OPENAI_COMPLETIONS]: { ...rest, $prompt: prompt } },
  };
}

function readPrompt(rest: Members): string {
  const { prompt } = rest;
  delete rest['prompt'];
  const only = Array.isArray(prompt) && prompt.length === 1 ? prompt[0] : prompt;
  if (typeof only === 'string') return only;
  if (prompt === undefined || prompt === null) {
    throw new RequestFault('prompt is missing', 'prompt', { code: 'missing_required_parameter' });
  }
  const isTexts = Array.isArray(prompt) && prompt.every((item) => typeof item === 'string');
  throw isTexts
    ? new RequestFault('prompt must be one text: send each prompt in a request of its own', 'prompt', {
        code: 'several_prompts_not_supported',
      })
    : new RequestFault('prompt must be text: prompts made of token numbers are not supported', 'prompt', {
        code: 'token_prompt_not_supported',
      });
}

/** These change what the answer is, so leaving them out would be answering another question. */
function refuseUnservable(rest: Members, { candidates = 1 }: Sampling): void {
  const suffix = takeString(rest, 'suffix');
  if (suffix !== undefined && suffix !== '') {
    throw new RequestFault('suffix is not supported: no served model fills in the middle', 'suffix', {
      code: 'unsupported_parameter',
    });
  }
  // Chat states them per token and in another form; clients that ask compute with them.
  if (takeNumber(rest, 'logprobs') !== undefined) {
    throw new RequestFault('logprobs is not supported here; use /v1/chat/completions', 'logprobs', {
      code: 'unsupported_parameter',
    });
  }
  const bestOf = takeNumber(rest, 'best_of');
  if (bestOf !== undefined && bestOf > candidates) {
    throw new RequestFault('best_of greater than n is not supported', 'best_of', { code: 'unsupported_parameter' });
  }
}

const NUMBERS = [
  ['maxOutputTokens', 'max_tokens'],
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['seed', 'seed'],
  ['frequencyPenalty', 'frequency_penalty'],
  ['presencePenalty', 'presence_penalty'],
  ['candidates', 'n'],
] as const satisfies readonly (readonly [keyof Sampling, string])[];

function readSampling(rest: Members): Sampling {
  const numbers: Record<string, number> = {};
  for (const [name, key] of NUMBERS) {
    const value = takeNumber(rest, key);
    if (value !== undefined) numbers[name] = value;
  }
  const stop = takeStop(rest);
  return { ...numbers, ...(stop === undefined ? {} : { stop }) };
}

function takeStop(rest: Members): readonly string[] | undefined {
  const { stop } = rest;
  delete rest['stop'];
  if (stop === undefined || stop === null) return undefined;
  if (typeof stop === 'string') return [stop];
  const texts = Array.isArray(stop) ? stop.filter((item) => typeof item === 'string') : [];
  if (!Array.isArray(stop) || texts.length !== stop.length) throw wrongType('stop', 'a string or an array of strings');
  return texts;
}

const takeString = (rest: Members, key: string): string | undefined =>
  take(rest, key, (value) => typeof value === 'string', 'a string');
const takeNumber = (rest: Members, key: string): number | undefined =>
  take(rest, key, (value) => typeof value === 'number', 'a number');
const takeBoolean = (rest: Members, key: string): boolean | undefined =>
  take(rest, key, (value) => typeof value === 'boolean', 'true or false');

function take<T extends JsonValue>(
  rest: Members,
  key: string,
  is: (value: JsonValue) => value is T & JsonValue,
  kind: string,
): T | undefined {
  const value = rest[key];
  if (value === undefined || value === null) return undefined;
  if (!is(value)) throw wrongType(key, kind);
  delete rest[key];
  return value;
}

const wrongType = (key: string, kind: string): RequestFault =>
  new RequestFault(`${key} must be ${kind}`, key, { code: 'invalid_type' });
