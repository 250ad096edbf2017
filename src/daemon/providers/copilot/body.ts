import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { fitMessages } from '../messages-body/fit-messages.js';
import type { Call } from '../provider.js';
import { isClaude, isGpt } from './endpoints.js';
import { chatBudget } from './thinking.js';

/** Makes a body one that Copilot's endpoint of that dialect takes (copilot.md 4.7). */
export function shapeBody(body: WireBody, call: Call): void {
  const { model, endpoint, operation } = call;
  if (body.get('model') !== model.id) body.set('model', model.id);
  if (operation === 'embed') return;
  switch (endpoint.dialect) {
    case 'openai-chat':
      return shapeChat(body, call);
    case 'openai-responses':
      return shapeResponses(body, call);
    case 'anthropic-messages':
      fitMessages(call, { autoCache: true });
      return dropBetas(body);
    default:
  }
}

function shapeChat(body: WireBody, { model, stream }: Call): void {
  const messages = body.get('messages');
  if (Array.isArray(messages)) {
    const list: readonly JsonValue[] = messages;
    const shaped = list.map((message) => shapeMessage(message, isClaude(model.id)));
    if (shaped.some((message, at) => message !== list[at])) body.set('messages', shaped);
  }
  keepTools(body, ({ type }) => type === 'function');
  if (stream) {
    const options = body.get('stream_options');
    body.set('stream_options', { ...(isObject(options) ? options : {}), include_usage: true });
  }
  const hasLimit = body.get('max_tokens') !== undefined || body.get('max_completion_tokens') !== undefined;
  if (!hasLimit && !isGpt(model.id) && model.maxOutputTokens !== undefined)
    body.set('max_tokens', model.maxOutputTokens);
  if (isClaude(model.id)) chatBudget(body, model);
}

/** An assistant's list of texts made Claude models answer earlier prompts again: one text is what they expect. */
function shapeMessage(message: JsonValue, isForClaude: boolean): JsonValue {
  if (!isObject(message)) return message;
  let shaped = message;
  const { role, content, tool_calls: calls, tool_call_id: callId } = message;
  if (role === 'assistant' && Array.isArray(content)) {
    const parts: readonly JsonValue[] = content;
    const texts = parts.map((part) => (isObject(part) && part['type'] === 'text' ? part['text'] : undefined));
    if (texts.every((text) => typeof text === 'string')) shaped = { ...shaped, content: texts.join('') };
  }
  if (!isForClaude) return shaped;
  if (typeof callId === 'string' && safeId(callId) !== callId) shaped = { ...shaped, tool_call_id: safeId(callId) };
  if (Array.isArray(calls) && (calls as readonly JsonValue[]).some(hasUnsafeId)) {
    shaped = { ...shaped, tool_calls: (calls as readonly JsonValue[]).map(withSafeId) };
  }
  return shaped;
}

const safeId = (id: string): string => id.replace(/[^A-Za-z0-9_-]/g, '_');
const hasUnsafeId = (call: JsonValue): boolean =>
  isObject(call) && typeof call['id'] === 'string' && safeId(call['id']) !== call['id'];
const withSafeId = (call: JsonValue): JsonValue =>
  isObject(call) && typeof call['id'] === 'string' ? { ...call, id: safeId(call['id']) } : call;

function shapeResponses(body: WireBody, { model }: Call): void {
  for (const member of ['service_tier', 'previous_response_id']) drop(body, member);
  if (isGpt(model.id)) drop(body, 'max_output_tokens');
  body.set('store', false);
  body.set('include', ['reasoning.encrypted_content']);
  const reasoning = body.get('reasoning');
  if (isObject(reasoning) && reasoning['effort'] !== undefined && reasoning['summary'] === undefined) {
    body.set('reasoning', { ...reasoning, summary: 'auto' });
  }
  keepTools(body, ({ type }) => type === 'function' || type === 'custom' || String(type).startsWith('computer'));
  const input = body.get('input');
  if (!Array.isArray(input)) return;
  const list: readonly JsonValue[] = input;
  if (list.some(isSystem)) {
    body.set(
      'input',
      list.map((item) => (isObject(item) && isSystem(item) ? { ...item, role: 'developer' } : item)),
    );
  }
}

const isSystem = (item: JsonValue): boolean => isObject(item) && item['role'] === 'system';

/** Tools that the vendor would run are not offered there; a choice of one of them becomes the model's own. */
function keepTools(body: WireBody, isKept: (tool: JsonObject) => boolean): void {
  const tools = body.get('tools');
  if (!Array.isArray(tools)) return;
  const list: readonly JsonValue[] = tools;
  const kept = list.filter((tool) => isObject(tool) && isKept(tool));
  if (kept.length === list.length) return;
  body.set('tools', kept.length === 0 ? undefined : kept);
  const choice = body.get('tool_choice');
  if (kept.length === 0) for (const member of ['tool_choice', 'parallel_tool_calls']) drop(body, member);
  else if (isObject(choice) && !isKept(choice)) body.set('tool_choice', 'auto');
}

/** No members of the public API, and for Anthropic's own endpoint only. */
function dropBetas(body: WireBody): void {
  drop(body, 'betas');
  const metadata = body.get('metadata');
  if (!isObject(metadata) || metadata['betas'] === undefined) return;
  const { betas: _betas, ...rest } = metadata;
  body.set('metadata', Object.keys(rest).length === 0 ? undefined : rest);
}

function drop(body: WireBody, member: string): void {
  if (body.get(member) !== undefined) body.set(member, undefined);
}
