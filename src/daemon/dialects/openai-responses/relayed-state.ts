import type { FailureFacts } from '../../ir/error.js';
import { isObject, type JsonValue } from '../../ir/json.js';
import { isSealed } from '../../ir/opaque.js';
import type { Warning, WireBody } from '../dialect.js';
import { isArray } from './wire.js';

type Keeps = (item: JsonValue) => boolean;

/** Items whose encrypted content only we can read. */
const isOwnOrNone: Keeps = (item) => !isObject(item) || !isSealed(item['encrypted_content']);

const isNoReasoning: Keeps = (item) => !isObject(item) || item['type'] !== 'reasoning';

/** Takes reasoning of other vendors out of the input: here it would be answered with 400. */
export function dropForeignState(body: WireBody): readonly Warning[] {
  return keepItems(body, isOwnOrNone) ? [{ path: 'input', reason: 'reasoning of another vendor is not sent on' }] : [];
}

/** Encrypted reasoning is bound to the account that got it: the conversation has moved to another one. */
export function dropRefusedState({ status, code, message }: FailureFacts, body: WireBody): boolean {
  const isRefused =
    status === 400 &&
    (code === 'invalid_encrypted_content' || /encrypted.content.*(verified|decrypt|invalid)/i.test(message));
  return isRefused && keepItems(body, isNoReasoning);
}

/** Whether anything was taken out. */
function keepItems(body: WireBody, keeps: Keeps): boolean {
  const input = body.get('input');
  if (!isArray(input)) return false;
  const kept = input.filter(keeps);
  if (kept.length === input.length) return false;
  body.set('input', kept);
  return true;
}
