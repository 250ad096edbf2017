import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Message, ModelRequest, OutputFormat, Part, Sampling } from '../../ir/request.js';
import { contentHint, decodeBlocks, takeContent } from './decode-blocks.js';
import { decodeToolChoice, decodeTools } from './decode-tools.js';
import { type Fields, openFields } from './fields.js';
import { readReasoningForOthers } from './reasoning.js';
import { asObject, asString, extOf, ID, omit } from './wire.js';

/**
 * Reads a Messages request. `max_tokens` may be missing: a count has none, and an upstream has a default for it. Settings
 * that the common form cannot hold exactly (`thinking`, `output_config`, `tool_choice`, `metadata`, ...) also stay in
 * `ext` as they were.
 * @throws RequestFault naming the path of what is malformed.
 */
export function decodeRequest(body: JsonObject): ModelRequest {
  const fields = openFields(body, '');
  const model = fields.requiredString('model');
  refuseContinuedThread(fields);
  const messages = [...decodeSystem(fields), ...decodeMessages(fields)];
  const tools = decodeTools(fields);
  const stream = fields.boolean('stream');
  const sampling = decodeSampling(fields);
  const { kept, rest } = keepSettings(fields.rest());
  const choice = decodeToolChoice(kept['tool_choice']);
  const reasoning = readReasoningForOthers(kept['thinking'], kept['output_config']);
  const output = readOutput(kept);
  const userId = asString(asObject(kept['metadata'])?.['user_id']);
  const serviceTier = asString(kept['service_tier']);
  return {
    dialect: ID,
    model,
    messages,
    tools,
    ...choice,
    ...(output === undefined ? {} : { output }),
    sampling,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(userId === undefined ? {} : { userId }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
    stream: stream ?? false,
    ...extOf({ ...rest, $settings: stream === false ? { ...kept, stream } : kept }),
  };
}

const SETTINGS = ['thinking', 'output_config', 'output_format', 'tool_choice', 'metadata', 'service_tier', 'tools'];

/** What the common form holds, if not as exactly: kept as it was, and apart from what only this dialect knows. */
function keepSettings(fields: JsonObject): { readonly kept: JsonObject; readonly rest: JsonObject } {
  const kept = Object.entries(fields).filter(([key]) => SETTINGS.includes(key));
  return { kept: Object.fromEntries(kept), rest: omit(fields, ...SETTINGS) };
}

/** The history lives at another upstream: the SDK replays all of it when it reads this code. */
function refuseContinuedThread(fields: Fields): void {
  if (asObject(fields.peek('thread'))?.['type'] !== 'continue') return;
  throw new RequestFault('the thread is not known here, send the whole conversation', 'thread', {
    code: 'thread_not_found',
  });
}

function decodeSystem(fields: Fields): Message[] {
  const system = fields.peek('system');
  if (system === undefined || system === null) return [];
  if (typeof system === 'string') {
    fields.take('system');
    return [{ role: 'system', content: [{ type: 'text', text: system }], ...extOf({ $system: 'string' }) }];
  }
  const blocks = fields.array('system') ?? [];
  return [{ role: 'system', content: decodeBlocks(blocks, 'system', 'system'), ...extOf({ $system: 'blocks' }) }];
}

function decodeMessages(fields: Fields): Message[] {
  const messages = fields.array('messages');
  if (messages === undefined) throw new RequestFault('messages is required', 'messages');
  if (messages.length === 0) throw new RequestFault('messages must hold at least one message', 'messages');
  return messages.flatMap((message, at) => decodeMessage(message, `messages[${at}]`));
}

function decodeMessage(value: JsonValue, path: string): Message[] {
  const fields = openFields(value, path);
  const role = fields.requiredString('role');
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw new RequestFault(`${fields.at('role')} must be user, assistant or system`, fields.at('role'));
  }
  const hint = contentHint(fields);
  if (hint['$content'] === 'none') throw new RequestFault(`${fields.at('content')} is required`, fields.at('content'));
  const { content } = takeContent(fields, role);
  const ext = extOf({ ...hint, ...fields.rest() });
  return role === 'user' ? splitUserTurn(content, ext) : [{ role, content, ...ext }];
}

/** Results stand in messages of their own; `$joined` marks those that belong to the turn before. */
function splitUserTurn(content: readonly Part[], ext: Pick<Message, 'ext'>): Message[] {
  const messages: { role: 'user' | 'tool'; content: Part[] }[] = [];
  for (const part of content) {
    const role = part.type === 'tool-result' ? 'tool' : 'user';
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(part);
    else messages.push({ role, content: [part] });
  }
  if (messages.length === 0) return [{ role: 'user', content: [], ...ext }];
  return messages.map((message, at) => ({ ...message, ...(at === 0 ? ext : extOf({ $joined: true })) }));
}

function decodeSampling(fields: Fields): Sampling {
  const maxOutputTokens = fields.number('max_tokens');
  if (maxOutputTokens !== undefined && !(Number.isInteger(maxOutputTokens) && maxOutputTokens >= 0)) {
    throw new RequestFault('max_tokens must be a whole number', 'max_tokens');
  }
  const temperature = fields.number('temperature');
  const topP = fields.number('top_p');
  const topK = fields.number('top_k');
  const stop = fields.array('stop_sequences');
  const texts = stop?.map((value, at) => {
    if (typeof value === 'string') return value;
    throw new RequestFault(`stop_sequences[${at}] must be a string`, `stop_sequences[${at}]`);
  });
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(texts === undefined ? {} : { stop: texts }),
  };
}

/** `output_config.format`, or `output_format` as the beta spelled it. */
function readOutput(fields: JsonObject): OutputFormat | undefined {
  const format = asObject(asObject(fields['output_config'])?.['format']) ?? asObject(fields['output_format']);
  if (format?.['type'] !== 'json_schema' || !isObject(format['schema'])) return undefined;
  return { type: 'json-schema', schema: format['schema'] };
}
