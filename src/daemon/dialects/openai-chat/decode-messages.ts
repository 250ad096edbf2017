import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { parseDataUrl } from '../../ir/media.js';
import { openOpaque } from '../../ir/opaque.js';
import type { Message, Part, ReasoningPart, ToolCallPart, ToolResultPart } from '../../ir/request.js';
import { cacheOf, decodePart } from './decode-parts.js';
import { encodeOwnCall } from './encode-own-calls.js';
import { openStateKeeper, reasoningText } from './reasoning.js';
import { extensionOf, type Fields, isSameJson, listOf, OPENAI_CHAT, objectOf, openFields, textOf } from './wire.js';

/** Facts of earlier messages that later ones need. */
interface History {
  /** Ids of calls to custom tools. */
  readonly custom: Set<string>;
  /** Legacy `function_call`s have no id: name -> the id made for the latest one. */
  readonly legacy: Map<string, string>;
}

/** @throws RequestFault naming the member that is malformed. */
export function decodeMessages(messages: readonly JsonValue[]): Message[] {
  if (messages.length === 0) throw new RequestFault('messages must not be empty', 'messages', { code: 'empty_array' });
  const history: History = { custom: new Set(), legacy: new Map() };
  return messages.map((message, index) => decodeMessage(openFields(message, `messages[${index}]`), history));
}

function decodeMessage(fields: Fields, history: History): Message {
  const role = fields.requiredString('role');
  switch (role) {
    case 'system':
    case 'developer':
    case 'user': {
      const { parts, hints } = decodeContent(fields);
      const spoken = role === 'developer' ? { $role: role } : {};
      const carried = { ...cacheOf(fields.rest), ...extensionOf(fields.rest, { ...hints, ...spoken }) };
      return { role: role === 'user' ? 'user' : 'system', content: parts, ...carried };
    }
    case 'assistant':
      return decodeAssistant(fields, history);
    case 'tool':
      return decodeToolMessage(fields, fields.requiredString('tool_call_id'), history);
    case 'function': {
      const name = fields.requiredString('name');
      return decodeToolMessage(fields, history.legacy.get(name) ?? name, history, { $role: 'function', $name: name });
    }
    default: {
      const known = 'system, developer, user, assistant, tool, function';
      throw new RequestFault(`${fields.at('role')} must be one of ${known}`, fields.at('role'), {
        code: 'invalid_value',
      });
    }
  }
}

interface Content {
  readonly parts: Part[];
  /** Text and list say the same in one part; `$content` remembers which it was. */
  readonly hints: JsonObject;
}

function decodeContent(fields: Fields): Content {
  const raw = fields.rest['content'];
  if (raw === undefined) return { parts: [], hints: { $content: 'absent' } };
  // `null` stays in the rest, from where it is printed again.
  if (raw === null) return { parts: [], hints: { $content: 'absent' } };
  if (typeof raw === 'string') {
    fields.string('content');
    return { parts: raw === '' ? [] : [{ type: 'text', text: raw }], hints: { $content: 'string' } };
  }
  if (!Array.isArray(raw)) {
    throw new RequestFault(`${fields.at('content')} must be a string or an array`, fields.at('content'), {
      code: 'invalid_type',
    });
  }
  const values = fields.array('content') ?? [];
  return { parts: values.map((value, index) => decodePart(value, `${fields.at('content')}[${index}]`)), hints: {} };
}

function decodeToolMessage(fields: Fields, callId: string, { custom }: History, more: JsonObject = {}): Message {
  const { parts, hints } = decodeContent(fields);
  const result: ToolResultPart = {
    type: 'tool-result',
    callId,
    content: parts,
    ...(custom.has(callId) ? { custom: true } : {}),
    ...extensionOf({}, hints),
  };
  return { role: 'tool', content: [result], ...cacheOf(fields.rest), ...extensionOf(fields.rest, more) };
}

/**
 * Reasoning, a refusal, images and a legacy call stand beside `content`. They stay among the message's own fields, and
 * the parts read from them are marked `$derived` so that they are not printed twice.
 */
function decodeAssistant(fields: Fields, history: History): Message {
  const { parts, hints } = decodeContent(fields);
  const calls = fields
    .list('tool_calls')
    .map((call, index) => decodeCall(call, `${fields.at('tool_calls')}[${index}]`));
  const { rest } = fields;
  const content = [
    ...reasoningBeside(rest),
    ...parts,
    ...refusalBeside(rest),
    ...imagesBeside(rest),
    ...calls,
    ...legacyCall(fields, history),
  ];
  for (const call of calls) if (call.custom === true) history.custom.add(call.id);
  return { role: 'assistant', content, ...cacheOf(rest), ...extensionOf(rest, hints) };
}

const DERIVED = { [OPENAI_CHAT]: { $derived: true } } as const;

function reasoningBeside(rest: JsonObject): ReasoningPart[] {
  const text = reasoningText(rest) ?? '';
  const keeper = openStateKeeper();
  keeper.add(rest);
  const state = keeper.packed();
  if (text === '' && state === undefined) return [];
  const opaque = state === undefined ? {} : { opaque: { origin: OPENAI_CHAT, value: state } };
  return [{ type: 'reasoning', text, ...opaque, ext: DERIVED }];
}

function refusalBeside(rest: JsonObject): Part[] {
  const text = textOf(rest['refusal']);
  return text === undefined ? [] : [{ type: 'text', text, refusal: true, ext: DERIVED }];
}

/** Pictures a model drew earlier, as OpenRouter, and we too, send them in answers. */
function imagesBeside(rest: JsonObject): Part[] {
  return listOf(rest['images']).flatMap((image) => {
    const url = textOf(objectOf(objectOf(image)?.['image_url'])?.['url']);
    const parsed = url === undefined ? undefined : parseDataUrl(url);
    if (parsed === undefined) return [];
    const { mediaType = 'image/png', data } = parsed;
    return [{ type: 'media' as const, mediaType, source: { kind: 'base64' as const, data }, ext: DERIVED }];
  });
}

function legacyCall({ rest, path }: Fields, { legacy }: History): Part[] {
  const call = objectOf(rest['function_call']);
  const name = textOf(call?.['name']);
  if (name === undefined) return [];
  const id = `call_${path.replace(/\D/g, '')}_${name}`;
  legacy.set(name, id);
  return [{ type: 'tool-call', id, name, input: inputText(call?.['arguments']), ext: DERIVED }];
}

/** Arguments are JSON text; a few clients send the object itself. */
const inputText = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? value : isObject(value) ? JSON.stringify(value) : '';

function decodeCall(value: JsonValue, path: string): ToolCallPart {
  const fields = openFields(value, path);
  const type = fields.string('type') ?? 'function';
  if (type !== 'function' && type !== 'custom') {
    throw new RequestFault(`${fields.at('type')} must be function or custom`, fields.at('type'), {
      code: 'invalid_value',
    });
  }
  const id = fields.string('id') ?? '';
  const inner = openFields(fields.requiredObject(type), fields.at(type));
  const name = inner.requiredString('name');
  const inputKey = type === 'custom' ? 'input' : 'arguments';
  const input =
    typeof inner.rest[inputKey] === 'string' ? (inner.string(inputKey) ?? '') : inputText(inner.value(inputKey));
  const signature = thoughtSignature(fields.rest, inner.rest);
  const hints = Object.keys(inner.rest).length === 0 ? {} : { $inner: inner.rest };
  const call: ToolCallPart = {
    type: 'tool-call',
    id,
    name,
    input,
    ...(type === 'custom' ? { custom: true } : {}),
    // The slot is Google's invention: a bare value in it was issued by Gemini.
    ...(signature === undefined ? {} : { opaque: openOpaque(signature, 'gemini-generate') }),
    ...cacheOf(fields.rest),
    ...extensionOf(fields.rest, hints),
  };
  return isSameJson(encodeOwnCall(call), value) ? call : { ...call, ...extensionOf({ $call: value }) };
}

/** gemini.md 5.2: all the places where clients and servers put it. */
export function thoughtSignature(call: JsonObject, inner: JsonObject): string | undefined {
  const google = (holder: JsonObject): JsonValue | undefined =>
    objectOf(objectOf(holder['extra_content'])?.['google'])?.['thought_signature'];
  return (
    textOf(google(call)) ??
    textOf(google(inner)) ??
    textOf(call['thought_signature']) ??
    textOf(call['thoughtSignature']) ??
    textOf(inner['thought_signature'])
  );
}
