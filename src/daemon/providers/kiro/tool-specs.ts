import type { EncodeRequestContext } from '../../dialects/dialect.js';
import { describeCustomTool } from '../../ir/custom-tool.js';
import type { JsonObject } from '../../ir/json.js';
import type { CustomTool, FunctionTool, HostedTool, ModelRequest } from '../../ir/request.js';
import type { ToolNames } from './tool-names.js';
import { kiroSchema } from './tool-schema.js';

/** 10 240 bytes are refused. */
const MAX_DESCRIPTION_BYTES = 10_000;

export interface ToolSpecs {
  readonly specs: readonly JsonObject[];
  /** What did not fit into descriptions, for the system prompt. */
  readonly notes: readonly string[];
  /** The client's names of tools whose free-form input travels as `{"input": "..."}`. */
  readonly wrapped: ReadonlySet<string>;
}

type OwnTool = FunctionTool | CustomTool;

/** The tools that may be called in this turn; declared first, they keep their names when a history has others like them. */
export function encodeTools(request: ModelRequest, context: EncodeRequestContext, names: ToolNames): ToolSpecs {
  const tools = callable(request, context);
  const notes: string[] = [];
  const specs = tools.map((tool) => {
    const name = names.wire(tool.name);
    const told = (tool.kind === 'custom' ? describeCustomTool(tool) : tool.description)?.trim() ?? '';
    const [description, rest] = splitAtBytes(told === '' ? `Tool: ${tool.name}` : told, MAX_DESCRIPTION_BYTES);
    if (rest !== '') notes.push(`More about the tool ${name}:\n${rest}`);
    if (tool.kind === 'function' && tool.strict === true) {
      context.warn({ path: 'tools[].strict', reason: 'Kiro has no strict tools' });
    }
    return toolSpec(name, description, tool.kind === 'custom' ? FREE_INPUT : kiroSchema(tool.schema));
  });
  return { specs, notes, wrapped: new Set(tools.filter(({ kind }) => kind === 'custom').map(({ name }) => name)) };
}

/** The search that the gateway runs at Kiro for the model, and how often; `undefined`: nobody wants one. */
export function searchOf({ tools, toolChoice }: ModelRequest): { readonly maxRounds: number } | undefined {
  const search = tools.find((tool) => tool.kind === 'hosted' && isWebSearch(tool));
  if (search?.kind !== 'hosted' || toolChoice?.mode === 'none') return undefined;
  return { maxRounds: Math.min(search.maxUses ?? MAX_SEARCH_ROUNDS, MAX_SEARCH_ROUNDS) };
}

const MAX_SEARCH_ROUNDS = 5;

export const isWebSearch = ({ capability }: HostedTool): boolean => capability === 'web-search';

/** Under its plain name the service refuses it. */
export const SEARCH_TOOL = 'remote_web_search';

export const searchSpec = (description: string): JsonObject =>
  toolSpec(SEARCH_TOOL, description, {
    type: 'object',
    properties: { query: { type: 'string', description: 'What to search for.' } },
    required: ['query'],
  });

/** Every name that a history uses must be declared, whether it may still be called or not. */
export function placeholderSpecs(used: ReadonlySet<string>, specs: readonly JsonObject[]): readonly JsonObject[] {
  const declared = new Set(specs.map((spec) => nameOf(spec).toLowerCase()));
  return [...used]
    .filter((name) => !declared.has(name.toLowerCase()))
    .map((name) => toolSpec(name, `Tool: ${name}`, { type: 'object', properties: {} }));
}

const toolSpec = (name: string, description: string, schema: JsonObject): JsonObject => ({
  toolSpecification: { name, description, inputSchema: { json: schema } },
});

function nameOf({ toolSpecification: spec }: JsonObject): string {
  return typeof spec === 'object' && spec !== null && 'name' in spec ? String(spec.name) : '';
}

const FREE_INPUT: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The whole input of the tool, as free text.' } },
  required: ['input'],
};

function callable({ tools, toolChoice }: ModelRequest, { warn }: EncodeRequestContext): readonly OwnTool[] {
  const allowed = toolChoice !== undefined && 'allowed' in toolChoice ? toolChoice.allowed : undefined;
  const byName = new Map<string, OwnTool>();
  tools.forEach((tool, index) => {
    const path = `tools[${index}]`;
    if (tool.kind === 'hosted' && isWebSearch(tool)) {
      if (tool.allowedDomains !== undefined || tool.blockedDomains !== undefined) {
        warn({ path, reason: 'the search of Kiro has no domain lists' });
      }
    } else if (tool.kind === 'hosted') {
      warn({ path, reason: `the built-in tool "${tool.capability}" does not exist for this model` });
    } else if (byName.has(tool.name)) {
      warn({ path, reason: `the name "${tool.name}" is taken; the first wins` });
    } else byName.set(tool.name, tool);
  });
  if (toolChoice?.mode === 'none') return [];
  return [...byName.values()].filter(({ name }) => allowed === undefined || allowed.includes(name));
}

/** Cuts where a character begins. */
function splitAtBytes(text: string, maxBytes: number): readonly [string, string] {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return [text, ''];
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return [bytes.toString('utf8', 0, end), bytes.toString('utf8', end)];
}
