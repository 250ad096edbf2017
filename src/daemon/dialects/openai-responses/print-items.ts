import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type {
  MediaPart,
  Message,
  NativePart,
  Part,
  ReasoningPart,
  SearchPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../ir/request.js';
import { printContent, type TextType } from './content.js';
import { compact, DIALECT, kept, wireMembers } from './wire.js';

/** Told of each state of another vendor that is left out. */
export type DropForeign = () => void;

export const textOf = (parts: readonly Part[]): string =>
  parts.map((part) => (part.type === 'text' ? part.text : '')).join('');

/** Prints the items of a message that this dialect decoded, as they were. */
export function printMessage(message: Message, drop: DropForeign): readonly JsonObject[] {
  switch (message.role) {
    case 'assistant':
      return printItems(message.content, drop);
    case 'tool':
      return message.content.flatMap((part) => (part.type === 'tool-result' ? [printResult(part)] : []));
    default:
      return [printTurn(message)];
  }
}

function printTurn(message: Message): JsonObject {
  const { $content, $type, $role, $native, ...rest } = kept(message);
  const [only] = message.content;
  if ($native === true && only?.type === 'native') return only.value;
  return compact({
    type: $type === 'absent' ? undefined : 'message',
    role: $role ?? message.role,
    content: $content === 'string' ? textOf(message.content) : printContents(message.content, 'input_text'),
    ...wireMembers(rest),
  });
}

const printContents = (parts: readonly Part[], plain: TextType): JsonObject[] =>
  parts.filter(isContentPart).map((part) => printContent(part, plain));

const isContentPart = (part: Part): part is TextPart | MediaPart | NativePart =>
  part.type === 'text' || part.type === 'media' || part.type === 'native';

function printResult(part: ToolResultPart): JsonObject {
  const { $content, ...rest } = kept(part);
  return {
    type: part.custom ? 'custom_tool_call_output' : 'function_call_output',
    call_id: part.callId,
    output: $content === 'string' ? textOf(part.content) : printContents(part.content, 'input_text'),
    ...wireMembers(rest),
  };
}

/** Prints parts that the model made, as items. */
function printItems(parts: readonly Part[], drop: DropForeign): JsonObject[] {
  const items: JsonObject[] = [];
  let content: JsonObject[] | undefined;
  for (const part of parts) {
    const { $item: item, $more: more, ...rest } = kept(part);
    if (isObject(item) && isContentPart(part)) {
      const printed = printContent(withMembers(part, rest), 'output_text');
      const { $content, $type, ...members } = item;
      const head = $type === 'absent' ? {} : { type: 'message' };
      if ($content === 'string') {
        content = undefined;
        items.push({ ...head, role: 'assistant', content: textOf([part]), ...members });
      } else {
        content = [printed];
        items.push({ ...head, role: 'assistant', content, ...members });
      }
      continue;
    }
    if (more === true && content !== undefined && isContentPart(part)) {
      content.push(printContent(withMembers(part, rest), 'output_text'));
      continue;
    }
    content = undefined;
    items.push(...printItem(part, drop));
  }
  return items;
}

const withMembers = <T extends Part>(part: T, members: JsonObject): T => ({ ...part, ext: { [DIALECT]: members } });

function printItem(part: Part, drop: DropForeign): readonly JsonObject[] {
  switch (part.type) {
    case 'reasoning':
      return printReasoningItem(part, drop);
    case 'tool-call':
      return [printCall(part)];
    case 'search':
      return [printSearch(part)];
    case 'media':
      return [printImageCall(part)];
    case 'native':
      return [part.value];
    default:
      return [];
  }
}

function printReasoningItem(part: ReasoningPart, drop: DropForeign): readonly JsonObject[] {
  if (part.opaque !== undefined && part.opaque.origin !== DIALECT) {
    drop();
    return [];
  }
  return [compact({ type: 'reasoning', encrypted_content: part.opaque?.value, ...wireMembers(kept(part)) })];
}

function printCall(part: ToolCallPart): JsonObject {
  const { $namespace: namespace, $name: local, ...rest } = kept(part);
  return compact({
    type: part.custom ? 'custom_tool_call' : 'function_call',
    call_id: part.id,
    name: local ?? part.name,
    namespace,
    [part.custom ? 'input' : 'arguments']: part.input,
    ...wireMembers(rest),
  });
}

function printSearch(part: SearchPart): JsonObject {
  const { $id, ...rest } = kept(part);
  return compact({ type: 'web_search_call', id: $id === 'absent' ? undefined : part.id, ...wireMembers(rest) });
}

function printImageCall(part: MediaPart): JsonObject {
  const result: JsonValue = part.source.kind === 'base64' ? part.source.data : null;
  return { type: 'image_generation_call', result, ...wireMembers(kept(part)) };
}
