import { asList, asRecord, type JsonRecord } from '../json.js';
import { badValue, missing, refuse, unknownParameter } from '../openai/errors.js';
import { range } from '../openai/range.js';
import { checkName, checkSchema } from '../openai/schema.js';
import { checkTools } from './check-tools.js';

const FIELDS: ReadonlySet<string> = new Set([
  'background',
  'client_metadata',
  'context_management',
  'conversation',
  'include',
  'input',
  'instructions',
  'max_output_tokens',
  'max_tool_calls',
  'metadata',
  'model',
  'moderation',
  'parallel_tool_calls',
  'previous_response_id',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning',
  'safety_identifier',
  'service_tier',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'text',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'truncation',
  'user',
]);
const INCLUDABLE = [
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
] as const;
const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
const SUMMARIES = ['auto', 'concise', 'detailed'] as const;
const MIN_OUTPUT_TOKENS = 16;

/** Everything about a request, its input items apart, that OpenAI answers with 400. */
export function checkRequest(body: JsonRecord): void {
  const unknown = Object.keys(body).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) return unknownParameter(unknown);
  if (body['input'] === undefined && body['previous_response_id'] === undefined && body['prompt'] === undefined) {
    return refuse("Missing required parameter: 'input'.", 'input', 'missing_required_parameter');
  }
  range(body, 'max_output_tokens', MIN_OUTPUT_TOKENS, Number.MAX_SAFE_INTEGER);
  range(body, 'temperature', 0, 2);
  range(body, 'top_p', 0, 1);
  asList(body['include']).forEach((one, index) => {
    if (!INCLUDABLE.some((known) => known === one)) badValue(`include[${index}]`, one, INCLUDABLE);
  });
  checkReasoning(asRecord(body['reasoning']));
  checkText(asRecord(body['text']));
  checkTools(body);
}

function checkReasoning(reasoning: JsonRecord | undefined): void {
  if (reasoning === undefined) return;
  const unknown = Object.keys(reasoning).find(
    (name) => !['effort', 'summary', 'generate_summary', 'context', 'mode'].includes(name),
  );
  if (unknown !== undefined) return unknownParameter(`reasoning.${unknown}`);
  const { effort, summary } = reasoning;
  if (effort !== undefined && effort !== null && !EFFORTS.some((one) => one === effort)) {
    badValue('reasoning.effort', effort, EFFORTS);
  }
  if (summary !== undefined && summary !== null && !SUMMARIES.some((one) => one === summary)) {
    badValue('reasoning.summary', summary, SUMMARIES);
  }
}

function checkText(text: JsonRecord | undefined): void {
  if (text === undefined) return;
  const unknown = Object.keys(text).find((name) => name !== 'format' && name !== 'verbosity');
  if (unknown !== undefined) return unknownParameter(`text.${unknown}`);
  const format = asRecord(text['format']);
  if (format === undefined) return;
  const { type } = format;
  if (type === 'text' || type === 'json_object') return;
  if (type !== 'json_schema') return badValue('text.format.type', type, ['text', 'json_object', 'json_schema']);
  const name = checkName(format['name'], 'text.format.name');
  if (format['schema'] === undefined) return missing('text.format.schema');
  checkSchema(format['schema'], {
    what: `response_format '${name}'`,
    param: 'text.format.schema',
    code: 'invalid_json_schema',
    isStrict: format['strict'] === true,
  });
}
