import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';

export type Initiator = 'user' | 'agent';

/**
 * Who wrote the last turn, as GitHub counts premium requests: `agent` only when it is a tool's result or the assistant's
 * own. Read from the request as the client sent it, since a translation may split or move results. In doubt: `user`.
 */
export function initiatorOf(dialect: string, body: WireBody): Initiator {
  return isAgentTurn(dialect, body) ? 'agent' : 'user';
}

function isAgentTurn(dialect: string, body: WireBody): boolean {
  switch (dialect) {
    case 'anthropic-messages':
      return isAnthropicAgent(lastOf(body.get('messages')));
    case 'openai-chat':
      return ['tool', 'function', 'assistant'].includes(String(lastOf(body.get('messages'))?.['role']));
    case 'openai-responses':
      return isResponsesAgent(lastOf(body.get('input')));
    case 'gemini-generate':
      return isGeminiAgent(lastOf(body.get('contents')));
    default:
      return false;
  }
}

function lastOf(list: JsonValue | undefined): JsonObject | undefined {
  const last: JsonValue | undefined = Array.isArray(list) ? list.at(-1) : undefined;
  return isObject(last) ? last : undefined;
}

function isAnthropicAgent(message: JsonObject | undefined): boolean {
  if (message?.['role'] === 'assistant') return true;
  return message?.['role'] === 'user' && isAllOf(message['content'], (block) => block['type'] === 'tool_result');
}

function isResponsesAgent(item: JsonObject | undefined): boolean {
  const type = String(item?.['type'] ?? '');
  return /_call(_output)?$/.test(type) || type === 'reasoning' || item?.['role'] === 'assistant';
}

function isGeminiAgent(content: JsonObject | undefined): boolean {
  if (content?.['role'] === 'model') return true;
  return isAllOf(content?.['parts'], (part) => part['functionResponse'] !== undefined);
}

function isAllOf(value: JsonValue | undefined, test: (item: JsonObject) => boolean): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return (value as readonly JsonValue[]).every((item) => isObject(item) && test(item));
}
