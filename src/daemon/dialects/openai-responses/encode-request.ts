import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { ModelRequest } from '../../ir/request.js';
import type { EncodedRequest, EncodeRequestContext } from '../dialect.js';
import { encodeInput } from './encode-input.js';
import { encodeToolChoice, encodeTools } from './encode-tools.js';
import { encodeImageTool, IMAGE_TOOL } from './image-tool.js';
import { warnOfLost } from './lost.js';
import { openNames } from './names.js';
import { printRequest } from './print-request.js';
import { printReasoning } from './reasoning.js';
import { compact, DIALECT } from './wire.js';

type Warn = EncodeRequestContext['warn'];

/**
 * Prints a request. One that this dialect decoded is printed as it was; one of another dialect is shaped for the
 * standard API: `store: false`, and encrypted reasoning back whenever thinking is wanted, so that it can be replayed.
 * @throws RequestFault for files of another provider, data of unknown type and video.
 */
export function encodeRequest(request: ModelRequest, context: EncodeRequestContext): EncodedRequest {
  const { warn, model } = context;
  if (request.dialect === DIALECT) {
    const dropped = (): void => warn({ path: 'input', reason: 'encrypted reasoning of another vendor is not sent on' });
    return { body: printRequest(request, dropped), restore: {} };
  }
  const names = openNames(request, context.newId);
  const { instructions, input } = encodeInput(request, names, context);
  const { image } = request;
  const tools =
    image === undefined
      ? encodeTools(request.tools, names, warn)
      : [encodeImageTool(image, request.model, request.stream)];
  const hasTools = tools.length > 0;
  warnOfLost(request, context);
  const reasoning = printReasoning(request.reasoning, model);
  const body = compact({
    model: request.model,
    instructions,
    input,
    tools: hasTools ? tools : undefined,
    tool_choice: image !== undefined ? IMAGE_TOOL : hasTools ? encodeToolChoice(request, names, warn) : undefined,
    parallel_tool_calls: hasTools ? request.parallelToolCalls : undefined,
    text: encodeText(request),
    reasoning,
    max_output_tokens: encodeLimit(request.sampling.maxOutputTokens, warn),
    temperature: request.sampling.temperature,
    top_p: request.sampling.topP,
    top_logprobs: request.sampling.topLogprobs,
    include: encodeInclude(request, model),
    prompt_cache_key: request.cacheKey,
    user: encodeUser(request.userId, warn),
    service_tier: encodeTier(request.serviceTier, warn),
    metadata: encodeMetadata(request.metadata, warn),
    store: false,
    stream: request.stream,
  });
  return { body, restore: names.changed.size === 0 ? {} : { toolNames: names.changed } };
}

/** What clients of other dialects send to see whether a model is there at all is refused (github.com/QuantumNous/new-api/pull/2866, seen 2026-02). */
const FEWEST_TOKENS = 16;

function encodeLimit(tokens: number | undefined, warn: Warn): number | undefined {
  if (tokens === undefined || tokens >= FEWEST_TOKENS) return tokens;
  warn({ path: 'sampling.maxOutputTokens', reason: `the Responses API takes no limit below ${FEWEST_TOKENS} tokens` });
  return FEWEST_TOKENS;
}

/** Models known to think do so unasked, and want what they encrypted back. */
function encodeInclude({ reasoning, sampling }: ModelRequest, model: ModelInfo): string[] | undefined {
  const showsThinking = reasoning?.summary !== undefined && reasoning.summary !== 'none';
  const isThinking =
    reasoning?.mode === undefined ? showsThinking || model.thinking !== undefined : reasoning.mode !== 'off';
  const include = [
    ...(isThinking ? ['reasoning.encrypted_content'] : []),
    ...(sampling.logprobs ? ['message.output_text.logprobs'] : []),
  ];
  return include.length === 0 ? undefined : include;
}

function encodeText({ output }: ModelRequest): JsonObject | undefined {
  switch (output?.type) {
    case undefined:
      return undefined;
    case 'text':
      return { format: { type: 'text' } };
    case 'json':
      return { format: { type: 'json_object' } };
    case 'json-schema': {
      const { name = 'response', description, schema, strict = false } = output;
      const plain = name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64);
      return { format: compact({ type: 'json_schema', name: plain, description, schema, strict }) };
    }
  }
}

/** OpenAI refuses a longer `user`; what Claude Code sends is longer. */
const LONGEST_USER = 64;

function encodeUser(userId: string | undefined, warn: Warn): string | undefined {
  if (userId === undefined || userId.length <= LONGEST_USER) return userId;
  warn({ path: 'userId', reason: `longer than the ${LONGEST_USER} characters that user may have` });
  return undefined;
}

const TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority']);

function encodeTier(tier: string | undefined, warn: Warn): string | undefined {
  if (tier === undefined || TIERS.has(tier)) return tier;
  warn({ path: 'serviceTier', reason: `the Responses API has no tier "${tier}"` });
  return undefined;
}

/** Values must be strings here. */
function encodeMetadata(metadata: ModelRequest['metadata'], warn: Warn): JsonObject | undefined {
  if (metadata === undefined) return undefined;
  const entries = Object.entries(metadata).filter((entry): entry is [string, JsonValue & string] => {
    const isText = typeof entry[1] === 'string';
    if (!isText) warn({ path: `metadata.${entry[0]}`, reason: 'metadata values must be strings' });
    return isText;
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
