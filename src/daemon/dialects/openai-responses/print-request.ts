import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Message, ModelRequest, OutputFormat } from '../../ir/request.js';
import { type DropForeign, printMessage, textOf } from './print-items.js';
import { printTools } from './tools.js';
import { compact, kept, wireMembers } from './wire.js';

/** Prints a request that this dialect decoded, as it was: the reverse of `decodeRequest`. */
export function printRequest(request: ModelRequest, drop: DropForeign): JsonObject {
  const own = kept(request);
  const [first, ...others] = request.messages;
  const hasInstructions = first !== undefined && kept(first)['$slot'] === 'instructions';
  const messages = hasInstructions ? others : request.messages;
  return compact({
    model: request.model,
    instructions: hasInstructions ? textOf(first.content) : undefined,
    input: own['$input'] === 'absent' ? undefined : printInput(messages, own['$input'] === 'string', drop),
    tools: request.tools.length > 0 || own['$tools'] === 'empty' ? printTools(request.tools) : undefined,
    tool_choice: printToolChoice(request),
    parallel_tool_calls: request.parallelToolCalls,
    text: printText(request),
    reasoning: printOwnReasoning(request),
    max_output_tokens: request.sampling.maxOutputTokens,
    temperature: request.sampling.temperature,
    top_p: request.sampling.topP,
    top_logprobs: request.sampling.topLogprobs,
    [own['$user'] === 'safety_identifier' ? 'safety_identifier' : 'user']: request.userId,
    prompt_cache_key: request.cacheKey,
    service_tier: request.serviceTier,
    metadata: request.metadata,
    stream: own['$stream'] === 'absent' && !request.stream ? undefined : request.stream,
    ...wireMembers(own),
  });
}

const printInput = (messages: readonly Message[], isString: boolean, drop: DropForeign): JsonValue =>
  isString && messages.length === 1
    ? textOf(messages[0]?.content ?? [])
    : messages.flatMap((message) => printMessage(message, drop));

export function printToolChoice(request: ModelRequest): JsonValue | undefined {
  const raw = kept(request)['$tool_choice'];
  if (raw !== undefined) return raw;
  return request.toolChoice?.mode === 'named' ? undefined : request.toolChoice?.mode;
}

/** The `text` member: output format and whatever stood beside it. */
export function printText(request: ModelRequest): JsonObject | undefined {
  const { $text: text, $format: format } = kept(request);
  if (!isObject(text) && request.output === undefined) return undefined;
  const rest = isObject(text) ? text : {};
  if (request.output === undefined) return rest;
  return { format: { ...printFormat(request.output), ...(isObject(format) ? format : {}) }, ...rest };
}

function printFormat(output: OutputFormat): JsonObject {
  switch (output.type) {
    case 'text':
      return { type: 'text' };
    case 'json':
      return { type: 'json_object' };
    case 'json-schema': {
      const { name, description, schema, strict } = output;
      return compact({ type: 'json_schema', name, description, schema, strict });
    }
  }
}

export function printOwnReasoning(request: ModelRequest): JsonObject | undefined {
  const { $reasoning: rest } = kept(request);
  const { mode, effort, summary } = request.reasoning ?? {};
  if (!isObject(rest) && mode === undefined && summary === undefined) return undefined;
  const members = isObject(rest) ? rest : {};
  const word = mode === 'off' ? 'none' : mode === 'auto' ? 'auto' : effort;
  return compact({
    effort: word,
    summary: members['generate_summary'] === undefined ? summary : undefined,
    ...members,
  });
}
