import { hash } from 'node:crypto';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

/** The backend takes ids of these kinds only, and none longer. */
const MAX_ID_CHARS = 64;
const PREFIX_OF: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
};

/** Conversation items as the ChatGPT backend takes them; the same array when nothing had to change. */
export function shapeInput(input: readonly JsonValue[]): readonly JsonValue[] {
  const taken = new Set<string>();
  const shaped = input.flatMap((item): readonly JsonValue[] => (isObject(item) ? shapeItem(item, taken) : [item]));
  const isSame = shaped.length === input.length && shaped.every((item, at) => item === input[at]);
  return isSame ? input : shaped;
}

function shapeItem(item: JsonObject, taken: Set<string>): readonly JsonObject[] {
  const type = item['type'] ?? (item['role'] === undefined ? undefined : 'message');
  if (type === 'reasoning') return shapeReasoning(item, taken);
  let shaped = item;
  if (type === 'message') {
    if (item['role'] === 'system') shaped = { ...shaped, role: 'developer' };
    const content = withoutBreakpoints(item['content']);
    if (content !== item['content']) shaped = { ...shaped, content };
  }
  return [withId(shaped, String(type), taken)];
}

/** Nothing is stored there: thinking without its encrypted form cannot be found by its id. */
function shapeReasoning(item: JsonObject, taken: Set<string>): readonly JsonObject[] {
  const { encrypted_content: encrypted, ...plain } = item;
  if (typeof encrypted === 'string' && encrypted !== '') {
    const { id } = item;
    // The encrypted form names its id: a shortened one would not fit.
    return typeof id === 'string' && id.length > MAX_ID_CHARS ? [] : [withId(item, 'reasoning', taken)];
  }
  if (encrypted === undefined && item['id'] === undefined) return [item];
  const { id: _id, ...rest } = plain;
  return [rest];
}

function withId(item: JsonObject, type: string, taken: Set<string>): JsonObject {
  const { id } = item;
  if (typeof id !== 'string') return item;
  const prefix = PREFIX_OF[type];
  const named = prefix === undefined || id.startsWith(`${prefix}_`) ? id : `${prefix}_${id}`;
  let fitting = named.length <= MAX_ID_CHARS ? named : shortened(named, prefix ?? 'item', id);
  for (let n = 2; taken.has(fitting); n++) fitting = shortened(named, prefix ?? 'item', `${id} ${n}`);
  taken.add(fitting);
  return fitting === id ? item : { ...item, id: fitting };
}

/** The same id each turn, or the prompt cache is lost. */
const shortened = (named: string, prefix: string, seed: string): string =>
  `${prefix}_${hash('sha256', `${named} ${seed}`, 'hex').slice(0, 40)}`;

function withoutBreakpoints(content: JsonValue | undefined): JsonValue | undefined {
  if (!Array.isArray(content)) return content;
  const parts: readonly JsonValue[] = content;
  if (!parts.some((part) => isObject(part) && part['prompt_cache_breakpoint'] !== undefined)) return content;
  return parts.map((part) => {
    if (!isObject(part)) return part;
    const { prompt_cache_breakpoint: _, ...rest } = part;
    return rest;
  });
}
