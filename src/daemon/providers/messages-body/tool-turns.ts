import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

/** Ids of calls that other vendors gave, in the characters that Anthropic takes. Whether there were any. */
export function cleanCallIds(body: WireBody): boolean {
  return changeMessages(body, (messages) =>
    messages.map((message) =>
      withBlocks(message, (blocks) =>
        blocks.map((block) => {
          if (!isObject(block)) return block;
          return withCleanId(withCleanId(block, 'tool_use', 'id'), 'tool_result', 'tool_use_id');
        }),
      ),
    ),
  );
}

function withCleanId(block: JsonObject, type: string, member: string): JsonObject {
  const id = block[member];
  if (block['type'] !== type || typeof id !== 'string') return block;
  const clean = id.replace(/[^a-zA-Z0-9_-]/g, '_');
  return clean === id ? block : { ...block, [member]: clean };
}

/**
 * Puts the results of each turn's calls to the start of the next user turn, wherever they stood, and an error in place of
 * one that the client lost. Whether anything moved.
 */
export function pairResults(body: WireBody): boolean {
  return changeMessages(body, (messages) => {
    const called = new Set(messages.flatMap(callsOf));
    const results = new Map(
      messages.flatMap(blocksOf).flatMap((block) => (isResultOf(block, called) ? [[block['tool_use_id'], block]] : [])),
    );
    const paired: JsonValue[] = [];
    let waiting: readonly JsonValue[] = [];
    for (const message of messages) {
      const isUser = isObject(message) && message['role'] === 'user';
      if (waiting.length > 0 && !isUser) {
        paired.push({ role: 'user', content: waiting });
        waiting = [];
      }
      const before = waiting;
      const rest = isUser
        ? withBlocks(message, (blocks) => blocks.filter((block) => !isResultOf(block, called)))
        : message;
      waiting = callsOf(message).map((id) => results.get(id) ?? noResult(id));
      if (before.length === 0) {
        if (!isUser || rest === message || blocksOf(rest).length > 0) paired.push(rest);
      } else if (isObject(rest)) {
        const own = typeof rest['content'] === 'string' ? [{ type: 'text', text: rest['content'] }] : blocksOf(rest);
        paired.push({ ...rest, content: [...before, ...own] });
      }
    }
    return waiting.length > 0 ? [...paired, { role: 'user', content: waiting }] : paired;
  });
}

const noResult = (id: string): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  is_error: true,
  content: '[no result]',
});

const callsOf = (message: JsonValue): readonly string[] =>
  isObject(message) && message['role'] === 'assistant'
    ? blocksOf(message).flatMap((block) =>
        isObject(block) && block['type'] === 'tool_use' && typeof block['id'] === 'string' ? [block['id']] : [],
      )
    : [];

const isResultOf = (block: JsonValue, called: ReadonlySet<string>): block is JsonObject & { tool_use_id: string } =>
  isObject(block) &&
  block['type'] === 'tool_result' &&
  typeof block['tool_use_id'] === 'string' &&
  called.has(block['tool_use_id']);

function blocksOf(message: JsonValue): readonly JsonValue[] {
  const content = isObject(message) ? message['content'] : undefined;
  return Array.isArray(content) ? content : [];
}

function withBlocks(message: JsonValue, change: (blocks: readonly JsonValue[]) => readonly JsonValue[]): JsonValue {
  if (!isObject(message) || !Array.isArray(message['content'])) return message;
  const before: readonly JsonValue[] = message['content'];
  const after = change(before);
  return isSame(before, after) ? message : { ...message, content: after };
}

function changeMessages(body: WireBody, change: (messages: readonly JsonValue[]) => readonly JsonValue[]): boolean {
  const messages = body.get('messages');
  if (!Array.isArray(messages)) return false;
  const before: readonly JsonValue[] = messages;
  const after = change(before);
  if (isSame(before, after)) return false;
  body.set('messages', after);
  return true;
}

const isSame = (before: readonly JsonValue[], after: readonly JsonValue[]): boolean =>
  before.length === after.length && after.every((item, at) => item === before[at]);
