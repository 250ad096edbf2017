import { RequestFault } from '../../ir/error.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { FunctionTool, Tool, ToolChoice } from '../../ir/request.js';
import { cacheOf } from './decode-parts.js';
import { encodeOwnTool } from './encode-own-tools.js';
import { extensionOf, type Fields, isSameJson, listOf, OPENAI_CHAT, objectOf, openFields, textOf } from './wire.js';

/** Gemini's tools as its own compatible endpoint spells them: `{"google_search": {}}`, without a type. */
const TYPELESS: readonly (readonly [string, string])[] = [
  ['google_search', 'google-search'],
  ['url_context', 'url-context'],
  ['code_execution', 'code'],
];
const CAPABILITIES: Readonly<Record<string, string>> = {
  web_search: 'web-search',
  web_search_preview: 'web-search',
  code_interpreter: 'code',
  image_generation: 'image',
};

/**
 * Reads `tools`, `web_search_options` and the legacy `functions`.
 * @throws RequestFault naming the member that is malformed.
 */
export function decodeTools(fields: Fields): readonly Tool[] {
  const tools = fields.list('tools').map((tool, index) => decodeTool(tool, `tools[${index}]`));
  const functions = fields.list('functions').map((value, index) => decodeFunction(value, `functions[${index}]`));
  const search = fields.object('web_search_options');
  const searching: Tool[] =
    search === undefined
      ? []
      : [{ kind: 'hosted', capability: 'web-search', ...extensionOf({}, { $webSearchOptions: search }) }];
  return [...tools, ...functions, ...searching];
}

function decodeTool(value: JsonValue, path: string): Tool {
  const tool = readTool(value, path);
  return isSameJson(encodeOwnTool(tool), value) ? tool : { ...tool, ...extensionOf({ $tool: value }) };
}

function readTool(value: JsonValue, path: string): Tool {
  const fields = openFields(value, path);
  const type = fields.string('type');
  if (type === 'custom') return readCustom(fields);
  const typeless = TYPELESS.find(([key]) => fields.rest[key] !== undefined);
  if (typeless !== undefined) return { kind: 'hosted', capability: typeless[1], ...extensionOf(objectOf(value) ?? {}) };
  if (type === 'function' || (type === undefined && fields.rest['function'] !== undefined)) return readFunction(fields);
  if (type === undefined) {
    throw new RequestFault(`${path}.type is missing`, `${path}.type`, { code: 'missing_required_parameter' });
  }
  const capability = Object.hasOwn(CAPABILITIES, type) ? (CAPABILITIES[type] ?? type) : type;
  return { kind: 'hosted', capability, ...extensionOf(objectOf(value) ?? {}) };
}

function readFunction(fields: Fields): FunctionTool {
  const inner = openFields(fields.requiredObject('function'), fields.at('function'));
  const declared = functionMembers(inner);
  const cache = cacheOf({ ...inner.rest, ...fields.rest });
  const hints = Object.keys(inner.rest).length === 0 ? {} : { $inner: inner.rest };
  return { kind: 'function', ...declared, ...cache, ...extensionOf(fields.rest, hints) };
}

function functionMembers(inner: Fields): Pick<FunctionTool, 'name' | 'description' | 'schema' | 'strict'> {
  const name = inner.requiredString('name');
  const description = inner.string('description');
  const schema = inner.object('parameters');
  const strict = inner.boolean('strict');
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema === undefined ? {} : { schema }),
    ...(strict === undefined ? {} : { strict }),
  };
}

function decodeFunction(value: JsonValue, path: string): FunctionTool {
  const inner = openFields(value, path);
  return { kind: 'function', ...functionMembers(inner), ...extensionOf(inner.rest, { $legacy: true }) };
}

function readCustom(fields: Fields): Tool {
  const inner = openFields(fields.requiredObject('custom'), fields.at('custom'));
  const name = inner.requiredString('name');
  const description = inner.string('description');
  const format = inner.object('format');
  return {
    kind: 'custom',
    name,
    ...(description === undefined ? {} : { description }),
    ...(format === undefined ? {} : { format }),
    ...extensionOf(fields.rest, Object.keys(inner.rest).length === 0 ? {} : { $inner: inner.rest }),
  };
}

/** @throws RequestFault when the choice is none that we know. */
export function decodeToolChoice(value: JsonValue | undefined, path: string): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  const named = (name: JsonValue | undefined): ToolChoice => {
    if (typeof name !== 'string') throw unknownChoice(path);
    return { mode: 'named', name };
  };
  if (typeof value === 'string') return wordChoice(value, path);
  const choice = openFields(value, path).rest;
  switch (choice['type']) {
    case 'function':
      return named((objectOf(choice['function']) ?? choice)['name']);
    case 'custom':
      return named((objectOf(choice['custom']) ?? choice)['name']);
    case 'allowed_tools':
      return allowedChoice(objectOf(choice['allowed_tools']) ?? choice, path);
    case 'auto':
    case 'none':
    case 'required':
    case 'any':
      return wordChoice(choice['type'], path);
    // The legacy `function_call` names a function without a type.
    case undefined:
      return named((objectOf(choice['function']) ?? choice)['name']);
    default:
      throw unknownChoice(path);
  }
}

function wordChoice(word: string, path: string): ToolChoice {
  if (word === 'auto' || word === 'none' || word === 'required') return { mode: word };
  // Mistral's word for it.
  if (word === 'any') return { mode: 'required' };
  throw unknownChoice(path);
}

function allowedChoice(choice: JsonObject, path: string): ToolChoice {
  const mode = choice['mode'] === 'required' ? 'required' : 'auto';
  const allowed = listOf(choice['tools']).flatMap((tool) => {
    const declared = objectOf(tool) ?? {};
    const name = textOf((objectOf(declared['function']) ?? objectOf(declared['custom']) ?? declared)['name']);
    return name === undefined ? [] : [name];
  });
  if (allowed.length === 0) throw unknownChoice(path);
  return { mode, allowed };
}

const unknownChoice = (path: string): RequestFault =>
  new RequestFault(
    `${path} must be auto, none or required, or name a declared function, custom tool or set of allowed tools`,
    path,
    { code: 'invalid_value' },
  );

/** Whether the client spoke the legacy `functions` and nothing newer: its answers carry `function_call` then. */
export const speaksFunctions = (tools: readonly Tool[]): boolean =>
  tools.length > 0 && tools.every((tool) => tool.ext?.[OPENAI_CHAT]?.['$legacy'] === true);
