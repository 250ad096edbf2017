import type { EncodedRequest, EncodeRequestContext } from '../../dialects/dialect.js';
import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import { lostMembers, markedPlaces } from '../../ir/lost.js';
import type { ModelRequest } from '../../ir/request.js';
import { encodeTurns } from './encode-turns.js';
import { hasThinkingTags, instructions, systemTexts, thinkingTags, withReminders } from './prompt.js';
import { openToolNames } from './tool-names.js';
import { encodeTools, placeholderSpecs, SEARCH_TOOL, searchOf, searchSpec } from './tool-specs.js';
import { closeTurns, printTurn, printUser } from './turns.js';

/**
 * Prints a `generateAssistantResponse` body, but for what only a credential knows. Kiro has no place for a system prompt:
 * it stands beside the conversation, as `system` and `thinking`, where rules and configured prompts reach it, until
 * `finishBody` writes it into the first message.
 * @throws RequestFault for media that Kiro cannot look at, and for stored conversations.
 */
export function encodeRequest(asked: ModelRequest, context: EncodeRequestContext): EncodedRequest {
  const request = withReminders(context.model.traits.has('no-tools') ? withoutTools(asked) : asked);
  refuseStoredConversation(request);
  warnOfLost(request, context);
  const { model } = context;
  const names = openToolNames([SEARCH_TOOL]);
  const tools = encodeTools(request, context, names);
  const texts = systemTexts(request, context);
  const tags = thinkingTags(request.reasoning);
  const isThinking = tags !== undefined || hasThinkingTags(texts);
  const { turns, usedNames } = encodeTurns(request, { ...context, names, keepsThinking: isThinking });
  const { history, current, isImageDropped } = closeTurns(turns);
  if (isImageDropped) context.warn({ path: 'messages', reason: 'Kiro takes ten images: the oldest are left out' });
  const search = searchOf(request);
  const own = search === undefined ? tools.specs : [...tools.specs, searchSpec(SEARCH_DESCRIPTION)];
  const specs = [...own, ...placeholderSpecs(usedNames, own)];
  const system = [...texts, ...tools.notes, ...instructions(request, context, names)].join('\n\n');

  const body: JsonObject = {
    conversationState: {
      chatTriggerType: 'MANUAL',
      agentTaskType: 'vibe',
      currentMessage: { userInputMessage: printUser(current, model.id, specs) },
      history: history.map((turn) => printTurn(turn, model.id)),
    },
    ...(search === undefined ? {} : { search }),
    ...(system === '' ? {} : { system }),
    ...(tags === undefined || hasThinkingTags(texts) ? {} : { thinking: tags }),
  };
  return {
    body,
    restore: {
      ...(names.changed.size === 0 ? {} : { toolNames: names.changed }),
      ...(tools.wrapped.size === 0 ? {} : { wrappedTools: tools.wrapped }),
      ...(isThinking ? { taggedThinking: true } : {}),
      ...(model.contextTokens === undefined ? {} : { contextTokens: model.contextTokens }),
    },
  };
}

/** Their names in the history are declared all the same: without that it would be refused. */
function withoutTools({ toolChoice: _choice, ...request }: ModelRequest): ModelRequest {
  return { ...request, tools: [] };
}

/** Until the service's own words are known. */
const SEARCH_DESCRIPTION = 'Searches the web, and gives pages with their titles and what they say.';

/** The conversation lives at another upstream: without it the answer would be to something else. */
function refuseStoredConversation({ ext }: ModelRequest): void {
  const isStored = Object.values(ext ?? {}).some((fields) => typeof fields['previous_response_id'] === 'string');
  if (isStored) throw new RequestFault('previous_response_id is not known here', 'previous_response_id');
}

/** What another dialect's request says and Kiro has no member for; each once. */
function warnOfLost(request: ModelRequest, { warn, kept }: EncodeRequestContext): void {
  const { sampling, output } = request;
  const reason = 'Kiro has no such setting';
  for (const [name, value] of Object.entries(sampling)) {
    // One answer is what everybody gets.
    const isUsual = value === undefined || value === false || (name === 'candidates' && value === 1);
    if (!isUsual) warn({ path: `sampling.${name}`, reason });
  }
  for (const name of ['cacheKey', 'userId', 'metadata', 'serviceTier'] as const) {
    if (request[name] !== undefined) warn({ path: name, reason });
  }
  if (request.parallelToolCalls === false) warn({ path: 'parallelToolCalls', reason });
  for (const name of output?.type === 'json-schema' ? (['name', 'description'] as const) : []) {
    if (output?.type === 'json-schema' && output[name] !== undefined) warn({ path: `output.${name}`, reason });
  }
  for (const path of markedPlaces(request, ['cache', 'citations', 'detail'])) warn({ path, reason });
  for (const path of lostMembers(request, kept)) {
    warn({ path, reason: 'only the dialect of this request has this member' });
  }
}
