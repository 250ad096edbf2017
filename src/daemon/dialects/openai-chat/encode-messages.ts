import { RequestFault } from '../../ir/error.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import type {
  Message,
  ModelRequest,
  Part,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../ir/request.js';
import { NO_RESULT, pairToolResults } from '../../ir/tool-turns.js';
import type { EncodeRequestContext, Warning } from '../dialect.js';
import { contentOf, describe, encodeMedia, encodeParts, isImage } from './encode-parts.js';
import type { ToolNames } from './encode-tools.js';
import { unpackState } from './reasoning.js';
import { OPENAI_CHAT } from './wire.js';

/** What printing a conversation of another dialect depends on. */
export interface MessageContext {
  readonly dialect: string;
  readonly model: EncodeRequestContext['model'];
  readonly warn: (warning: Warning) => void;
  readonly names: ToolNames;
}

/** Prints the conversation: one `tool` message per result, directly behind the calls. */
export function encodeMessages(request: ModelRequest, context: MessageContext): JsonObject[] {
  const lead = leadingSystem(request.messages);
  const turns = request.messages.map((message, index) =>
    message.role === 'system' && index >= lead ? reminder(message, request.dialect) : message,
  );
  const paired = pairToolResults(joinAssistants(turns), { synthesize: true, order: 'received' });
  return paired.flatMap((message, index) => encodeMessage(message, context, `messages[${index}]`));
}

const leadingSystem = (messages: readonly Message[]): number => {
  const first = messages.findIndex(({ role }) => role !== 'system');
  return first === -1 ? messages.length : first;
};

/** Anthropic's notes between turns are no instructions of the operator, so they come as the user's. */
function reminder(message: Message, dialect: string): Message {
  if (dialect !== 'anthropic-messages') return message;
  const text = `<system-reminder>\n${textsOf(message.content).join('\n')}\n</system-reminder>`;
  return { role: 'user', content: [{ type: 'text', text }] };
}

/** Responses has one item per call; here they are one message, together with the text before them. */
function joinAssistants(messages: readonly Message[]): Message[] {
  const joined: Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (message.role === 'assistant' && last?.role === 'assistant') {
      joined[joined.length - 1] = { ...last, content: [...last.content, ...message.content] };
    } else {
      joined.push(message);
    }
  }
  return joined;
}

function encodeMessage(message: Message, context: MessageContext, path: string): JsonObject[] {
  switch (message.role) {
    case 'system':
      return encodeSystem(message, context.dialect);
    case 'user':
      return encodeUser(message, context, path);
    case 'assistant':
      return encodeAssistant(message, context, path);
    case 'tool':
      return message.content.flatMap((part) =>
        part.type === 'tool-result' ? [encodeResult(part, context, path)] : [],
      );
  }
}

/** Anthropic's blocks stay parts; the parts of one Gemini instruction are one text. */
function encodeSystem({ content }: Message, dialect: string): JsonObject[] {
  const texts = textsOf(content);
  if (texts.length === 0) return [];
  const asParts = dialect === 'anthropic-messages';
  return [{ role: 'system', content: asParts ? texts.map((text) => ({ type: 'text', text })) : texts.join('\n') }];
}

const textsOf = (parts: readonly Part[]): string[] =>
  parts.flatMap((part) => (part.type === 'text' && part.text !== '' ? [part.text] : []));

function encodeUser({ content }: Message, context: MessageContext, path: string): JsonObject[] {
  // Thinking in a user's turn was never the model's: translation.md 1.9.
  const shown = content.filter((part) => part.type !== 'reasoning');
  if (!takesImages(context) && shown.some((part) => part.type === 'media' && isImage(part))) {
    throw new RequestFault(`model ${context.model.id} takes no images`, path, { code: 'images_not_supported' });
  }
  const parts = encodeParts(shown, { path, warn: context.warn });
  return parts.length === 0 ? [] : [{ role: 'user', content: contentOf(parts) }];
}

const takesImages = ({ model }: MessageContext): boolean => model.inputModalities?.includes('image') ?? true;

function encodeAssistant({ content }: Message, context: MessageContext, path: string): JsonObject[] {
  const texts = content.filter((part): part is TextPart => part.type === 'text');
  const calls = content.filter((part): part is ToolCallPart => part.type === 'tool-call');
  const reasoning = content.filter((part): part is ReasoningPart => part.type === 'reasoning');
  for (const part of content) {
    if (part.type !== 'media' && part.type !== 'search' && part.type !== 'native') continue;
    context.warn({ path, reason: `an assistant's ${describe(part)} has no place in Chat Completions` });
  }
  // Citations cut one sentence into several blocks, so the pieces are joined as they are.
  const text = texts.map((part) => (part.refusal === true ? '' : part.text)).join('');
  const refusal = texts.map((part) => (part.refusal === true ? part.text : '')).join('');
  const thinking = encodeReasoningHistory(reasoning, context, path);
  if (text === '' && refusal === '' && calls.length === 0) return [];
  return [
    {
      role: 'assistant',
      content: text === '' ? null : text,
      ...(refusal === '' ? {} : { refusal }),
      ...thinking,
      ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => encodeCall(call, context)) }),
    },
  ];
}

/** Only what a Chat upstream issued goes back to one; a compat model gets all readable thinking. */
function encodeReasoningHistory(parts: readonly ReasoningPart[], context: MessageContext, path: string): JsonObject {
  const own = parts.filter(({ opaque }) => opaque?.origin === OPENAI_CHAT);
  const states = own.flatMap(({ opaque }) => (opaque === undefined ? [] : (unpackState(opaque.value) ?? [])));
  const kept = context.model.isCompat === true ? parts : own;
  const dropped = parts.length - kept.length;
  if (dropped > 0) context.warn({ path, reason: 'thinking of another vendor is left out of the history' });
  const text = kept.map((part) => (part.redacted === true ? '' : part.text)).join('');
  const opaque = states.find((state) => state.reasoning_opaque !== undefined)?.reasoning_opaque;
  const details = states.flatMap((state) => state.reasoning_details ?? []);
  const textKey = opaque !== undefined ? 'reasoning_text' : details.length > 0 ? 'reasoning' : 'reasoning_content';
  return {
    ...(text === '' ? {} : { [textKey]: text }),
    ...(opaque === undefined ? {} : { reasoning_opaque: opaque }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  };
}

function encodeCall(call: ToolCallPart, { names }: MessageContext): JsonObject {
  const { id, input, custom, opaque } = call;
  const text = custom === true ? JSON.stringify({ input }) : input;
  const signature = opaque?.origin === OPENAI_CHAT ? opaque.value : undefined;
  return {
    id,
    type: 'function',
    function: { name: names.wire(call.name), arguments: text.trim() === '' ? '{}' : text },
    ...(signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } }),
  };
}

function encodeResult(result: ToolResultPart, context: MessageContext, path: string): JsonObject {
  return { role: 'tool', tool_call_id: result.callId, content: resultContent(result, context, path) };
}

function resultContent(result: ToolResultPart, context: MessageContext, path: string): JsonValue {
  const canShow = takesImages(context);
  const media = result.content.filter((part) => part.type === 'media' && (canShow || !isImage(part)));
  for (const part of result.content) {
    if (part.type === 'text' || part.type === 'media') continue;
    context.warn({ path, reason: `a ${describe(part)} in a tool result has no place in Chat Completions` });
  }
  if (media.length === 0) {
    const texts = result.content.flatMap((part) => {
      if (part.type === 'media') return ['[image omitted]'];
      return part.type === 'text' ? [part.text] : [];
    });
    return markError(texts.filter((text) => text !== '').join(canShow ? '\n\n' : '\n'), result);
  }
  let isFirstText = true;
  return result.content.flatMap((part): JsonObject[] => {
    if (part.type === 'media')
      return canShow || !isImage(part) ? [encodeMedia(part, { path, warn: context.warn })] : [];
    if (part.type !== 'text' || part.text === '') return [];
    const text = isFirstText ? markError(part.text, result) : part.text;
    isFirstText = false;
    return [{ type: 'text', text }];
  });
}

/** There is no error flag here: the text says it, once. */
function markError(text: string, { isError }: ToolResultPart): string {
  return isError === true && text !== NO_RESULT && !/^error/i.test(text) ? `Error: ${text}` : text;
}
