import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import { lostMembers, markedPlaces } from '../../ir/lost.js';
import type { ModelRequest, OutputFormat, Sampling } from '../../ir/request.js';
import type { EncodedRequest, EncodeRequestContext } from '../dialect.js';
import { encodeMessages } from './encode-messages.js';
import { encodeOwnRequest, encodeSampling } from './encode-own-request.js';
import { encodeOutput } from './encode-own-tools.js';
import { encodeTools, isStrictSchema, lowerCaseTypes, openToolNames } from './encode-tools.js';
import { encodeReasoning } from './reasoning.js';
import { OPENAI_CHAT } from './wire.js';

/**
 * Prints a request for a Chat Completions upstream.
 * @throws RequestFault for what must be refused rather than dropped: foreign file ids, links to files, images for a
 * model that takes none, a history that lives elsewhere.
 */
export function encodeRequest(request: ModelRequest, context: EncodeRequestContext): EncodedRequest {
  if (request.dialect === OPENAI_CHAT) return { body: encodeOwnRequest(request), restore: {} };
  refuseStoredHistory(request);
  const { model, warn } = context;
  const names = openToolNames();
  const { members: tools, restore } = encodeTools(request, { names, warn });
  const messages = encodeMessages(request, { dialect: request.dialect, model, warn, names });
  const reasoning = encodeReasoning(request.reasoning, model);
  const { candidates = 1 } = request.sampling;
  warnOfLost(request, context);
  const body: JsonObject = {
    model: request.model,
    messages,
    ...tools,
    ...encodeFormat(request, context),
    ...encodeSampling(fitSampling(request.sampling, context), {
      maxTokensKey: maxTokensKey(request.model),
      isStopString: false,
    }),
    ...(reasoning === undefined ? {} : { reasoning_effort: reasoning }),
    ...encodeLabels(request, context),
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  return {
    body,
    restore: {
      ...restore,
      ...(names.restore.size === 0 ? {} : { toolNames: names.restore }),
      ...(candidates > 1 ? { candidates } : {}),
      ...(request.dialect === 'openai-responses' ? { strictEnd: true as const } : {}),
    },
  };
}

/** The conversation lives at another upstream: without it the answer would be to something else. */
function refuseStoredHistory({ ext }: ModelRequest): void {
  if (typeof ext?.['openai-responses']?.['previous_response_id'] !== 'string') return;
  throw new RequestFault('previous_response_id is not known here', 'previous_response_id');
}

/** OpenAI's reasoning models refuse `max_tokens`; many compatible servers know nothing else. */
const maxTokensKey = (model: string): string =>
  /(^|\/)(o\d|gpt-5|gpt-6|codex)/.test(model) ? 'max_completion_tokens' : 'max_tokens';

/** Stated for OpenAI's API; not confirmed for every compatible server. */
const MOST_STOPS = 4;

function fitSampling(sampling: Sampling, { warn }: EncodeRequestContext): Sampling {
  const { topK, stop, ...rest } = sampling;
  if (topK !== undefined) warn({ path: 'sampling.topK', reason: 'Chat Completions has no top_k' });
  if (stop !== undefined && stop.length > MOST_STOPS) {
    warn({ path: 'sampling.stop', reason: `only the first ${MOST_STOPS} stop sequences are sent` });
  }
  return stop === undefined || stop.length === 0 ? rest : { ...rest, stop: stop.slice(0, MOST_STOPS) };
}

function encodeFormat({ output, dialect }: ModelRequest, { warn }: EncodeRequestContext): JsonObject {
  if (output === undefined || output.type === 'text') return {};
  if (output.type === 'json') return { response_format: encodeOutput(output) };
  const schema = dialect === 'gemini-generate' ? lowerCaseTypes(output.schema) : output.schema;
  const isStrict = output.strict === true && isStrictSchema(schema);
  if (output.strict === true && !isStrict) {
    warn({ path: 'output.strict', reason: 'strict needs additionalProperties: false in the schema' });
  }
  const named: OutputFormat = {
    ...output,
    // The field is required here, with the charset of tool names.
    name: (output.name ?? 'response').replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64),
    schema,
    ...(output.strict === undefined ? {} : { strict: isStrict }),
  };
  return { response_format: encodeOutput(named) };
}

const TIERS: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority']);
/** OpenAI refuses a longer `user`. */
const LONGEST_USER = 64;

/** Ids and labels. `metadata` has one meaning in OpenAI's two dialects; elsewhere it is another thing. */
function encodeLabels(request: ModelRequest, { warn }: EncodeRequestContext): JsonObject {
  const { cacheKey, userId, serviceTier, metadata, dialect } = request;
  const tier = serviceTier?.toLowerCase();
  if (tier !== undefined && !TIERS.has(tier)) warn({ path: 'serviceTier', reason: `no tier ${serviceTier} here` });
  if (userId !== undefined && userId.length > LONGEST_USER) {
    warn({ path: 'userId', reason: `longer than the ${LONGEST_USER} characters that user may have` });
  }
  const keepsMetadata = dialect === 'openai-responses' && metadata !== undefined;
  if (metadata !== undefined && !keepsMetadata) warn({ path: 'metadata', reason: 'means something else here' });
  return {
    ...(cacheKey === undefined ? {} : { prompt_cache_key: cacheKey }),
    ...(userId === undefined || userId.length > LONGEST_USER ? {} : { user: userId }),
    ...(tier === undefined || !TIERS.has(tier) ? {} : { service_tier: tier }),
    ...(keepsMetadata ? { metadata } : {}),
  };
}

/** Upstreams of this dialect cache by themselves, so breakpoints are left out. */
function warnOfLost(request: ModelRequest, { warn, kept }: EncodeRequestContext): void {
  for (const path of markedPlaces(request, ['cache', 'citations'])) {
    warn({ path, reason: 'Chat Completions has no such mark' });
  }
  for (const path of lostMembers(request, kept)) {
    warn({ path, reason: 'only the dialect of this request has this member' });
  }
}
