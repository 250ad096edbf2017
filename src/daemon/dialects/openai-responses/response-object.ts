import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { ModelRequest } from '../../ir/request.js';
import { printOwnReasoning, printText, printToolChoice } from './print-request.js';
import { printTools } from './tools.js';
import { isArray, kept } from './wire.js';

/** The settings of a request as every `response` object repeats them; a setting the client left open is `null`. */
export function echoOf(request: ModelRequest): JsonObject {
  const own = kept(request);
  const { sampling } = request;
  const isIdentifier = own['$user'] === 'safety_identifier';
  const { effort = null, summary = null, ...reasoning } = printOwnReasoning(request) ?? {};
  return {
    background: own['background'] ?? false,
    instructions: instructionsOf(request),
    max_output_tokens: sampling.maxOutputTokens ?? null,
    max_tool_calls: own['max_tool_calls'] ?? null,
    metadata: request.metadata ?? {},
    parallel_tool_calls: request.parallelToolCalls ?? true,
    previous_response_id: own['previous_response_id'] ?? null,
    prompt_cache_key: request.cacheKey ?? null,
    reasoning: { effort, summary, ...reasoning },
    safety_identifier: isIdentifier ? (request.userId ?? null) : null,
    service_tier: request.serviceTier ?? null,
    store: own['store'] ?? true,
    temperature: sampling.temperature ?? null,
    text: { format: { type: 'text' }, ...printText(request) },
    tool_choice: printToolChoice(request) ?? 'auto',
    tools: printTools(request.tools),
    top_logprobs: sampling.topLogprobs ?? 0,
    top_p: sampling.topP ?? null,
    truncation: own['truncation'] ?? 'disabled',
    user: isIdentifier ? (own['user'] ?? null) : (request.userId ?? null),
  };
}

function instructionsOf({ messages: [first] }: ModelRequest): JsonValue {
  const part = first !== undefined && kept(first)['$slot'] === 'instructions' ? first.content[0] : undefined;
  return part?.type === 'text' ? part.text : null;
}

/** Whether this client can replay encrypted reasoning: it asked for it, or nothing is stored for it. */
export function wantsEncrypted(request: ModelRequest): boolean {
  const { include, store } = kept(request);
  return store === false || (isArray(include) && include.includes('reasoning.encrypted_content'));
}

/** Ids of answers from other dialects get this dialect's prefix; SDKs and stores look for it. */
export const responseId = (id: string | undefined, newId: (prefix: string) => string): string => {
  if (id === undefined || id === '') return newId('resp_');
  return id.startsWith('resp') ? id : `resp_${id}`;
};

/** An error as a `response` object has it. */
export const errorMember = (code: string | null, message: string): JsonObject => ({
  code: code ?? 'server_error',
  message,
});
