import { limitCacheBreakpoints } from '../../ir/cache-markers.js';
import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import type { ModelRequest, OutputFormat } from '../../ir/request.js';
import type { EncodedRequest, EncodeRequestContext, Restore } from '../dialect.js';
import { encodeOwnRequest } from './encode-own.js';
import { type EncodedTools, encodeTools } from './encode-tools.js';
import { encodeSystem, encodeTurns, isThinkingBlock, type Turn } from './encode-turns.js';
import { warnOfLost } from './lost.js';
import { type OutputPlan, planOutput } from './output-format.js';
import { isThinkingActive, type ThinkingFields, writeReasoning } from './reasoning.js';
import { encodeSampling, maxTokensFor } from './sampling.js';
import { ID } from './wire.js';

/**
 * Prints a decoded request of any dialect as a Messages body.
 * @throws RequestFault for media, several answers, and built-in tools that cannot be expressed here.
 */
export function encodeRequest(request: ModelRequest, context: EncodeRequestContext): EncodedRequest {
  const { model, warn } = context;
  if (request.dialect === ID) return { body: encodeOwnRequest(request, model), restore: {} };
  refuseStoredConversation(request);
  warnOfLost(request, context);

  const tools = encodeTools(request, context);
  const turns = encodeTurns(request, { ...context, names: tools.names });
  const maxTokens = maxTokensFor(request.sampling, model);
  const thinking = settleThinking(writeReasoning(request.reasoning, model, maxTokens), { turns, tools, context });
  const isThinking = isThinkingActive(thinking);
  if ((request.sampling.maxOutputTokens ?? 0) > maxTokens) {
    warn({ path: 'sampling.maxOutputTokens', reason: `lowered to ${maxTokens}, the most this model takes` });
  }
  const plan = planOutput(request.output, { model, isThinking, hasTools: tools.tools.length > 0 });
  warnOfOutput(request.output, plan, warn);
  const system = [...encodeSystem(request, context), ...noteBlocks(plan)];
  const outputConfig = {
    ...(thinking.effort === undefined ? {} : { effort: thinking.effort }),
    ...(plan.kind === 'format' ? { format: plan.format } : {}),
  };

  const body: JsonObject = {
    model: model.id,
    max_tokens: maxTokens,
    ...(system.length === 0 ? {} : { system }),
    messages: turns.map(({ role, content }) => ({ role, content })),
    ...toolFields(tools, plan),
    ...(thinking.thinking === undefined ? {} : { thinking: thinking.thinking }),
    ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
    ...encodeSampling(request, { model, isThinking, warn }),
    ...identity(request, context),
    ...(request.stream ? { stream: true } : {}),
  };
  return { body: limitCacheBreakpoints(body), restore: restoreOf(tools, plan) };
}

function warnOfOutput(output: OutputFormat | undefined, plan: OutputPlan, warn: EncodeRequestContext['warn']): void {
  if (plan.kind === 'note') warn({ path: 'output', reason: 'nothing enforces it here: the prompt asks for it' });
  if (plan.kind !== 'format' || output?.type !== 'json-schema') return;
  for (const name of ['name', 'description'] as const) {
    if (output[name] !== undefined) warn({ path: `output.${name}`, reason: `a schema has no ${name} here` });
  }
}

/** Thinking is given up where the vendor would refuse the request for it. */
function settleThinking(
  fields: ThinkingFields,
  parts: { readonly turns: readonly Turn[]; readonly tools: EncodedTools; readonly context: EncodeRequestContext },
): ThinkingFields {
  if (!isThinkingActive(fields)) return fields;
  const { warn } = parts.context;
  const choice = parts.tools.choice?.['type'];
  if (choice === 'any' || choice === 'tool') {
    warn({ path: 'reasoning', reason: 'the vendor refuses thinking together with a forced tool' });
    return {};
  }
  const last = parts.turns.findLast(({ role }) => role === 'assistant');
  const [first] = last?.content ?? [];
  const isBare = first !== undefined && !isThinkingBlock(first);
  if (isBare && last?.content.some(({ type }) => type === 'tool_use') === true) {
    warn({ path: 'reasoning', reason: 'the last tool turn has no thinking block of this vendor to continue from' });
    return { thinking: { type: 'disabled' } };
  }
  if (isBare && last === parts.turns.at(-1)) {
    warn({ path: 'reasoning', reason: 'an answer that the client began cannot be continued with thinking' });
    return { thinking: { type: 'disabled' } };
  }
  return fields;
}

const noteBlocks = (plan: OutputPlan): JsonObject[] =>
  plan.kind === 'note' ? [{ type: 'text', text: plan.text }] : [];

function toolFields({ tools, choice }: EncodedTools, plan: OutputPlan): JsonObject {
  if (plan.kind === 'tool') {
    return {
      tools: [plan.tool],
      tool_choice: { type: 'tool', name: plan.name, disable_parallel_tool_use: true },
    };
  }
  if (tools.length === 0) return {};
  return { tools, ...(choice === undefined ? {} : { tool_choice: choice }) };
}

function restoreOf({ names, wrapped }: EncodedTools, plan: OutputPlan): Restore {
  return {
    ...(names.changed.size === 0 ? {} : { toolNames: names.changed }),
    ...(wrapped.size === 0 ? {} : { wrappedTools: wrapped }),
    ...(plan.kind === 'tool' ? { outputTool: plan.name } : {}),
  };
}

/** The vendor's two tiers; other vendors' names for theirs mean something else. */
const TIERS: ReadonlySet<string> = new Set(['auto', 'standard_only']);

function identity({ userId, serviceTier }: ModelRequest, { warn }: EncodeRequestContext): JsonObject {
  const hasTier = serviceTier !== undefined && TIERS.has(serviceTier);
  if (serviceTier !== undefined && !hasTier) {
    warn({ path: 'serviceTier', reason: `the Messages API has no tier ${serviceTier}` });
  }
  return {
    ...(userId === undefined ? {} : { metadata: { user_id: userId } }),
    ...(hasTier ? { service_tier: serviceTier } : {}),
  };
}

function refuseStoredConversation({ ext }: ModelRequest): void {
  const stored = Object.values(ext ?? {}).some((fields) => typeof fields['previous_response_id'] === 'string');
  if (stored) throw new RequestFault('previous_response_id is not known here', 'previous_response_id');
}
