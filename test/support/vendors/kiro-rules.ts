import { isObject, type JsonObject, type JsonValue } from '../../../src/daemon/ir/json.js';

const STATE_MEMBERS = ['conversationId', 'chatTriggerType', 'agentTaskType', 'currentMessage', 'history'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const CALL_ID = /^[A-Za-z0-9_.:-]{1,64}$/;
const TOOL_NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,63}$/;

/** What Kiro answers with `Improperly formed request.`; `undefined` when all is well. */
export function kiroFaultOf(body: JsonObject): string | undefined {
  const unknown = Object.keys(body).find((key) => key !== 'conversationState' && key !== 'profileArn');
  if (unknown !== undefined) return `unknown member ${unknown}`;
  if (/\p{Surrogate}/u.test(textsOf(body).join('\n'))) return 'a lone surrogate';
  const state = body['conversationState'];
  if (!isObject(state)) return 'no conversationState';
  const odd = Object.keys(state).find((key) => !STATE_MEMBERS.includes(key));
  if (odd !== undefined) return `unknown member ${odd}`;
  if (!UUID.test(String(state['conversationId']))) return 'conversationId is no UUID';
  if (state['chatTriggerType'] !== 'MANUAL') return 'chatTriggerType';
  const history = listOf(state['history']);
  const current = state['currentMessage'];
  if (!isObject(current)) return 'no currentMessage';
  return turnsFault([...history, current]);
}

function turnsFault(messages: readonly JsonObject[]): string | undefined {
  const declared = new Set(toolsOf(messages.at(-1)).map((tool) => nameOf(tool).toLowerCase()));
  const seen = new Set<string>();
  let images = 0;
  let open: string[] = [];
  for (const [at, message] of messages.entries()) {
    const isUser = at % 2 === 0;
    const inner = message[isUser ? 'userInputMessage' : 'assistantResponseMessage'];
    if (!isObject(inner)) return `message ${at} is not the ${isUser ? 'user' : 'assistant'}'s`;
    const { content } = inner;
    if (typeof content !== 'string' || content.trim() === '') return `message ${at} is blank`;
    if (isUser) {
      const context = isObject(inner['userInputMessageContext']) ? inner['userInputMessageContext'] : {};
      if (context['tools'] !== undefined && at !== messages.length - 1) return 'tools in the history';
      if (typeof inner['modelId'] !== 'string' || inner['origin'] !== 'AI_EDITOR') return `message ${at} has no model`;
      const results = listOf(context['toolResults']);
      const ids = results.map((result) => String(result['toolUseId']));
      if (JSON.stringify([...ids].sort()) !== JSON.stringify([...open].sort())) return 'TOOL_USE_RESULT_MISMATCH';
      for (const { status, content: parts } of results) {
        if (status !== 'success' && status !== 'error') return 'status of a result';
        if (listOf(parts).some(({ text }) => typeof text !== 'string' || text === '')) return 'content of a result';
      }
      for (const image of listOf(inner['images'])) {
        images += 1;
        if (!['png', 'jpeg', 'gif', 'webp'].includes(String(image['format']))) return 'format of an image';
        const { source } = image;
        const bytes = isObject(source) ? String(source['bytes']) : '';
        if (!/^[A-Za-z0-9+/]+=*$/.test(bytes)) return 'bytes of an image';
      }
      const fault = toolsOf(message)
        .map(toolFault)
        .find((each) => each !== undefined);
      if (fault !== undefined) return fault;
      open = [];
    } else {
      open = [];
      for (const { toolUseId, name, input } of listOf(inner['toolUses'])) {
        if (!CALL_ID.test(String(toolUseId)) || seen.has(String(toolUseId))) return `id of a call: ${toolUseId}`;
        if (!declared.has(String(name).toLowerCase())) return `the tool ${name} is not declared`;
        if (!isObject(input)) return 'input of a call';
        seen.add(String(toolUseId));
        open.push(String(toolUseId));
      }
    }
  }
  if (messages.length % 2 === 0) return 'the current message is not the last of its turn';
  return images > 10 ? 'too many images' : undefined;
}

function toolFault(tool: JsonObject): string | undefined {
  const spec = tool['toolSpecification'];
  if (!isObject(spec)) return 'a tool that is no specification';
  const { name, description, inputSchema } = spec;
  if (!TOOL_NAME.test(String(name))) return `name of a tool: ${name}`;
  if (typeof description !== 'string' || description.trim() === '') return `the tool ${name} has no description`;
  if (Buffer.byteLength(description) > 10_240) return `the description of ${name} is too long`;
  const schema = isObject(inputSchema) ? inputSchema['json'] : undefined;
  if (!isObject(schema) || schema['type'] !== 'object' || !isObject(schema['properties'])) return `schema of ${name}`;
  return schemaFault(schema, String(name));
}

function schemaFault(schema: JsonObject, path: string): string | undefined {
  for (const [key, value] of Object.entries(schema)) {
    if (value === null && key !== 'default' && key !== 'const') return `${path}.${key} is null`;
    if (key === 'type' && typeof value !== 'string') return `${path}.type`;
    if (key === 'required' && !(Array.isArray(value) && value.every((name) => typeof name === 'string'))) {
      return `${path}.required`;
    }
    if (key === 'additionalProperties' && typeof value !== 'boolean' && !isObject(value)) return `${path}.${key}`;
    const inner = key === 'properties' && isObject(value) ? Object.entries(value) : [];
    for (const [name, property] of inner) {
      const fault = isObject(property) ? schemaFault(property, `${path}.${name}`) : `${path}.${name}`;
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

export function toolsOf(message: JsonObject | undefined): readonly JsonObject[] {
  const input = message?.['userInputMessage'];
  const context = isObject(input) ? input['userInputMessageContext'] : undefined;
  return isObject(context) ? listOf(context['tools']) : [];
}

export const nameOf = ({ toolSpecification: spec }: JsonObject): string => (isObject(spec) ? String(spec['name']) : '');

const listOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]).filter(isObject) : [];

function textsOf(value: JsonValue | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (isObject(value)) return Object.values(value).flatMap(textsOf);
  return Array.isArray(value) ? (value as readonly JsonValue[]).flatMap(textsOf) : [];
}
