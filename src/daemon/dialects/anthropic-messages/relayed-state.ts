import type { FailureFacts } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import { isSealed } from '../../ir/opaque.js';
import type { Warning, WireBody } from '../dialect.js';
import { withEffort } from './reasoning.js';
import { asArray, asObject, asString } from './wire.js';

/** Takes thinking and searches of other vendors out of the history: Anthropic answers them with 400. */
export function dropForeignState(
  body: WireBody,
  { isCompat = false }: Pick<ModelInfo, 'isCompat'>,
): readonly Warning[] {
  const dropped = new Set<string>();
  const messages = asArray(body.get('messages')).flatMap((message) =>
    editBlocks(message, (block, blocks) => {
      if (!isForeign(block, blocks, isCompat)) return block;
      dropped.add(asString(block['type']) ?? '');
      const isReadable = isCompat && block['type'] === 'thinking' && block['thinking'] !== '';
      return isReadable ? { ...block, signature: '' } : undefined;
    }),
  );
  if (dropped.size === 0) return [];
  body.set('messages', messages);
  const warnings: Warning[] = [
    { path: 'messages', reason: `${[...dropped].join(', ')} of another vendor: not sent on` },
  ];
  if (switchThinkingOff(body, messages)) {
    warnings.push({
      path: 'thinking',
      reason: 'the last tool turn has no thinking block of this vendor to continue from',
    });
  }
  return warnings;
}

/** "Invalid `signature` in `thinking` block": thinking of another account or model, or that a client changed. */
export function dropRefusedState({ status, message }: FailureFacts, body: WireBody): boolean {
  if (status !== 400 || !/invalid.*signature.*thinking/i.test(message)) return false;
  let hasChanged = false;
  const messages = asArray(body.get('messages')).flatMap((each) =>
    editBlocks(each, (block) => {
      if (!isThinking(block)) return block;
      hasChanged = true;
      return undefined;
    }),
  );
  if (!hasChanged) return false;
  body.set('messages', messages);
  switchThinkingOff(body, messages);
  return true;
}

type EditBlock = (block: JsonObject, blocks: readonly JsonValue[]) => JsonObject | undefined;

/** Edits what the assistant said; `undefined` takes a block out. */
function editBlocks(message: JsonValue, edit: EditBlock): readonly JsonValue[] {
  const content = isObject(message) && message['role'] === 'assistant' ? message['content'] : undefined;
  if (!isObject(message) || !Array.isArray(content)) return [message];
  const blocks: readonly JsonValue[] = content;
  const kept = blocks.flatMap((block): readonly JsonValue[] => {
    const edited = isObject(block) ? edit(block, blocks) : block;
    return edited === undefined ? [] : [edited];
  });
  if (kept.length === blocks.length && kept.every((block, at) => block === blocks[at])) return [message];
  // An assistant turn without content is refused; the user turns around it are read as one.
  return kept.length === 0 ? [] : [{ ...message, content: kept }];
}

function isForeign(block: JsonObject, blocks: readonly JsonValue[], isCompat: boolean): boolean {
  switch (block['type']) {
    case 'thinking':
      return isSealed(block['signature']) || (block['signature'] === '' && !isCompat);
    case 'redacted_thinking':
      return isSealed(block['data']);
    case 'server_tool_use':
      return blocks.some((other) => isForeignSearch(other) && asObject(other)?.['tool_use_id'] === block['id']);
    default:
      return isForeignSearch(block);
  }
}

/** Results that another vendor found: each has our seal where Anthropic's have their encrypted text. */
const isForeignSearch = (block: JsonValue): boolean =>
  isObject(block) &&
  block['type'] === 'web_search_tool_result' &&
  asArray(block['content']).some((result) => isSealed(asObject(result)?.['encrypted_content']));

const isThinking = ({ type }: JsonObject): boolean => type === 'thinking' || type === 'redacted_thinking';

/** With thinking on, a tool turn that is to be continued must begin with it. Whether it had to be switched off. */
function switchThinkingOff(body: WireBody, messages: readonly JsonValue[]): boolean {
  const thinking = asObject(body.get('thinking'));
  if (thinking === undefined || thinking['type'] === 'disabled') return false;
  const last = messages.findLast((message) => asObject(message)?.['role'] === 'assistant');
  const blocks = asArray(asObject(last)?.['content']).filter(isObject);
  if (!blocks.some(({ type }) => type === 'tool_use') || (blocks[0] !== undefined && isThinking(blocks[0])))
    return false;
  body.set('thinking', { type: 'disabled' });
  const config = asObject(body.get('output_config'));
  if (config?.['effort'] !== undefined) body.set('output_config', withEffort(config, undefined));
  return true;
}
