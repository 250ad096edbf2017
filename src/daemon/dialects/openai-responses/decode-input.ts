import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Message, Part, ToolResultPart } from '../../ir/request.js';
import { decodeContent } from './content.js';
import { decodeItem } from './decode-item.js';
import { cacheOf, DIALECT, keep, type Members, openMembers } from './wire.js';

/** What the model made; neighbours of these kinds are one turn of the assistant. */
const ASSISTANT_ITEMS: ReadonlySet<JsonValue | undefined> = new Set([
  'reasoning',
  'function_call',
  'custom_tool_call',
  'web_search_call',
  'image_generation_call',
  'file_search_call',
  'computer_call',
  'code_interpreter_call',
  'local_shell_call',
  'shell_call',
  'apply_patch_call',
  'mcp_call',
  'mcp_list_tools',
  'mcp_approval_request',
  'tool_search_call',
  'program',
]);

/**
 * Reads the input items. Consecutive calls and the assistant text before them become one message; consecutive results
 * become one `tool` message. Items that only this dialect knows stay native, in a message of whoever made them.
 */
export function decodeInput(items: readonly JsonValue[], path: string): Message[] {
  const messages: Message[] = [];
  let turn: Part[] | undefined;
  let results: Part[] | undefined;

  items.forEach((item, index) => {
    const at = `${path}[${index}]`;
    if (!isObject(item)) throw new RequestFault(`${at} must be an object`, at);
    const members = openMembers(item, at, 'throw');
    if (isAssistantItem(item)) {
      results = undefined;
      const parts = decodeItem(item, members);
      if (turn === undefined || startsTurn(item, turn)) {
        turn = [];
        messages.push({ role: 'assistant', content: turn });
      }
      turn.push(...parts);
      return;
    }
    turn = undefined;
    const result = decodeResult(item, members);
    if (result !== undefined) {
      if (results === undefined) {
        results = [];
        messages.push({ role: 'tool', content: results });
      }
      results.push(result);
      return;
    }
    results = undefined;
    messages.push(decodeMessage(item, members));
  });
  return messages;
}

const isMessage = ({ type, role }: JsonObject): boolean =>
  type === 'message' || ((type === undefined || type === null) && role !== undefined);

const isAssistantItem = (item: JsonObject): boolean =>
  isMessage(item) ? item['role'] === 'assistant' : ASSISTANT_ITEMS.has(item['type']);

/** Text, or the thinking before it, that comes after a finished text is a turn of its own. */
const startsTurn = (item: JsonObject, turn: readonly Part[]): boolean =>
  (isMessage(item) || item['type'] === 'reasoning') &&
  turn.some((part) => part.ext?.[DIALECT]?.['$item'] !== undefined) &&
  !turn.some((part) => part.type === 'tool-call');

function decodeMessage(item: JsonObject, members: Members): Message {
  if (!isMessage(item)) {
    return { role: 'user', content: [{ type: 'native', dialect: DIALECT, value: item }], ...keep({ $native: true }) };
  }
  const isTyped = members.string('type') !== undefined;
  const role = members.requiredString('role');
  if (role !== 'user' && role !== 'system' && role !== 'developer') {
    throw new RequestFault(`${members.at('role')} must be user, assistant, system or developer`, members.at('role'));
  }
  const { parts, hint } = decodeContents(item, members, 'content');
  return {
    role: role === 'developer' ? 'system' : role,
    content: parts,
    ...cacheOf(item),
    ...keep({
      ...members.rest(),
      ...hint,
      ...(isTyped ? {} : { $type: 'absent' }),
      ...(role === 'developer' ? { $role: role } : {}),
    }),
  };
}

/** Text, or a list of parts, as user messages and tool results have it. */
function decodeContents(
  item: JsonObject,
  members: Members,
  key: string,
): { readonly parts: readonly Part[]; readonly hint: JsonObject } {
  const content = item[key];
  if (typeof content === 'string') {
    members.use(key);
    return { parts: [{ type: 'text', text: content }], hint: { $content: 'string' } };
  }
  const list = members.array(key);
  if (list === undefined) throw new RequestFault(`${members.at(key)} must be a string or an array`, members.at(key));
  const parts = list.map((value, index) => {
    const at = `${members.at(key)}[${index}]`;
    return decodeContent(isObject(value) ? value : {}, members.within(value, at), 'input_text');
  });
  return { parts, hint: {} };
}

function decodeResult(item: JsonObject, members: Members): ToolResultPart | undefined {
  const type = item['type'];
  if (type !== 'function_call_output' && type !== 'custom_tool_call_output') return undefined;
  members.use('type');
  const callId = members.requiredString('call_id');
  const { parts, hint } = decodeContents(item, members, 'output');
  return {
    type: 'tool-result',
    callId,
    content: parts,
    ...(type === 'custom_tool_call_output' ? { custom: true } : {}),
    ...cacheOf(item),
    ...keep({ ...members.rest(), ...hint }),
  };
}
