import { RequestFault } from '../../ir/error.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { Message, ModelRequest } from '../../ir/request.js';
import { decodeConfig } from './decode-config.js';
import { decodeContents, decodeSystem } from './decode-contents.js';
import { decodeToolConfig, decodeTools } from './decode-tools.js';
import { asList, carry, type Fields, readFields } from './fields.js';
import { ID } from './wire.js';

/**
 * Reads a `generateContent` body. The wire names the model in the URL: the server puts `model` and `stream` into the body
 * before this.
 */
export function decodeRequest(body: JsonObject): ModelRequest {
  const fields = readFields(body, '');
  const model = fields.string('model');
  if (model === undefined || model === '') throw new RequestFault('"model" must name a model', 'model');
  const stream = fields.boolean('stream') ?? false;
  const contents = decodeTurns(fields);
  const system = decodeSystemMember(fields);
  const tools = decodeToolsMember(fields);
  const choice = decodeToolConfigMember(fields);
  const config = decodeConfigMember(fields);
  const tier = decodeTier(fields);
  const { rest, ...settings } = config.decoded;
  return {
    dialect: ID,
    model,
    messages: [...system, ...contents.messages],
    tools: tools.list,
    ...choice.choice,
    ...settings,
    ...tier.serviceTier,
    stream,
    ...carry({
      ...fields.rest(),
      ...contents.hint,
      ...tools.hint,
      ...choice.hint,
      ...(config.isPresent ? { $generationConfig: rest } : {}),
      ...tier.hint,
    }),
  };
}

function decodeTurns(fields: Fields): { readonly messages: readonly Message[]; readonly hint: JsonObject } {
  const path = fields.path('contents');
  const value = fields.take('contents');
  if (value === undefined) throw new RequestFault('"contents" is missing', path);
  return { messages: decodeContents(asList(value), path), hint: singleHint('$contents', value) };
}

const singleHint = (name: string, value: JsonValue): JsonObject => (Array.isArray(value) ? {} : { [name]: 'single' });

function decodeSystemMember(fields: Fields): readonly Message[] {
  const path = fields.path('systemInstruction');
  const value = fields.object('systemInstruction');
  return value === undefined ? [] : [decodeSystem(value, path)];
}

function decodeToolsMember(fields: Fields): { readonly list: ModelRequest['tools']; readonly hint: JsonObject } {
  const path = fields.path('tools');
  const value = fields.take('tools');
  if (value === undefined) return { list: [], hint: {} };
  const { tools, groups } = decodeTools(asList(value), path);
  return { list: tools, hint: { $tools: groups, ...singleHint('$toolsShape', value) } };
}

function decodeToolConfigMember(fields: Fields): {
  readonly choice: Pick<ModelRequest, 'toolChoice'>;
  readonly hint: JsonObject;
} {
  const path = fields.path('toolConfig');
  const value = fields.object('toolConfig');
  if (value === undefined) return { choice: {}, hint: {} };
  const { choice, rest } = decodeToolConfig(value, path);
  return { choice: choice === undefined ? {} : { toolChoice: choice }, hint: { $toolConfig: rest } };
}

function decodeConfigMember(fields: Fields) {
  const path = fields.path('generationConfig');
  const value = fields.object('generationConfig');
  return { isPresent: value !== undefined, decoded: decodeConfig(value ?? {}, path) };
}

/** `standard` is what the others call `default`. */
function decodeTier(fields: Fields): {
  readonly serviceTier: Pick<ModelRequest, 'serviceTier'>;
  readonly hint: JsonObject;
} {
  const written = fields.string('serviceTier');
  if (written === undefined) return { serviceTier: {}, hint: {} };
  const tier = written.toLowerCase();
  const serviceTier = tier === 'standard' ? 'default' : tier;
  return { serviceTier: { serviceTier }, hint: { $serviceTier: written } };
}
