import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { withEffort } from './reasoning.js';
import { asArray, asObject, omit } from './wire.js';

/**
 * The body for a second try after "Invalid `signature` in `thinking` block": no thinking in the history, and none asked
 * for where the vendor wants a tool turn to begin with it.
 */
export function stripThinking(body: JsonObject): JsonObject {
  const messages = asArray(body['messages']).flatMap(stripMessage);
  const last = messages.findLast((message) => asObject(message)?.['role'] === 'assistant');
  const isToolTurn = asArray(asObject(last)?.['content']).some((block) => asObject(block)?.['type'] === 'tool_use');
  const thinking = asObject(body['thinking']);
  const stripped = { ...body, messages };
  if (!isToolTurn || thinking === undefined || thinking['type'] === 'disabled') return stripped;
  const config = withEffort(asObject(body['output_config']), undefined);
  return {
    ...omit(stripped, 'output_config'),
    thinking: { type: 'disabled' },
    ...(config === undefined ? {} : { output_config: config }),
  };
}

function stripMessage(message: JsonValue): readonly JsonValue[] {
  const content = isObject(message) && message['role'] === 'assistant' ? message['content'] : undefined;
  if (!isObject(message) || !Array.isArray(content)) return [message];
  const blocks: readonly JsonValue[] = content;
  const kept = blocks.filter((block) => !isThinking(asObject(block)));
  if (kept.length === blocks.length) return [message];
  // An assistant turn without content is refused; the user turns around it are read as one.
  return kept.length === 0 ? [] : [{ ...message, content: kept }];
}

const isThinking = (block: JsonObject | undefined): boolean =>
  block?.['type'] === 'thinking' || block?.['type'] === 'redacted_thinking';
