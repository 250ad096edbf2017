import type { JsonObject } from '../../ir/json.js';
import type { Message, ModelRequest, Part, ReasoningPart, ToolResultPart } from '../../ir/request.js';
import { pairToolResults } from '../../ir/tool-turns.js';
import type { EncodeRequestContext } from '../dialect.js';
import { encodeContent } from './encode-content.js';
import type { WireNames } from './names.js';
import { DIALECT } from './wire.js';

export interface EncodedInput {
  readonly instructions?: string;
  readonly input: readonly JsonObject[];
}

interface InputContext extends EncodeRequestContext {
  readonly names: WireNames;
  /** Mid-conversation system turns become marked user turns. */
  readonly remindsUser: boolean;
}

/** Instructions and input items for a request of another dialect. */
export function encodeInput(request: ModelRequest, names: WireNames, context: EncodeRequestContext): EncodedInput {
  const { messages } = request;
  const firstTurn = messages.findIndex(({ role }) => role !== 'system');
  const leading = firstTurn === -1 ? messages : messages.slice(0, firstTurn);
  const rest = firstTurn === -1 ? [] : messages.slice(firstTurn);
  // Chat has a role for each message here; the other dialects have one system text, which is what instructions are.
  const count = request.dialect === 'openai-chat' ? 1 : leading.length;
  const instructions = leading
    .slice(0, count)
    .map(systemText)
    .filter((text) => text !== '')
    .join('\n\n');
  const inner: InputContext = { ...context, names, remindsUser: request.dialect === 'anthropic-messages' };
  const later = leading.slice(count).flatMap(encodeSystem);
  const turns = pairToolResults(rest, { synthesize: true }).flatMap((message, index) =>
    encodeMessage(message, `messages[${leading.length + index}]`, inner),
  );
  // An input without items is refused: then the system texts are the conversation.
  if (later.length + turns.length === 0) return { input: leading.flatMap(encodeSystem) };
  return { ...(instructions === '' ? {} : { instructions }), input: [...later, ...turns] };
}

const systemText = ({ content }: Message): string =>
  content.flatMap((part) => (part.type === 'text' && part.text !== '' ? [part.text] : [])).join('\n\n');

function encodeSystem(message: Message): JsonObject[] {
  const text = systemText(message);
  // The common form knows no developer; chat, which has the same two roles as this API, keeps which one it was.
  const role = message.ext?.['openai-chat']?.['$role'] === 'developer' ? 'developer' : 'system';
  return text === '' ? [] : [{ type: 'message', role, content: [{ type: 'input_text', text }] }];
}

function encodeMessage(message: Message, path: string, context: InputContext): JsonObject[] {
  switch (message.role) {
    case 'system':
      return context.remindsUser ? reminder(message) : encodeSystem(message);
    case 'user': {
      const content = encodeContent(message.content, `${path}.content`, context.warn);
      return content.length === 0 ? [] : [{ type: 'message', role: 'user', content }];
    }
    case 'assistant':
      return encodeAssistant(message.content, path, context);
    case 'tool':
      return message.content.flatMap((part, index) =>
        part.type === 'tool-result' ? [encodeResult(part, `${path}.content[${index}]`, context)] : [],
      );
  }
}

function reminder(message: Message): JsonObject[] {
  const text = systemText(message);
  if (text === '') return [];
  const wrapped = `<system-reminder>\n${text}\n</system-reminder>`;
  return [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: wrapped }] }];
}

/** Text goes into messages; what stands between two texts parts them, because items keep the order of the turn. */
function encodeAssistant(parts: readonly Part[], path: string, context: InputContext): JsonObject[] {
  const items: JsonObject[] = [];
  let content: JsonObject[] | undefined;
  parts.forEach((part, index) => {
    if (part.type === 'text') {
      if (part.text === '') return;
      if (content === undefined) {
        content = [];
        items.push({ type: 'message', role: 'assistant', content });
      }
      content.push(part.refusal ? { type: 'refusal', refusal: part.text } : { type: 'output_text', text: part.text });
      return;
    }
    content = undefined;
    items.push(...encodeAssistantPart(part, `${path}.content[${index}]`, context));
  });
  return items;
}

function encodeAssistantPart(part: Part, path: string, { names, model, warn }: InputContext): JsonObject[] {
  switch (part.type) {
    case 'tool-call': {
      const head = { call_id: names.call(part.id), name: names.tool(part.name) };
      return part.custom
        ? [{ type: 'custom_tool_call', ...head, input: part.input }]
        : [{ type: 'function_call', ...head, arguments: part.input === '' ? '{}' : part.input }];
    }
    case 'reasoning': {
      const item = encodeReasoningItem(part, model.isCompat === true);
      if (item === undefined) warn({ path, reason: 'thinking of another vendor is not sent on' });
      return item === undefined ? [] : [item];
    }
    default:
      warn({ path, reason: `a "${part.type}" block of the assistant has no place here` });
      return [];
  }
}

/** Encrypted content is one base64 word; anything else is not from this API and answered with 400. */
const ENCRYPTED = /^[\w+/=.:-]+$/;

function encodeReasoningItem({ text, opaque }: ReasoningPart, isCompat: boolean): JsonObject | undefined {
  if (opaque?.origin === DIALECT && ENCRYPTED.test(opaque.value)) {
    return { type: 'reasoning', summary: [], encrypted_content: opaque.value };
  }
  return isCompat && text !== '' ? { type: 'reasoning', summary: [{ type: 'summary_text', text }] } : undefined;
}

function encodeResult(part: ToolResultPart, path: string, { names, warn }: InputContext): JsonObject {
  return {
    type: part.custom ? 'custom_tool_call_output' : 'function_call_output',
    call_id: names.call(part.callId),
    output: encodeOutput(part, path, warn),
  };
}

function encodeOutput(
  { content, isError }: ToolResultPart,
  path: string,
  warn: EncodeRequestContext['warn'],
): string | JsonObject[] {
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  const text = texts.join('\n\n');
  const prefix = isError && !/^error/i.test(text) ? 'Error: ' : '';
  const others = content.filter((part) => part.type !== 'text');
  if (others.length === 0) return prefix + text;
  const encoded = encodeContent(content, `${path}.content`, warn);
  return prefix === '' ? encoded : [{ type: 'input_text', text: prefix.trim() }, ...encoded];
}
