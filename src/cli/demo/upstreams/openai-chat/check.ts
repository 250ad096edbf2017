import { asRecord, type JsonRecord } from '../json.js';
import { badValue, missing, refuse } from '../openai/errors.js';
import { range } from '../openai/range.js';
import { checkName, checkSchema } from '../openai/schema.js';
import { checkMessages } from './check-messages.js';
import { checkTools } from './check-tools.js';

const FIELDS: ReadonlySet<string> = new Set([
  'messages',
  'model',
  'audio',
  'frequency_penalty',
  'function_call',
  'functions',
  'logit_bias',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'metadata',
  'modalities',
  'moderation',
  'n',
  'parallel_tool_calls',
  'prediction',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'user',
  'verbosity',
  'web_search_options',
]);

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** Everything about a request that OpenAI answers with 400. */
export function checkRequest(body: JsonRecord): void {
  const unknown = Object.keys(body).filter((name) => !FIELDS.has(name));
  if (unknown.length > 0) {
    refuse(`Unrecognized request argument${unknown.length > 1 ? 's' : ''} supplied: ${unknown.join(', ')}`);
  }
  checkMessages(body['messages']);
  checkTools(body);
  checkNumbers(body);
  checkFormat(body);
  if (body['stream_options'] !== undefined && body['stream_options'] !== null && body['stream'] !== true) {
    refuse("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options');
  }
  const effort = body['reasoning_effort'] ?? undefined;
  if (effort !== undefined && !EFFORTS.some((one) => one === effort)) badValue('reasoning_effort', effort, EFFORTS);
}

function checkNumbers(body: JsonRecord): void {
  const tokens = ['max_tokens', 'max_completion_tokens'].filter((name) => typeof body[name] === 'number');
  if (tokens.length === 2) {
    refuse(
      "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
      'max_tokens',
      'invalid_parameter_combination',
    );
  }
  range(body, 'temperature', 0, 2);
  range(body, 'top_p', 0, 1);
  range(body, 'presence_penalty', -2, 2);
  range(body, 'frequency_penalty', -2, 2);
  for (const name of ['max_tokens', 'max_completion_tokens', 'n']) range(body, name, 1, Number.MAX_SAFE_INTEGER);
  const { stop } = body;
  if (Array.isArray(stop) && stop.length > 4) {
    refuse(
      `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${stop.length} instead.`,
      'stop',
      'array_above_max_length',
    );
  }
}

function checkFormat(body: JsonRecord): void {
  const format = asRecord(body['response_format']);
  if (format === undefined) return;
  const { type } = format;
  if (type === 'text') return;
  if (type === 'json_object') {
    if (/json/i.test(JSON.stringify(body['messages']))) return;
    return refuse(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      'messages',
    );
  }
  if (type !== 'json_schema') return badValue('response_format.type', type, ['json_object', 'json_schema', 'text']);
  const wanted = asRecord(format['json_schema']);
  if (wanted === undefined) return missing('response_format.json_schema');
  const name = checkName(wanted['name'], 'response_format.json_schema.name');
  if (wanted['schema'] === undefined) return missing('response_format.json_schema.schema');
  checkSchema(wanted['schema'], {
    what: `response_format '${name}'`,
    param: 'response_format',
    code: 'invalid_json_schema',
    isStrict: wanted['strict'] === true,
  });
}
