import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { OutputFormat, Tool, ToolChoice } from '../../ir/request.js';
import { OPENAI_CHAT, objectOf, ownExtension } from './wire.js';

/** Prints a tool as the client had declared it. */
export function encodeOwnTool(tool: Tool): JsonObject {
  const { fields, hints } = ownExtension(tool.ext);
  const original = objectOf(hints['$tool']);
  if (original !== undefined) return original;
  const inner = objectOf(hints['$inner']) ?? {};
  switch (tool.kind) {
    case 'hosted':
      return fields;
    case 'custom': {
      const { name, description, format } = tool;
      const custom = {
        name,
        ...(description === undefined ? {} : { description }),
        ...(format === undefined ? {} : { format }),
        ...inner,
      };
      return { type: 'custom', custom, ...fields };
    }
    case 'function': {
      const declared = functionObject(tool);
      return hints['$legacy'] === true
        ? { ...declared, ...fields }
        : { type: 'function', function: { ...declared, ...inner }, ...fields };
    }
  }
}

/** The members of a function declaration. */
export function functionObject(tool: {
  readonly name: string;
  readonly description?: string;
  readonly schema?: JsonObject;
  readonly strict?: boolean;
}): JsonObject {
  const { name, description, schema, strict } = tool;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema === undefined ? {} : { parameters: schema }),
    ...(strict === undefined ? {} : { strict }),
  };
}

/** The members of a request that declare tools. */
export function encodeOwnTools(tools: readonly Tool[]): JsonObject {
  const hint = (tool: Tool, key: string): JsonValue | undefined => tool.ext?.[OPENAI_CHAT]?.[key];
  const search = tools.find((tool) => hint(tool, '$webSearchOptions') !== undefined);
  const functions = tools.filter((tool) => hint(tool, '$legacy') === true);
  const others = tools.filter((tool) => tool !== search && !functions.includes(tool));
  return {
    ...(others.length > 0 ? { tools: others.map(encodeOwnTool) } : {}),
    ...(functions.length > 0 ? { functions: functions.map(encodeOwnTool) } : {}),
    ...(search === undefined ? {} : { web_search_options: hint(search, '$webSearchOptions') }),
  };
}

/** The usual spelling of a choice; `allowed` needs the kind of no tool, functions are meant. */
export function encodeToolChoice(choice: ToolChoice): JsonValue {
  if (choice.mode === 'named') return { type: 'function', function: { name: choice.name } };
  if (choice.allowed === undefined) return choice.mode;
  const tools = choice.allowed.map((name) => ({ type: 'function', function: { name } }));
  return { type: 'allowed_tools', allowed_tools: { mode: choice.mode, tools } };
}

export function encodeOutput(output: OutputFormat): JsonObject {
  if (output.type === 'text') return { type: 'text' };
  if (output.type === 'json') return { type: 'json_object' };
  const { name, description, schema, strict } = output;
  return {
    type: 'json_schema',
    json_schema: {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      schema,
      ...(strict === undefined ? {} : { strict }),
    },
  };
}
