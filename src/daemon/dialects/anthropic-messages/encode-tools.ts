import { describeCustomTool } from '../../ir/custom-tool.js';
import { RequestFault } from '../../ir/error.js';
import type { JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { CustomTool, FunctionTool, HostedTool, ModelRequest, Tool } from '../../ir/request.js';
import type { Warning } from '../dialect.js';
import { openToolNames, type ToolNames } from './names.js';
import { wrappedSchema } from './tool-input.js';
import { toolSchema } from './tool-schema.js';
import { asString, withCache } from './wire.js';

/** The oldest dated version: every model and every compatible upstream has it. */
const WEB_SEARCH = { type: 'web_search_20250305', name: 'web_search' } as const;

export interface EncodedTools {
  readonly tools: readonly JsonObject[];
  readonly choice: JsonObject | undefined;
  readonly names: ToolNames;
  /** The client's names of tools whose free-form input travels as `{"input": "..."}`. */
  readonly wrapped: ReadonlySet<string>;
}

interface Context {
  readonly model: ModelInfo;
  readonly warn: (warning: Warning) => void;
}

/**
 * Prints tools and their choice.
 * @throws RequestFault when the choice names a provider-run tool that does not exist here.
 */
export function encodeTools(request: ModelRequest, context: Context): EncodedTools {
  const { allowed } = { allowed: undefined, ...request.toolChoice };
  const listed = request.tools.filter((tool) => isAllowed(tool, allowed));
  const names = openToolNames(listed.some(isWebSearch) ? [WEB_SEARCH.name] : []);
  const wrapped = new Set<string>();
  const declared = new Map<string, string>();
  const tools: JsonObject[] = [];

  for (const tool of listed) {
    const path = `tools[${request.tools.indexOf(tool)}]`;
    if (tool.kind === 'hosted') {
      const block = encodeHosted(tool, path, context);
      if (block !== undefined && !tools.some(({ name }) => name === block['name'])) tools.push(block);
      continue;
    }
    if (declared.has(tool.name)) {
      context.warn({ path, reason: `another tool is named ${tool.name} already` });
      continue;
    }
    declared.set(tool.name, names.wire(tool.name));
    if (tool.kind === 'custom') wrapped.add(tool.name);
    tools.push(withCache(encodeCallable(tool, names.wire(tool.name), path, context), tool.cache));
  }
  refuseMissingBuiltIn(request, declared);
  return { tools, choice: encodeChoice(request, tools, declared), names, wrapped };
}

const isWebSearch = (tool: Tool): boolean => tool.kind === 'hosted' && tool.capability === 'web-search';

function isAllowed(tool: Tool, allowed: readonly string[] | undefined): boolean {
  if (allowed === undefined) return true;
  if (tool.kind === 'hosted')
    return allowed.includes(tool.capability) || allowed.some((name) => builtInNames(tool).has(name));
  return allowed.includes(tool.name);
}

function encodeCallable(tool: FunctionTool | CustomTool, name: string, path: string, context: Context): JsonObject {
  const described = (text: string | undefined): JsonObject =>
    text === undefined || text === '' ? {} : { description: text };
  if (tool.kind === 'custom') {
    return { name, ...described(describeCustomTool(tool)), input_schema: wrappedSchema() };
  }
  const isStrict = tool.strict === true && context.model.traits.has('structured-output');
  if (tool.strict === true && !isStrict)
    context.warn({ path: `${path}.strict`, reason: 'this model has no strict tools' });
  return {
    name,
    ...described(tool.description),
    input_schema: toolSchema(tool.schema),
    ...(isStrict ? { strict: true } : {}),
  };
}

function encodeHosted(tool: HostedTool, path: string, { warn }: Context): JsonObject | undefined {
  if (tool.capability !== 'web-search') {
    warn({ path, reason: `the Messages API has no ${tool.capability} tool to stand for it` });
    return undefined;
  }
  const { allowedDomains = [], blockedDomains = [], maxUses } = tool;
  const hasBoth = allowedDomains.length > 0 && blockedDomains.length > 0;
  if (hasBoth) warn({ path, reason: 'blocked domains cannot stand beside allowed ones' });
  return withCache(
    {
      ...WEB_SEARCH,
      ...(allowedDomains.length === 0 ? {} : { allowed_domains: allowedDomains }),
      ...(blockedDomains.length === 0 || hasBoth ? {} : { blocked_domains: blockedDomains }),
      ...(maxUses === undefined ? {} : { max_uses: maxUses }),
    },
    tool.cache,
  );
}

/** What a choice may call a provider-run tool. */
function builtInNames(tool: HostedTool): ReadonlySet<string> {
  const types = Object.values(tool.ext ?? {}).map((declaration) => asString(declaration['type']));
  return new Set([
    tool.capability,
    tool.capability.replaceAll('-', '_'),
    ...types.filter((type) => type !== undefined),
  ]);
}

function refuseMissingBuiltIn({ toolChoice, tools }: ModelRequest, declared: ReadonlyMap<string, string>): void {
  if (toolChoice?.mode !== 'named' || declared.has(toolChoice.name)) return;
  const { name } = toolChoice;
  const isDropped = tools.some((tool) => tool.kind === 'hosted' && !isWebSearch(tool) && builtInNames(tool).has(name));
  if (isDropped) throw new RequestFault(`the tool ${name} is not available for this model`, 'tool_choice');
}

function encodeChoice(
  { toolChoice, parallelToolCalls, tools: asked }: ModelRequest,
  tools: readonly JsonObject[],
  declared: ReadonlyMap<string, string>,
): JsonObject | undefined {
  if (tools.length === 0) return undefined;
  const single = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  switch (toolChoice?.mode) {
    case undefined:
      return parallelToolCalls === false ? { type: 'auto', ...single } : undefined;
    case 'none':
      return { type: 'none' };
    case 'auto':
      return { type: 'auto', ...single };
    case 'required':
      return { type: 'any', ...single };
    case 'named': {
      const name = declared.get(toolChoice.name) ?? searchName(toolChoice.name, asked);
      return name === undefined ? { type: 'auto', ...single } : { type: 'tool', name, ...single };
    }
  }
}

const searchName = (name: string, tools: readonly Tool[]): string | undefined =>
  tools.some((tool) => tool.kind === 'hosted' && isWebSearch(tool) && builtInNames(tool).has(name))
    ? WEB_SEARCH.name
    : undefined;
