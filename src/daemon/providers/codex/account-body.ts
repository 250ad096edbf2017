import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonValue } from '../../ir/json.js';
import type { Call } from '../provider.js';
import { shapeInput } from './input-items.js';

/** Members the ChatGPT backend refuses with 400, whatever their value (codex.md 4.2). */
const REFUSED = [
  'max_output_tokens',
  'max_completion_tokens',
  'max_tokens',
  'temperature',
  'top_p',
  'truncation',
  'user',
  'safety_identifier',
  'prompt_cache_retention',
  'prompt_cache_options',
  'context_management',
  'generate',
  'background',
  'previous_response_id',
] as const;

/** Makes a Responses body one that the ChatGPT backend takes. */
export function shapeBody(body: WireBody, call: Call, refusedToo: ReadonlySet<string>): void {
  const { model, operation } = call;
  if (body.get('model') !== model.id) body.set('model', model.id);
  for (const member of [...REFUSED, ...refusedToo]) drop(body, member);
  if (typeof body.get('instructions') !== 'string') body.set('instructions', '');
  shapeConversation(body);
  shapeTools(body, call);
  shapeOptions(body, call);
  if (operation === 'compact') {
    for (const member of ['stream', 'store', 'include']) drop(body, member);
    return;
  }
  setIfOther(body, 'store', false);
  setIfOther(body, 'stream', true);
  body.set('include', ['reasoning.encrypted_content']);
}

function shapeConversation(body: WireBody): void {
  const input = body.get('input');
  if (typeof input === 'string') {
    body.set('input', [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }]);
  } else if (Array.isArray(input)) {
    const shaped = shapeInput(input);
    if (shaped !== input) body.set('input', shaped);
  }
}

const PREVIEW = /^web_search_preview/;

function shapeTools(body: WireBody, { clientHeaders }: Call): void {
  const tools = body.get('tools');
  const list: readonly JsonValue[] = Array.isArray(tools) ? tools : [];
  if (list.some(isPreview)) body.set('tools', list.map(renamed));
  const choice = body.get('tool_choice');
  if (isPreview(choice)) body.set('tool_choice', renamed(choice ?? null));
  const isLite = clientHeaders['x-openai-internal-codex-responses-lite'] !== undefined;
  if (isLite) setIfOther(body, 'parallel_tool_calls', false);
  else if (list.length === 0) drop(body, 'parallel_tool_calls');
  else if (typeof body.get('parallel_tool_calls') !== 'boolean') body.set('parallel_tool_calls', true);
}

const isPreview = (value: JsonValue | undefined): boolean =>
  isObject(value) && typeof value['type'] === 'string' && PREVIEW.test(value['type']);

const renamed = (value: JsonValue): JsonValue =>
  isObject(value) && isPreview(value) ? { ...value, type: 'web_search' } : value;

function shapeOptions(body: WireBody, { relay, model }: Call): void {
  const tier = body.get('service_tier');
  if (tier !== undefined && tier !== 'priority') body.set('service_tier', undefined);
  const options = body.get('stream_options');
  if (options !== undefined) {
    const delivery = isObject(options) ? options['reasoning_summary_delivery'] : undefined;
    body.set('stream_options', delivery === undefined ? undefined : { reasoning_summary_delivery: delivery });
  }
  // What other dialects leave open is a medium effort here; a Responses client has its own reasons to leave it open.
  const reasoning = body.get('reasoning');
  if (!relay && model.thinking !== undefined && (!isObject(reasoning) || reasoning['effort'] === undefined)) {
    body.set('reasoning', { ...(isObject(reasoning) ? reasoning : {}), effort: 'medium' });
  }
}

/** Takes the thinking out that another account or model encrypted. @returns whether there was any. */
export function stripReasoning(body: WireBody): boolean {
  const input = body.get('input');
  if (!Array.isArray(input)) return false;
  const list: readonly JsonValue[] = input;
  const kept = list.filter((item) => !isObject(item) || item['type'] !== 'reasoning');
  if (kept.length === list.length) return false;
  body.set('input', kept);
  return true;
}

function drop(body: WireBody, member: string): void {
  if (body.get(member) !== undefined) body.set(member, undefined);
}

function setIfOther(body: WireBody, member: string, value: JsonValue): void {
  if (body.get(member) !== value) body.set(member, value);
}
