import type { WireBody } from '../../dialects/dialect.js';
import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import { mayHold } from '../messages-body/body-bytes.js';

/** Parsing a long conversation is dear, so the bytes are asked first. */
export function hasSystemTurn(body: WireBody): boolean {
  if (!mayHold(body, 'messages', '"system"')) return false;
  return messagesOf(body).some(isSystemTurn);
}

/**
 * Messages of role `system` between the turns: moved into the top-level field where the user wants that, else refused
 * for the models that are known to refuse them.
 * @throws RequestFault naming the message.
 */
export function settleSystemTurns(body: WireBody, model: ModelInfo, isRebuilding: boolean): void {
  if (!isRebuilding && !model.traits.has('no-mid-system')) return;
  if (!hasSystemTurn(body)) return;
  if (isRebuilding) return rebuild(body);
  const at = messagesOf(body).findIndex(isSystemTurn);
  throw new RequestFault(
    `role 'system' is not supported inside "messages" by ${model.id}: use the top-level "system", or set rebuild-mid-system-message`,
    `messages.${at}.role`,
    { code: 'system_role_not_supported' },
  );
}

/** Moves the texts behind the system prompt, in their order; what the top-level field cannot hold is left out. */
function rebuild(body: WireBody): void {
  const messages = messagesOf(body);
  const moved = messages.filter(isSystemTurn).flatMap((message) => textBlocks(message['content']));
  const system = [...textBlocks(body.get('system')), ...moved];
  body.set(
    'messages',
    messages.filter((message) => !isSystemTurn(message)),
  );
  if (system.length > 0) body.set('system', system);
}

function textBlocks(content: JsonValue | undefined): readonly JsonValue[] {
  if (typeof content === 'string') return content.trim() === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content.filter((block) => isObject(block) && block['type'] === 'text') : [];
}

const isSystemTurn = (message: JsonValue): message is JsonObject => isObject(message) && message['role'] === 'system';

function messagesOf(body: WireBody): readonly JsonValue[] {
  const messages = body.get('messages');
  return Array.isArray(messages) ? messages : [];
}
