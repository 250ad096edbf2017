import type { WireBody } from '../../dialects/dialect.js';
import type { FailureFacts } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { cleanCallIds, pairResults } from './tool-turns.js';

/** Mends the history of a body that was refused, for one more try; `false`: nothing to mend. */
export function mend(failure: FailureFacts, body: WireBody): boolean {
  if (isSignatureRefused(failure)) return stripThinking(body);
  if (failure.status !== 400) return false;
  // "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"
  if (/tool_use(_id|\.id)?\b.*should match pattern/i.test(failure.message)) return cleanCallIds(body);
  // "`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1"
  if (/tool_use.*without.*tool_result/i.test(failure.message)) return pairResults(body);
  return false;
}

/** "Invalid `signature` in `thinking` block": the history's thinking comes from another account, model or vendor. */
export const isSignatureRefused = ({ status, message }: FailureFacts): boolean =>
  status === 400 && /invalid.*signature.*thinking/i.test(message);

/**
 * Takes the thinking out of the history, and asks for none where the vendor wants a tool turn to begin with it.
 * @returns whether there was any.
 */
export function stripThinking(body: WireBody): boolean {
  const messages = listOf(body.get('messages'));
  const kept = messages.flatMap(stripMessage);
  if (kept.length === messages.length && kept.every((message, at) => message === messages[at])) return false;
  body.set('messages', kept);
  const last = kept.findLast((message) => isObject(message) && message['role'] === 'assistant');
  const blocks = isObject(last) ? listOf(last['content']) : [];
  if (blocks.some((block) => isObject(block) && block['type'] === 'tool_use')) switchThinkingOff(body);
  return true;
}

function switchThinkingOff(body: WireBody): void {
  const thinking = body.get('thinking');
  if (!isObject(thinking) || thinking['type'] === 'disabled') return;
  body.set('thinking', { type: 'disabled' });
  const config = body.get('output_config');
  if (!isObject(config) || config['effort'] === undefined) return;
  const { effort: _effort, ...rest } = config;
  body.set('output_config', Object.keys(rest).length === 0 ? undefined : rest);
}

function stripMessage(message: JsonValue): readonly JsonValue[] {
  const content = isObject(message) && message['role'] === 'assistant' ? message['content'] : undefined;
  if (!isObject(message) || !Array.isArray(content)) return [message];
  const blocks: readonly JsonValue[] = content;
  const kept = blocks.filter((block) => !isObject(block) || !isThinking(block));
  if (kept.length === blocks.length) return [message];
  // An assistant turn without content is refused; the user turns around it are read as one.
  return kept.length === 0 ? [] : [{ ...message, content: kept }];
}

const isThinking = ({ type }: JsonObject): boolean => type === 'thinking' || type === 'redacted_thinking';

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);
