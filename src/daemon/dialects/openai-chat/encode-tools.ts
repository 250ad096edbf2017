import { describeCustomTool } from '../../ir/custom-tool.js';
import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { FunctionTool, HostedTool, ModelRequest, Tool, ToolChoice } from '../../ir/request.js';
import type { Restore, Warning } from '../dialect.js';
import { encodeToolChoice, functionObject } from './encode-own-tools.js';
import { isArray } from './wire.js';

/** Maps tool names to what the wire allows, and remembers how to undo it. */
export interface ToolNames {
  wire(name: string): string;
  readonly restore: ReadonlyMap<string, string>;
}

const LONGEST_NAME = 64;

export function openToolNames(): ToolNames {
  const wireNames = new Map<string, string>();
  const restore = new Map<string, string>();
  const taken = new Set<string>();
  return {
    restore,
    wire(name) {
      const known = wireNames.get(name);
      if (known !== undefined) return known;
      const plain = name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, LONGEST_NAME) || '_';
      let wire = plain;
      for (let round = 2; taken.has(wire); round++) {
        wire = `${plain.slice(0, LONGEST_NAME - 1 - String(round).length)}_${round}`;
      }
      taken.add(wire);
      wireNames.set(name, wire);
      if (wire !== name) restore.set(wire, name);
      return wire;
    },
  };
}

/** Free-form input, wrapped for a model that takes JSON only. */
const WRAPPED_SCHEMA: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
  required: ['input'],
};

export interface EncodedTools {
  readonly members: JsonObject;
  readonly restore: Pick<Restore, 'wrappedTools'>;
}

/** Prints the tools of another dialect, and the choice among them. */
export function encodeTools(
  request: ModelRequest,
  { names, warn }: { readonly names: ToolNames; readonly warn: (warning: Warning) => void },
): EncodedTools {
  const { dialect, toolChoice, parallelToolCalls } = request;
  const tools = withoutRepeated(request.tools, warn);
  // Gemini has no set that may change between turns: it declares what it allows.
  const allowed = dialect === 'openai-responses' ? undefined : allowedNames(toolChoice);
  const offered = tools.filter((tool) => tool.kind === 'hosted' || (allowed?.has(tool.name) ?? true));
  const functions = offered.flatMap((tool) => (tool.kind === 'hosted' ? [] : [encodeTool(tool, dialect, names)]));
  const wrapped = offered.flatMap((tool) => (tool.kind === 'custom' ? [tool.name] : []));
  refuseMissingBuiltIn(toolChoice, tools);
  const fitted = fitChoice(toolChoice, offered, warn);
  const choice =
    allowed === undefined || fitted === undefined || fitted.mode === 'named' ? fitted : { mode: fitted.mode };
  const members: JsonObject = {
    ...(functions.length === 0 ? {} : { tools: functions }),
    ...(functions.length === 0 || choice === undefined ? {} : { tool_choice: spelled(choice, names) }),
    ...(functions.length === 0 || parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }),
    ...encodeHosted(tools, request, warn),
  };
  return { members, restore: wrapped.length === 0 ? {} : { wrappedTools: new Set(wrapped) } };
}

function withoutRepeated(tools: readonly Tool[], warn: (warning: Warning) => void): readonly Tool[] {
  const seen = new Set<string>();
  return tools.filter((tool, index) => {
    if (tool.kind === 'hosted') return true;
    if (!seen.has(tool.name)) return seen.add(tool.name);
    warn({ path: `tools[${index}]`, reason: `a tool named ${tool.name} was declared before` });
    return false;
  });
}

const allowedNames = (choice: ToolChoice | undefined): ReadonlySet<string> | undefined =>
  choice !== undefined && choice.mode !== 'named' && choice.allowed !== undefined ? new Set(choice.allowed) : undefined;

function encodeTool(tool: Exclude<Tool, { kind: 'hosted' }>, dialect: string, names: ToolNames): JsonObject {
  const name = names.wire(tool.name);
  if (tool.kind === 'custom') {
    const description = describeCustomTool(tool);
    const wrapped = { name, ...(description === undefined ? {} : { description }), schema: WRAPPED_SCHEMA };
    return { type: 'function', function: functionObject(wrapped) };
  }
  return { type: 'function', function: functionObject({ ...fitSchema(tool, dialect), name }) };
}

function fitSchema(tool: FunctionTool, dialect: string): FunctionTool {
  if (tool.schema === undefined) return tool;
  const schema = dialect === 'gemini-generate' ? lowerCaseTypes(tool.schema) : tool.schema;
  return { ...tool, schema, ...(tool.strict === true ? { strict: isStrictSchema(schema) } : {}) };
}

/** Strict mode refuses an object that does not close itself; it is not closed for the client. */
export const isStrictSchema = (schema: JsonObject): boolean => schema['additionalProperties'] === false;

/** Gemini writes OpenAPI's types in capitals. */
export function lowerCaseTypes(schema: JsonObject): JsonObject {
  const lowered = (value: JsonValue | undefined, key: string): JsonValue | undefined => {
    if (key === 'type' && typeof value === 'string' && /^[A-Z]+$/.test(value)) return value.toLowerCase();
    if (isArray(value)) return value.map((item) => lowered(item, '') ?? null);
    return isObject(value) ? lowerCaseTypes(value) : value;
  };
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, lowered(value, key)]));
}

/** An answer without the tool that was asked for would be an answer to something else. */
function refuseMissingBuiltIn(choice: ToolChoice | undefined, tools: readonly Tool[]): void {
  if (choice?.mode !== 'named' || tools.some((tool) => tool.kind !== 'hosted' && tool.name === choice.name)) return;
  const isCalled = ({ capability, ext = {} }: HostedTool): boolean =>
    capability === choice.name || Object.values(ext).some(({ type }) => type === choice.name);
  const isDropped = tools.some((tool) => tool.kind === 'hosted' && tool.capability !== 'web-search' && isCalled(tool));
  if (!isDropped) return;
  throw new RequestFault(`the built-in tool "${choice.name}" is not available for this model`, 'tool_choice');
}

/** A choice that names nothing on offer would be refused upstream. */
function fitChoice(
  choice: ToolChoice | undefined,
  offered: readonly Tool[],
  warn: (warning: Warning) => void,
): ToolChoice | undefined {
  if (choice === undefined) return undefined;
  if (choice.mode !== 'named') {
    const [only, second] = choice.allowed ?? [];
    const isSingle = choice.mode === 'required' && only !== undefined && second === undefined;
    return isSingle ? fitChoice({ mode: 'named', name: only }, offered, warn) : choice;
  }
  if (offered.some((tool) => tool.kind !== 'hosted' && tool.name === choice.name)) return choice;
  warn({ path: 'tool_choice', reason: `no tool named ${choice.name} is on offer, so the model chooses` });
  return { mode: 'auto' };
}

function spelled(choice: ToolChoice, names: ToolNames): JsonValue {
  if (choice.mode === 'named') return encodeToolChoice({ mode: 'named', name: names.wire(choice.name) });
  return choice.allowed === undefined
    ? choice.mode
    : encodeToolChoice({ mode: choice.mode, allowed: choice.allowed.map(names.wire) });
}

/** Responses' search has a twin here; every other tool that a provider runs by itself is left out. */
function encodeHosted(
  tools: readonly Tool[],
  { dialect, model }: ModelRequest,
  warn: (warning: Warning) => void,
): JsonObject {
  let members: JsonObject = {};
  // OpenAI answers 400 for models that are not made for searching (github.com/BerriAI/litellm/issues/12311), and Codex
  // offers its search in every request: kept for those, and where the request is about nothing else.
  const mayOffer = /search/.test(model) || tools.every((tool) => tool.kind === 'hosted');
  for (const tool of tools) {
    if (tool.kind !== 'hosted') continue;
    const isSearch = tool.capability === 'web-search' && dialect === 'openai-responses';
    if (isSearch && mayOffer) {
      members = { web_search_options: {} };
      if (tool.allowedDomains !== undefined || tool.blockedDomains !== undefined) {
        warn({ path: 'tools', reason: 'the search of Chat Completions has no domain lists' });
      }
    } else warn({ path: 'tools', reason: `the hosted tool ${tool.capability} has no place in Chat Completions` });
  }
  return members;
}
