import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Message, ModelRequest, OutputFormat, Sampling } from '../../ir/request.js';
import { decodeInput } from './decode-input.js';
import { decodeReasoning } from './reasoning.js';
import { decodeToolChoice } from './tool-choice.js';
import { decodeTools } from './tools.js';
import { DIALECT, isArray, keep, type Members, openMembers } from './wire.js';

/** What the API takes in place of `input`. */
const INPUT_ELSEWHERE = ['prompt', 'previous_response_id', 'conversation'] as const;

/**
 * Reads a request. Members without a common meaning (`store`, `include`, `previous_response_id` ...) stay in
 * `ext['openai-responses']`.
 * @throws RequestFault naming the path of what is malformed.
 */
export function decodeRequest(body: JsonObject): ModelRequest {
  const members = openMembers(body, '', 'throw');
  const model = members.requiredString('model');
  const instructions = members.string('instructions');
  const input = decodeInputMember(body, members);
  const tools = members.array('tools');
  const choice = body['tool_choice'] ?? undefined;
  const toolChoice = choice === undefined ? undefined : decodeToolChoice(choice, 'tool_choice');
  if (toolChoice !== undefined) members.use('tool_choice');
  const parallelToolCalls = members.boolean('parallel_tool_calls');
  const { output, hints: outputHints } = decodeTextMember(members);
  const reasoning = decodeReasoning(members.object('reasoning'));
  const identifier = members.string('safety_identifier');
  const userId = identifier ?? members.string('user');
  const cacheKey = members.string('prompt_cache_key');
  const serviceTier = members.string('service_tier');
  const metadata = members.object('metadata');
  const stream = members.boolean('stream');
  const sampling = decodeSampling(body, members);
  const hints: JsonObject = {
    ...input.hint,
    ...outputHints,
    ...reasoningRest(body['reasoning']),
    ...(toolChoice?.raw === undefined ? {} : { $tool_choice: toolChoice.raw }),
    ...(identifier === undefined ? {} : { $user: 'safety_identifier' }),
    ...(tools?.length === 0 ? { $tools: 'empty' } : {}),
    ...(stream === undefined ? { $stream: 'absent' } : {}),
  };
  return {
    dialect: DIALECT,
    model,
    messages: [...(instructions === undefined ? [] : [instructionsMessage(instructions)]), ...input.messages],
    tools: decodeTools(tools ?? [], 'tools'),
    ...(toolChoice === undefined ? {} : { toolChoice: toolChoice.choice }),
    ...(parallelToolCalls === undefined ? {} : { parallelToolCalls }),
    ...(output === undefined ? {} : { output }),
    sampling,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(cacheKey === undefined ? {} : { cacheKey }),
    ...(userId === undefined ? {} : { userId }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    ...(metadata === undefined ? {} : { metadata }),
    stream: stream ?? false,
    ...keep({ ...members.rest(), ...hints }),
  };
}

const instructionsMessage = (text: string): Message => ({
  role: 'system',
  content: [{ type: 'text', text }],
  ...keep({ $slot: 'instructions' }),
});

function decodeInputMember(
  body: JsonObject,
  members: Members,
): { readonly messages: readonly Message[]; readonly hint: JsonObject } {
  const input = body['input'];
  if (typeof input === 'string') {
    members.use('input');
    return { messages: [{ role: 'user', content: [{ type: 'text', text: input }] }], hint: { $input: 'string' } };
  }
  if (isArray(input)) {
    members.use('input');
    return { messages: decodeInput(input, 'input'), hint: {} };
  }
  const isAbsent = input === undefined || input === null;
  if (isAbsent && INPUT_ELSEWHERE.some((key) => body[key] !== undefined && body[key] !== null)) {
    return { messages: [], hint: { $input: 'absent' } };
  }
  throw new RequestFault(`input must be a string or an array of items`, 'input');
}

function decodeSampling(body: JsonObject, members: Members): Sampling {
  const maxOutputTokens = members.number('max_output_tokens');
  const temperature = members.number('temperature');
  const topP = members.number('top_p');
  const topLogprobs = members.number('top_logprobs');
  const include = body['include'];
  const logprobs = isArray(include) && include.includes('message.output_text.logprobs');
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topLogprobs === undefined ? {} : { topLogprobs }),
    ...(logprobs ? { logprobs } : {}),
  };
}

function decodeTextMember(members: Members): { readonly output?: OutputFormat; readonly hints: JsonObject } {
  const text = members.object('text');
  if (text === undefined) return { hints: {} };
  const inner = members.within(text, 'text');
  const format = inner.object('format');
  const output = format === undefined ? undefined : decodeFormat(inner.within(format, 'text.format'));
  return {
    ...(output === undefined ? {} : { output: output.format }),
    hints: { $text: inner.rest(), ...(output === undefined ? {} : { $format: output.rest }) },
  };
}

function decodeFormat(members: Members): { readonly format: OutputFormat; readonly rest: JsonObject } {
  const type = members.requiredString('type');
  switch (type) {
    case 'text':
      return { format: { type: 'text' }, rest: members.rest() };
    case 'json_object':
      return { format: { type: 'json' }, rest: members.rest() };
    case 'json_schema': {
      const schema = members.object('schema');
      if (schema === undefined) throw new RequestFault('text.format.schema is missing', 'text.format.schema');
      const name = members.string('name');
      const description = members.string('description');
      const strict = members.boolean('strict');
      const format: OutputFormat = {
        type: 'json-schema',
        schema,
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
        ...(strict === undefined ? {} : { strict }),
      };
      return { format, rest: members.rest() };
    }
    default:
      throw new RequestFault('text.format.type must be text, json_object or json_schema', 'text.format.type');
  }
}

/** The members of `reasoning` that the common form does not hold. */
function reasoningRest(value: JsonValue | undefined): JsonObject {
  if (!isObject(value)) return {};
  const { effort, summary, ...rest } = value;
  const known = decodeReasoning(value);
  return {
    $reasoning: {
      ...rest,
      ...(effort === undefined || known?.mode !== undefined ? {} : { effort }),
      ...(summary === undefined || known?.summary === summary ? {} : { summary }),
    },
  };
}
