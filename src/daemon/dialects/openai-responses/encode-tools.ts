import { RequestFault } from '../../ir/error.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { HostedTool, ModelRequest, Tool } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';
import type { WireNames } from './names.js';

type Warn = EncodeRequestContext['warn'];

/** The tools of another dialect's request. Of two with one name the first wins; built-ins other than web search go. */
export function encodeTools(tools: readonly Tool[], names: WireNames, warn: Warn): JsonObject[] {
  const seen = new Set<string>();
  return tools.flatMap((tool, index) => {
    if (tool.kind === 'hosted') return encodeHosted(tool, `tools[${index}]`, warn);
    if (seen.has(tool.name)) {
      warn({ path: `tools[${index}].name`, reason: `another tool is called "${tool.name}" already` });
      return [];
    }
    seen.add(tool.name);
    return [encodeCallable(tool, names.tool(tool.name))];
  });
}

function encodeCallable(tool: Exclude<Tool, HostedTool>, name: string): JsonObject {
  const description = tool.description === undefined ? {} : { description: tool.description };
  if (tool.kind === 'custom') {
    return { type: 'custom', name, ...description, ...(tool.format === undefined ? {} : { format: tool.format }) };
  }
  return {
    type: 'function',
    name,
    ...description,
    parameters: tool.schema ?? { type: 'object', properties: {} },
    // Left out it would mean true here, unlike in every other dialect.
    strict: tool.strict ?? false,
  };
}

function encodeHosted(tool: HostedTool, path: string, warn: Warn): JsonObject[] {
  if (tool.capability !== 'web-search') {
    warn({ path, reason: `this upstream has no built-in tool for "${tool.capability}" of another provider` });
    return [];
  }
  if (tool.maxUses !== undefined) warn({ path: `${path}.max_uses`, reason: 'searches cannot be counted here' });
  if (tool.blockedDomains !== undefined) {
    warn({ path: `${path}.blocked_domains`, reason: 'domains can only be allowed here, not blocked' });
  }
  const domains = tool.allowedDomains;
  return [{ type: 'web_search', ...(domains === undefined ? {} : { filters: { allowed_domains: domains } }) }];
}

/** The wire form of the tool choice; `undefined` without tools, where a choice is refused. */
export function encodeToolChoice(request: ModelRequest, names: WireNames, warn: Warn): JsonValue | undefined {
  const { toolChoice: choice, tools } = request;
  if (choice === undefined || tools.length === 0) return undefined;
  if (choice.mode === 'named') return encodeNamed(choice.name, tools, names, warn);
  const { mode, allowed } = choice;
  if (allowed === undefined || mode === 'none') return mode;
  const declared = allowed.filter((name) => find(tools, name) !== undefined);
  if (declared.length === 0) return mode;
  const [only] = declared;
  if (mode === 'required' && declared.length === 1 && only !== undefined) return encodeNamed(only, tools, names, warn);
  return { type: 'allowed_tools', mode, tools: declared.map((name) => encodeNamed(name, tools, names, warn)) };
}

function encodeNamed(name: string, tools: readonly Tool[], names: WireNames, warn: Warn): JsonValue {
  const tool = find(tools, name);
  if (tool !== undefined) return { type: tool.kind, name: names.tool(name) };
  const hosted = tools.find((candidate) => candidate.kind === 'hosted' && isCalled(candidate, name));
  if (hosted === undefined) {
    warn({ path: 'tool_choice', reason: `no tool is called "${name}"` });
    return 'auto';
  }
  if (hosted.kind === 'hosted' && hosted.capability !== 'web-search') {
    throw new RequestFault(`the built-in tool "${name}" is not available for this model`, 'tool_choice');
  }
  return { type: 'web_search' };
}

const find = (tools: readonly Tool[], name: string): Exclude<Tool, HostedTool> | undefined =>
  tools.find((tool): tool is Exclude<Tool, HostedTool> => tool.kind !== 'hosted' && tool.name === name);

const isCalled = (tool: HostedTool, name: string): boolean =>
  tool.capability === name || tool.capability.replaceAll('-', '_') === name;
