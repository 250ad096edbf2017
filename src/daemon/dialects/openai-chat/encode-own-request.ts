import type { JsonObject } from '../../ir/json.js';
import type { Message, ModelRequest, Part, Sampling } from '../../ir/request.js';
import { encodeOwnCall } from './encode-own-calls.js';
import { encodeOwnPart } from './encode-own-parts.js';
import { encodeOutput, encodeOwnTools, encodeToolChoice } from './encode-own-tools.js';
import { OPENAI_CHAT, objectOf, ownExtension } from './wire.js';

/** Prints a request that this dialect decoded: the same JSON again, nothing repaired. */
export function encodeOwnRequest(request: ModelRequest): JsonObject {
  const { fields, hints } = ownExtension(request.ext);
  const { toolChoice, parallelToolCalls, output, cacheKey, userId, serviceTier, metadata } = request;
  const userKey = hints['$user'] === 'safety_identifier' ? 'safety_identifier' : 'user';
  const choice = toolChoice === undefined ? {} : { tool_choice: encodeToolChoice(toolChoice) };
  return {
    ...fields,
    model: request.model,
    messages: request.messages.map(encodeOwnMessage),
    ...encodeOwnTools(request.tools),
    ...(objectOf(hints['$toolChoice']) ?? choice),
    ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
    ...(output === undefined ? {} : { response_format: objectOf(hints['$output']) ?? encodeOutput(output) }),
    ...encodeSampling(request.sampling, {
      maxTokensKey: hints['$maxTokens'] === 'max_tokens' ? 'max_tokens' : 'max_completion_tokens',
      isStopString: hints['$stop'] === 'string',
    }),
    ...(cacheKey === undefined ? {} : { prompt_cache_key: cacheKey }),
    ...(userId === undefined ? {} : { [userKey]: userId }),
    ...(serviceTier === undefined ? {} : { service_tier: serviceTier }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(request.stream ? { stream: true } : {}),
  };
}

/** The sampling members, absent ones left out. */
export function encodeSampling(
  sampling: Sampling,
  { maxTokensKey, isStopString }: { readonly maxTokensKey: string; readonly isStopString: boolean },
): JsonObject {
  const { stop } = sampling;
  const members: JsonObject = {
    [maxTokensKey]: sampling.maxOutputTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    n: sampling.candidates,
    logprobs: sampling.logprobs,
    top_logprobs: sampling.topLogprobs,
    stop: isStopString ? stop?.[0] : stop,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function encodeOwnMessage(message: Message): JsonObject {
  const { fields, hints } = ownExtension(message.ext);
  if (message.role === 'tool') return { ...encodeOwnResult(message), ...fields };
  const parts = message.content.filter((part) => part.ext?.[OPENAI_CHAT]?.['$derived'] !== true);
  const calls = parts.flatMap((part) => (part.type === 'tool-call' ? [encodeOwnCall(part)] : []));
  return {
    role: hints['$role'] === 'developer' ? 'developer' : message.role,
    ...ownContent(parts, hints),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...fields,
  };
}

function encodeOwnResult(message: Message): JsonObject {
  const { hints } = ownExtension(message.ext);
  const result = message.content.find((part) => part.type === 'tool-result');
  const content = result === undefined ? {} : ownContent(result.content, ownExtension(result.ext).hints);
  return hints['$role'] === 'function'
    ? { role: 'function', name: hints['$name'], ...content }
    : { role: 'tool', tool_call_id: result?.callId ?? '', ...content };
}

function ownContent(parts: readonly Part[], hints: JsonObject): JsonObject {
  if (hints['$content'] === 'absent') return {};
  if (hints['$content'] === 'string') {
    return { content: parts.map((part) => (part.type === 'text' ? part.text : '')).join('') };
  }
  return { content: parts.map(encodeOwnPart).filter((part) => part !== undefined) };
}
