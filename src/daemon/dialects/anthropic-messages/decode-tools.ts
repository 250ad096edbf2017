import { isObject, type JsonValue } from '../../ir/json.js';
import type { HostedTool, ModelRequest, Tool } from '../../ir/request.js';
import { type Fields, openFields, takeCache } from './fields.js';
import { asArray, asNumber, asObject, asString, extOf } from './wire.js';

/** An empty list stays with the request's other fields: the common form has no difference between none and absent. */
export function decodeTools(fields: Fields): Tool[] {
  const listed = fields.peek('tools');
  if (Array.isArray(listed) && listed.length === 0) return [];
  return (fields.array('tools') ?? []).map((tool, at) => decodeTool(tool, `tools[${at}]`));
}

function decodeTool(value: JsonValue, path: string): Tool {
  const fields = openFields(value, path);
  const type = fields.string('type');
  if (type !== undefined && type !== 'custom') return decodeHosted(fields, value, type);
  const name = fields.requiredString('name');
  const description = fields.string('description');
  const schema = fields.object('input_schema');
  const strict = fields.boolean('strict');
  const { carried, hints } = takeCache(fields);
  return {
    kind: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema === undefined ? {} : { schema }),
    ...(strict === undefined ? {} : { strict }),
    ...carried,
    ...extOf({ ...(type === undefined ? {} : { $type: type }), ...hints, ...fields.rest() }),
  };
}

/** Dated types of the tools that other vendors have too; the rest go by their own type. */
const CAPABILITIES: readonly (readonly [RegExp, HostedTool['capability']])[] = [
  [/^web_search_\d+$/, 'web-search'],
  [/^web_fetch_\d+$/, 'url-context'],
  [/^code_execution_\d+$/, 'code'],
];

function decodeHosted(fields: Fields, value: JsonValue, type: string): Tool {
  const allowedDomains = readTexts(fields.peek('allowed_domains'));
  const blockedDomains = readTexts(fields.peek('blocked_domains'));
  const maxUses = asNumber(fields.peek('max_uses'));
  return {
    kind: 'hosted',
    capability: CAPABILITIES.find(([pattern]) => pattern.test(type))?.[1] ?? type,
    ...(allowedDomains.length === 0 ? {} : { allowedDomains }),
    ...(blockedDomains.length === 0 ? {} : { blockedDomains }),
    ...(maxUses === undefined ? {} : { maxUses }),
    ...takeCache(fields).carried,
    ...(isObject(value) ? extOf(value) : {}),
  };
}

const readTexts = (value: JsonValue | undefined): readonly string[] =>
  asArray(value).filter((entry): entry is string => typeof entry === 'string');

const MODES: Readonly<Record<string, 'auto' | 'none' | 'required'>> = { auto: 'auto', none: 'none', any: 'required' };

/** Reads `tool_choice`; an unknown kind has no common meaning. */
export function decodeToolChoice(value: JsonValue | undefined): Pick<ModelRequest, 'toolChoice' | 'parallelToolCalls'> {
  const choice = asObject(value);
  const type = asString(choice?.['type']) ?? '';
  const name = asString(choice?.['name']);
  const mode = Object.hasOwn(MODES, type) ? MODES[type] : undefined;
  const single = choice?.['disable_parallel_tool_use'];
  return {
    ...(mode === undefined ? {} : { toolChoice: { mode } }),
    ...(type === 'tool' && name !== undefined ? { toolChoice: { mode: 'named' as const, name } } : {}),
    ...(typeof single === 'boolean' ? { parallelToolCalls: !single } : {}),
  };
}
