import { asRecord, asText, isRecord, type JsonRecord, recordsIn } from '../json.js';
import { isIssued } from '../opaque.js';
import { badType, badValue, missing, openAiError, refuse, unknownParameter } from '../openai/errors.js';
import { readFileData, readImageUrl } from '../openai/parts.js';
import { Refusal } from '../vendor.js';

/** The item types with the fields and the id prefix of those that are checked closely. */
const ITEMS: Readonly<Record<string, { readonly fields?: readonly string[]; readonly prefix?: string }>> = {
  message: { fields: ['type', 'id', 'role', 'content', 'status', 'phase'], prefix: 'msg' },
  function_call: {
    // OpenAI's own SDK adds `parsed_arguments` to what its stream helper returns.
    fields: ['type', 'id', 'call_id', 'name', 'arguments', 'parsed_arguments', 'status', 'namespace', 'caller'],
    prefix: 'fc',
  },
  function_call_output: { fields: ['type', 'id', 'call_id', 'output', 'status', 'caller'], prefix: 'fc' },
  custom_tool_call: {
    fields: ['type', 'id', 'call_id', 'name', 'input', 'status', 'namespace', 'caller'],
    prefix: 'ctc',
  },
  custom_tool_call_output: { fields: ['type', 'id', 'call_id', 'output', 'status', 'caller'], prefix: 'ctc' },
  reasoning: { fields: ['type', 'id', 'summary', 'content', 'encrypted_content', 'status'], prefix: 'rs' },
  item_reference: {},
  compaction: {},
  compaction_summary: {},
  additional_tools: {},
  agent_message: {},
  web_search_call: {},
  file_search_call: {},
  computer_call: {},
  computer_call_output: {},
  code_interpreter_call: {},
  image_generation_call: {},
  local_shell_call: {},
  local_shell_call_output: {},
  shell_call: {},
  shell_call_output: {},
  apply_patch_call: {},
  apply_patch_call_output: {},
  tool_search_call: {},
  tool_search_output: {},
  mcp_list_tools: {},
  mcp_approval_request: {},
  mcp_approval_response: {},
  mcp_call: {},
};
const ROLES = ['assistant', 'system', 'developer', 'user'] as const;
const INPUT_PARTS = ['input_text', 'input_image', 'input_file', 'input_audio'] as const;
const OUTPUT_PARTS = ['output_text', 'refusal'] as const;
const MAX_ID = 64;
/** What reasoning is bound to. */
export const REASONING = 'reasoning';

/** Checks the items in the order they will be read; `isStored` says whether ids may be looked up. */
export function checkInput(items: readonly unknown[], isStored: boolean): void {
  for (const [index, given] of items.entries()) {
    const item = asRecord(given);
    if (item === undefined) return badType(`input[${index}]`, 'an object', given);
    checkItem(item, `input[${index}]`);
    if (item['type'] === 'reasoning') checkReasoning(item, items[index + 1], isStored);
  }
  checkPairs(recordsIn(items));
}

/** An item without a type is a message. */
export const typeOf = (item: JsonRecord): string => asText(item['type']) ?? 'message';

function checkItem(item: JsonRecord, param: string): void {
  const type = typeOf(item);
  const known = ITEMS[type];
  if (known === undefined) return badValue(param, type, Object.keys(ITEMS));
  const unknown =
    known.fields === undefined ? undefined : Object.keys(item).find((name) => !known.fields?.includes(name));
  if (unknown !== undefined) return unknownParameter(`${param}.${unknown}`);
  checkId(item['id'], `${param}.id`, known.prefix);
  switch (type) {
    case 'message':
      return checkMessage(item, param);
    case 'function_call':
      if (asText(item['call_id']) === undefined) return missing(`${param}.call_id`);
      if (asText(item['name']) === undefined) return missing(`${param}.name`);
      if (typeof item['arguments'] !== 'string') return badType(`${param}.arguments`, 'a string', item['arguments']);
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      if (asText(item['call_id']) === undefined) return missing(`${param}.call_id`);
      if (item['output'] === undefined) return missing(`${param}.output`);
      if (Array.isArray(item['output'])) checkParts(item['output'], INPUT_PARTS, `${param}.output`);
      return;
    default:
  }
}

function checkId(given: unknown, param: string, prefix: string | undefined): void {
  if (given === undefined || given === null) return;
  const id = asText(given);
  if (id === undefined) return badType(param, 'a string', given);
  if (prefix !== undefined && !id.startsWith(prefix)) {
    return refuse(`Invalid '${param}': '${id}'. Expected an ID that begins with '${prefix}'.`, param, 'invalid_value');
  }
  if (id.length > MAX_ID) {
    refuse(
      `Invalid '${param}': string too long. Expected a string with maximum length ${MAX_ID}, but got a string with length ${id.length} instead.`,
      param,
      'string_above_max_length',
    );
  }
}

function checkMessage(item: JsonRecord, param: string): void {
  const { role, content } = item;
  if (role === undefined) return missing(`${param}.role`);
  if (!ROLES.some((one) => one === role)) return badValue(`${param}.role`, role, ROLES);
  if (typeof content === 'string') return;
  if (content === undefined) return missing(`${param}.content`);
  if (!Array.isArray(content)) return badType(`${param}.content`, 'one of an array of objects or string', content);
  checkParts(content, role === 'assistant' ? OUTPUT_PARTS : INPUT_PARTS, `${param}.content`);
}

function checkParts(parts: readonly unknown[], types: readonly string[], param: string): void {
  for (const [index, given] of parts.entries()) {
    const part = asRecord(given);
    const at = `${param}[${index}]`;
    const type = asText(part?.['type']);
    if (part === undefined || type === undefined) return missing(`${at}.type`);
    if (!types.includes(type)) return badValue(at, type, types);
    if (type.endsWith('_text') && typeof part['text'] !== 'string') return missing(`${at}.text`);
    const url = asText(part['image_url']);
    if (type === 'input_image' && url === undefined && part['file_id'] === undefined) {
      return isRecord(part['image_url'])
        ? badType(`${at}.image_url`, 'a string', part['image_url'])
        : missing(`${at}.image_url`);
    }
    if (url !== undefined) readImageUrl(url, `${at}.image_url`);
    const data = asText(part['file_data']);
    if (data !== undefined) readFileData(data, `${at}.file_data`);
  }
}

function checkReasoning(item: JsonRecord, next: unknown, isStored: boolean): void {
  const { encrypted_content: encrypted, id } = item;
  if (!Array.isArray(item['summary'])) return missing('input.summary');
  if (typeof encrypted === 'string') {
    if (!isIssued('openai', encrypted, REASONING)) refuseEncrypted(encrypted);
  } else if (typeof id === 'string' && !isStored) {
    throw new Refusal(
      openAiError(
        404,
        `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
        { param: 'input' },
      ),
    );
  }
  const following = asRecord(next);
  const isFollowed = following !== undefined && (typeOf(following) !== 'message' || following['role'] === 'assistant');
  if (!isFollowed || typeOf(following).endsWith('_output')) {
    refuse(
      `Item '${String(id ?? 'rs')}' of type 'reasoning' was provided without its required following item.`,
      'input',
    );
  }
}

// github.com/openai/codex/issues/8145 and following, seen 2025-12 to 2026-06
function refuseEncrypted(value: string): never {
  const short = value.length <= 8 ? value : `${value.slice(0, 4)}...${value.slice(-4)}`;
  return refuse(
    `The encrypted content ${short} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
    null,
    'invalid_encrypted_content',
  );
}

function checkPairs(items: readonly JsonRecord[]): void {
  for (const [call, output, words] of [
    ['function_call', 'function_call_output', 'function'],
    ['custom_tool_call', 'custom_tool_call_output', 'custom tool'],
  ] as const) {
    const open = new Set<string>();
    for (const item of items) {
      const id = asText(item['call_id']) ?? '';
      if (item['type'] === call) open.add(id);
      if (item['type'] === output && !open.has(id)) {
        refuse(`No tool call found for ${words} call output with call_id ${id}.`, 'input');
      }
    }
    const answered = new Set(items.filter(({ type }) => type === output).map((item) => item['call_id']));
    const unanswered = [...open].find((id) => !answered.has(id));
    if (unanswered !== undefined) refuse(`No tool output found for ${words} call ${unanswered}.`, 'input');
  }
}
