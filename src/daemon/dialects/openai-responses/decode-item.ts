import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { MediaPart, Part, ReasoningPart, SearchPart, ToolCallPart } from '../../ir/request.js';
import { decodeContent } from './content.js';
import { readState } from './reasoning-state.js';
import { joinNamespace } from './tools.js';
import { compact, DIALECT, isArray, keep, type Members, openMembers } from './wire.js';

/**
 * Reads an item the model made: an assistant message, reasoning, a call, a search, an image. Any other item, and one that
 * is not as it should be, stays native.
 *
 * The first part of a message has the item's other members under `$item`, the following parts are marked `$more`; every
 * other part is an item of its own.
 */
export function decodeItem(item: JsonObject, members: Members): readonly Part[] {
  switch (item['type']) {
    case undefined:
    case null:
    case 'message':
      return decodeAssistantMessage(item, members);
    case 'reasoning':
      return [decodeReasoningItem(item, members)];
    case 'function_call':
    case 'custom_tool_call':
      return [decodeCall(members)];
    case 'web_search_call':
      return [decodeSearch(item, members)];
    case 'image_generation_call':
      return [decodeImageCall(item, members)];
    default:
      return [native(item)];
  }
}

const native = (value: JsonObject): Part => ({ type: 'native', dialect: DIALECT, value });

/** Reads an item of an upstream's answer, as far as it can be read. */
export const decodeOutputItem = (item: JsonObject): readonly Part[] =>
  decodeItem(item, openMembers(item, '', 'ignore'));

function decodeAssistantMessage(item: JsonObject, members: Members): readonly Part[] {
  const content = item['content'];
  if (typeof content === 'string') {
    members.use('content');
    return [{ type: 'text', text: content, ...keep({ $item: messageMembers(members, { $content: 'string' }) }) }];
  }
  const list = members.array('content');
  if (list === undefined || list.length === 0) return [native(item)];
  const own = messageMembers(members, {});
  return list.map((value, index) => {
    const at = `${members.at('content')}[${index}]`;
    const part = decodeContent(isObject(value) ? value : {}, members.within(value, at), 'output_text');
    const mark: JsonObject = index === 0 ? { $item: own } : { $more: true };
    return { ...part, ...keep({ ...part.ext?.[DIALECT], ...mark }) };
  });
}

function messageMembers(members: Members, hints: JsonObject): JsonObject {
  const isTyped = members.string('type') !== undefined;
  members.use('role');
  return { ...members.rest(), ...hints, ...(isTyped ? {} : { $type: 'absent' }) };
}

function decodeReasoningItem(item: JsonObject, members: Members): ReasoningPart {
  members.use('type');
  const encrypted = members.string('encrypted_content');
  const summary = textsOf(members.array('summary'));
  // Open-weight models show the reasoning itself and have no summary.
  const text = (summary.length > 0 ? summary : textsOf(members.array('content'))).join('\n\n');
  return {
    type: 'reasoning',
    text,
    ...(encrypted === undefined || encrypted === '' ? {} : readState(encrypted)),
    ...keep(
      compact({
        ...members.rest(),
        summary: item['summary'],
        content: item['content'],
        ...(encrypted === '' ? { encrypted_content: '' } : {}),
      }),
    ),
  };
}

const textsOf = (list: readonly JsonValue[] | undefined): string[] =>
  (list ?? []).flatMap((entry) => (isObject(entry) && typeof entry['text'] === 'string' ? [entry['text']] : []));

function decodeCall(members: Members): ToolCallPart {
  const isCustom = members.use('type') === 'custom_tool_call';
  const id = members.requiredString('call_id');
  const local = members.requiredString('name');
  const input = members.requiredString(isCustom ? 'input' : 'arguments');
  const namespace = members.string('namespace');
  return {
    type: 'tool-call',
    id,
    name: namespace === undefined ? local : joinNamespace(namespace, local),
    input,
    ...(isCustom ? { custom: true } : {}),
    ...keep({ ...members.rest(), ...(namespace === undefined ? {} : { $namespace: namespace, $name: local }) }),
  };
}

function decodeSearch(item: JsonObject, members: Members): SearchPart {
  members.use('type');
  const id = members.string('id');
  const action = isObject(item['action']) ? item['action'] : {};
  const queries = isArray(action['queries']) ? action['queries'] : [action['query']];
  const sources = isArray(action['sources']) ? action['sources'] : [];
  return {
    type: 'search',
    id: id ?? '',
    queries: queries.filter((query) => typeof query === 'string'),
    results: sources.flatMap((source) =>
      isObject(source) && typeof source['url'] === 'string' ? [{ url: source['url'] }] : [],
    ),
    ...keep(id === undefined ? { ...members.rest(), $id: 'absent' } : members.rest()),
  };
}

const IMAGE_FORMATS: readonly JsonValue[] = ['png', 'jpeg', 'webp'];

function decodeImageCall(item: JsonObject, members: Members): Part {
  const result = members.string('result');
  if (result === undefined || result === '') return native(item);
  members.use('type');
  const format = item['output_format'];
  return {
    type: 'media',
    mediaType: IMAGE_FORMATS.includes(format ?? 'png') ? `image/${format ?? 'png'}` : 'image/png',
    source: { kind: 'base64', data: result },
    ...keep({ ...members.rest(), $type: 'image_generation_call' }),
  } satisfies MediaPart;
}
