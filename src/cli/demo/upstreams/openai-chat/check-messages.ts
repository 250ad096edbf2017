import { asRecord, asText, isRecord, type JsonRecord, recordsIn } from '../json.js';
import { badType, badValue, emptyArray, missing, refuse, unknownParameter } from '../openai/errors.js';
import { readFileData, readImageUrl } from '../openai/parts.js';

const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'] as const;
const COMMON = ['role', 'content', 'name'];
/** `reasoning_content` is not OpenAI's: hosts that show reasoning in this dialect take it back. */
const ASSISTANT = [...COMMON, 'tool_calls', 'refusal', 'audio', 'function_call', 'annotations', 'reasoning_content'];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  assistant: ASSISTANT,
  tool: [...COMMON, 'tool_call_id'],
};
const PART_TYPES = ['text', 'image_url', 'input_audio', 'file', 'refusal'] as const;
const PART_FIELDS: Readonly<Record<string, readonly string[]>> = {
  text: ['type', 'text'],
  image_url: ['type', 'image_url'],
  input_audio: ['type', 'input_audio'],
  file: ['type', 'file'],
  refusal: ['type', 'refusal'],
};

export function checkMessages(messages: unknown): void {
  if (messages === undefined) return missing('messages');
  if (!Array.isArray(messages)) return badType('messages', 'an array of objects', messages);
  if (messages.length === 0) return emptyArray('messages');
  const open = new Set<string>();
  let isAnswering = false;
  for (const [index, given] of messages.entries()) {
    const message = asRecord(given);
    const param = `messages[${index}]`;
    if (message === undefined) return badType(param, 'an object', given);
    checkMessage(message, param);
    if (message['role'] === 'tool') {
      const id = asText(message['tool_call_id']);
      if (id === undefined) return missing(`${param}.tool_call_id`);
      if (!isAnswering || !open.delete(id)) {
        refuse(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${index}].role`,
        );
      }
      continue;
    }
    checkAnswered(open);
    isAnswering = message['role'] === 'assistant';
    if (isAnswering) for (const call of recordsIn(message['tool_calls'])) open.add(asText(call['id']) ?? '');
  }
  checkAnswered(open);
}

function checkAnswered(open: ReadonlySet<string>): void {
  if (open.size === 0) return;
  refuse(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
    'messages',
  );
}

function checkMessage(message: JsonRecord, param: string): void {
  const role = asText(message['role']);
  if (role === undefined) return missing(`${param}.role`);
  if (!ROLES.some((one) => one === role)) return badValue(`${param}.role`, role, ROLES);
  const known = FIELDS[role] ?? COMMON;
  const unknown = Object.keys(message).find((name) => !known.includes(name));
  if (unknown !== undefined) return unknownParameter(`${param}.${unknown}`);
  const { content, tool_calls: calls } = message;
  if (calls !== undefined && calls !== null) checkCalls(calls, `${param}.tool_calls`);
  const mayBeEmpty = role === 'assistant' && (Array.isArray(calls) || isRecord(message['function_call']));
  if (content === undefined || content === null) {
    if (mayBeEmpty) return;
    return refuse(
      `Invalid value for 'content': expected a string, got null.`,
      `messages.[${param.slice('messages['.length, -1)}].content`,
    );
  }
  if (typeof content === 'string') return;
  if (!Array.isArray(content)) return badType(`${param}.content`, 'one of a string or array of objects', content);
  if (content.length === 0) return emptyArray(`${param}.content`);
  for (const [index, part] of content.entries()) checkPart(part, role, `${param}.content[${index}]`);
}

function checkCalls(calls: unknown, param: string): void {
  if (!Array.isArray(calls)) return badType(param, 'an array of objects', calls);
  if (calls.length === 0) return emptyArray(param);
  for (const [index, given] of calls.entries()) {
    const call = asRecord(given);
    const at = `${param}[${index}]`;
    if (asText(call?.['id']) === undefined) return missing(`${at}.id`);
    const type = call?.['type'];
    if (type === 'custom') continue;
    if (type !== 'function')
      return type === undefined ? missing(`${at}.type`) : badValue(`${at}.type`, type, ['function', 'custom']);
    const own = asRecord(call?.['function']);
    if (asText(own?.['name']) === undefined) return missing(`${at}.function.name`);
    if (typeof own?.['arguments'] !== 'string')
      return badType(`${at}.function.arguments`, 'a string', own?.['arguments']);
  }
}

function checkPart(given: unknown, role: string, param: string): void {
  const part = asRecord(given);
  const type = asText(part?.['type']);
  if (part === undefined || type === undefined) return missing(`${param}.type`);
  const fields = PART_FIELDS[type];
  if (fields === undefined) return badValue(`${param}.type`, type, PART_TYPES);
  if (role !== 'user' && type !== 'text' && !(role === 'assistant' && type === 'refusal') && role !== 'tool') {
    return badValue(`${param}.type`, type, role === 'assistant' ? ['text', 'refusal'] : ['text']);
  }
  const unknown = Object.keys(part).find((name) => !fields.includes(name));
  if (unknown !== undefined) return unknownParameter(`${param}.${unknown}`);
  if (type === 'text' && typeof part['text'] !== 'string') return missing(`${param}.text`);
  if (type === 'image_url') {
    const url = asText(asRecord(part['image_url'])?.['url']);
    if (url === undefined) return badType(`${param}.image_url`, 'an object', part['image_url']);
    readImageUrl(url, `${param}.image_url.url`);
  }
  if (type === 'file') {
    const data = asText(asRecord(part['file'])?.['file_data']);
    if (data !== undefined) readFileData(data, `${param}.file.file_data`);
  }
}
