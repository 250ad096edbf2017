import { asRecord, asText, type JsonRecord, recordsIn } from '../json.js';
import { checkBlock } from './check-blocks.js';
import { extra, refuse, required } from './errors.js';
import type { ModelRules } from './models.js';

export function checkMessages(body: JsonRecord, rules: ModelRules): void {
  const { messages } = body;
  if (messages === undefined) return required('messages');
  if (!Array.isArray(messages)) return refuse('messages: Input should be a valid list');
  if (messages.length === 0) refuse('messages: at least one message is required');
  const list = messages.map((given, index) => {
    const message = asRecord(given);
    if (message === undefined)
      return refuse(`messages.${index}: Input should be a valid dictionary or object to extract fields from`);
    checkMessage(message, index, index === messages.length - 1, rules);
    return message;
  });
  checkRoles(list.filter(({ role }) => role !== 'system'));
  checkPairs(list.filter(({ role }) => role !== 'system'));
  checkEnd(list, rules);
}

function checkMessage(message: JsonRecord, index: number, isLast: boolean, rules: ModelRules): void {
  const path = `messages.${index}`;
  for (const name of Object.keys(message)) if (name !== 'role' && name !== 'content') extra(`${path}.${name}`);
  const { role, content } = message;
  if (role === undefined) return required(`${path}.role`);
  if (role === 'system') {
    if (!rules.takesSystemMessages) refuse(`${path}.role: role 'system' is not supported on this model`);
  } else if (role !== 'user' && role !== 'assistant') {
    refuse(`messages: Unexpected role "${String(role)}". Allowed roles are "user" or "assistant"`);
  }
  if (content === undefined) return required(`${path}.content`);
  const isEmpty = content === '' || (Array.isArray(content) && content.length === 0);
  if (isEmpty && !(isLast && role === 'assistant')) {
    refuse(`${path}: all messages must have non-empty content except for the optional final assistant message`);
  }
  if (typeof content === 'string') {
    if (content.trim() === '' && !isEmpty) refuse('messages: text content blocks must contain non-whitespace text');
    return;
  }
  if (!Array.isArray(content)) return refuse(`${path}.content: Input should be a valid list`);
  for (const [at, block] of content.entries()) checkBlock(block, String(role), `${path}.content.${at}`);
}

function checkRoles(messages: readonly JsonRecord[]): void {
  if (messages[0]?.['role'] !== 'user') refuse('messages: first message must use the "user" role');
  messages.forEach(({ role }, index) => {
    if (index > 0 && role === messages[index - 1]?.['role']) {
      refuse(
        `messages: roles must alternate between "user" and "assistant", but found multiple "${String(role)}" roles in a row`,
      );
    }
  });
}

function checkPairs(messages: readonly JsonRecord[]): void {
  const seen = new Set<string>();
  messages.forEach((message, index) => {
    const blocks = recordsIn(message['content']);
    const calls =
      message['role'] === 'assistant'
        ? blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => asText(id) ?? '')
        : [];
    for (const id of calls) {
      if (seen.has(id)) refuse(`messages.${index}.content: \`tool_use\` ids must be unique`);
      seen.add(id);
    }
    checkResults(blocks, messages[index - 1], index);
    const next = recordsIn(messages[index + 1]?.['content']);
    const answered = leadingResults(next).map((block) => block['tool_use_id']);
    const open = calls.filter((id) => !answered.includes(id));
    if (open.length > 0) {
      refuse(
        `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      );
    }
  });
}

function checkResults(blocks: readonly JsonRecord[], before: JsonRecord | undefined, index: number): void {
  const calls = recordsIn(before?.['content'])
    .filter(({ type }) => type === 'tool_use')
    .map(({ id }) => id);
  const seen = new Set<unknown>();
  blocks.forEach((block, at) => {
    if (block['type'] !== 'tool_result') return;
    const id = block['tool_use_id'];
    if (before?.['role'] !== 'assistant' || !calls.includes(id)) {
      refuse(
        `messages.${index}.content.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${String(id)}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    if (seen.has(id)) {
      refuse(
        `messages.${index}.content.${at}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${String(id)}`,
      );
    }
    seen.add(id);
  });
}

/** Only results before any other block count as given right after the call. */
function leadingResults(blocks: readonly JsonRecord[]): readonly JsonRecord[] {
  const end = blocks.findIndex(({ type }) => type !== 'tool_result');
  return end < 0 ? blocks : blocks.slice(0, end);
}

function checkEnd(messages: readonly JsonRecord[], rules: ModelRules): void {
  const last = messages.at(-1);
  if (last?.['role'] !== 'assistant') return;
  if (!rules.takesPrefill) {
    refuse('This model does not support assistant message prefill. The conversation must end with a user message.');
  }
  const { content } = last;
  const text = typeof content === 'string' ? content : asText(recordsIn(content).at(-1)?.['text']);
  if (text !== undefined && /\s$/.test(text)) {
    refuse('messages: final assistant content cannot end with trailing whitespace');
  }
}
