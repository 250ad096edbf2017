import type { EncodeRequestContext } from '../../dialects/dialect.js';
import { RequestFault } from '../../ir/error.js';
import type { Message, ModelRequest, OutputFormat, Reasoning, ToolChoice } from '../../ir/request.js';
import { BUDGET_OF } from '../../ir/thinking.js';
import type { ToolNames } from './tool-names.js';
import { isWebSearch, SEARCH_TOOL } from './tool-specs.js';

/**
 * The request with what system messages within the conversation say as reminders at their place, where they have one:
 * Anthropic's clients add them as they go, and a changed beginning would cost the whole prompt's cache.
 */
export function withReminders(request: ModelRequest): ModelRequest {
  const first = request.messages.findIndex(({ role }) => role !== 'system');
  if (request.dialect !== 'anthropic-messages' || first === -1) return request;
  const messages = request.messages.map((message, at): Message => {
    if (message.role !== 'system' || at < first) return message;
    const texts = message.content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
    const text = `<system-reminder>\n${texts.join('\n')}\n</system-reminder>`;
    return { role: 'user', content: [{ type: 'text', text }] };
  });
  return { ...request, messages };
}

/** The system texts of a request, wherever they stood. */
export function systemTexts({ messages }: ModelRequest, { warn }: EncodeRequestContext): readonly string[] {
  return messages.flatMap(({ role, content }, at) => {
    if (role !== 'system') return [];
    if (content.some(({ type }) => type !== 'text')) {
      warn({ path: `messages[${at}].content`, reason: 'a system prompt is text only' });
    }
    const text = content.flatMap((part) => (part.type === 'text' && part.text.trim() !== '' ? [part.text] : []));
    return text.length === 0 ? [] : [text.join('\n')];
  });
}

/** Kiro takes no setting for these: the prompt asks for them. */
export function instructions(
  request: ModelRequest,
  { warn, model }: EncodeRequestContext,
  names: ToolNames,
): readonly string[] {
  const choice = choiceNote(request.toolChoice, request, names);
  const isAgentic = model.traits.has('writes-in-pieces') && request.tools.length > 0;
  const format = formatNote(request.output);
  if (choice !== undefined) warn({ path: 'toolChoice', reason: 'nothing enforces it here: the prompt asks for it' });
  if (format !== undefined) warn({ path: 'output', reason: 'nothing enforces it here: the prompt asks for it' });
  return [isAgentic ? IN_PIECES : undefined, choice, format].filter((note) => note !== undefined);
}

/** Kiro ends a tool call that takes more than two or three minutes to write. */
const IN_PIECES =
  'Write files in pieces: at most 300 lines in one tool call. Begin a larger file with its first part, and append the rest by further calls.';

function choiceNote(choice: ToolChoice | undefined, { tools }: ModelRequest, names: ToolNames): string | undefined {
  switch (choice?.mode) {
    case 'required':
      return 'You must call at least one of the tools in this answer.';
    case 'named': {
      if (tools.some((tool) => tool.kind === 'hosted' && isWebSearch(tool)) && /^web.search/.test(choice.name)) {
        return `You must call the tool ${SEARCH_TOOL} in this answer.`;
      }
      const isCallable = tools.some((tool) => tool.kind !== 'hosted' && tool.name === choice.name);
      if (isCallable) return `You must call the tool ${names.wire(choice.name)} in this answer.`;
      throw new RequestFault(`the tool "${choice.name}" does not exist for this model`, 'tool_choice');
    }
    default:
      return undefined;
  }
}

function formatNote(output: OutputFormat | undefined): string | undefined {
  if (output === undefined || output.type === 'text') return undefined;
  const note = 'Respond with one JSON object only: no other text, no code fence.';
  return output.type === 'json' ? note : `${note} It must match this JSON Schema:\n${JSON.stringify(output.schema)}`;
}

/** Switches thinking on, in the way that works: tags in front of the system prompt. `undefined`: off. */
export function thinkingTags(reasoning: Reasoning | undefined): string | undefined {
  switch (reasoning?.mode) {
    case 'budget':
      return budgetTags(reasoning.budgetTokens ?? BUDGET_OF.medium);
    case 'auto':
      return ADAPTIVE;
    case 'effort':
      return `${ADAPTIVE}<thinking_effort>${levelOf(reasoning)}</thinking_effort>`;
    default:
      return undefined;
  }
}

const ADAPTIVE = '<thinking_mode>adaptive</thinking_mode>';

const budgetTags = (tokens: number): string =>
  `<thinking_mode>enabled</thinking_mode><max_thinking_length>${tokens}</max_thinking_length>`;

/** Three levels are known. */
function levelOf({ effort }: Reasoning): 'low' | 'medium' | 'high' {
  if (effort === 'minimal' || effort === 'low') return 'low';
  return effort === 'medium' ? 'medium' : 'high';
}

/** A client that switches thinking on by itself is left to it. */
export const hasThinkingTags = (texts: readonly string[]): boolean =>
  texts.some((text) => text.includes('<thinking_mode>') || text.includes('<max_thinking_length>'));
