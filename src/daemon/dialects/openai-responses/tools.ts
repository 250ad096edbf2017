import { isObject, type JsonObject, type JsonValue, ownValue } from '../../ir/json.js';
import type { CustomTool, FunctionTool, HostedTool, Tool } from '../../ir/request.js';
import { cacheOf, DIALECT, isArray, keep, kept, type Members, openMembers, wireMembers } from './wire.js';

/** Codex names the namespaces of MCP servers `mcp__server__`: the separator stands there already. */
export const joinNamespace = (namespace: string, name: string): string =>
  namespace.endsWith('__') ? namespace + name : `${namespace}__${name}`;

const CAPABILITY: Readonly<Record<string, HostedTool['capability']>> = {
  web_search: 'web-search',
  web_search_2025_08_26: 'web-search',
  web_search_preview: 'web-search',
  web_search_preview_2025_03_11: 'web-search',
  code_interpreter: 'code',
  image_generation: 'image',
};

/** Reads the declared tools; the tools of a namespace become tools of their own, named `namespace__tool`. */
export function decodeTools(values: readonly JsonValue[], path: string): Tool[] {
  return values.flatMap((value, index) => {
    const at = `${path}[${index}]`;
    const members = openMembers(isObject(value) ? value : {}, at, 'throw');
    members.requiredString('type');
    return isObject(value) ? decodeTool(value, members, index) : [];
  });
}

function decodeTool(value: JsonObject, members: Members, index: number): Tool[] {
  const inner = value['tools'];
  if (value['type'] === 'namespace' && isArray(inner) && inner.length > 0 && inner.every(isCallable)) {
    return decodeNamespace(members, inner, index);
  }
  return isCallable(value) ? [decodeCallable(value, members, undefined)] : [hosted(value)];
}

const isCallable = (value: JsonValue): value is JsonObject =>
  isObject(value) && (value['type'] === 'function' || value['type'] === 'custom');

function decodeNamespace(members: Members, inner: readonly JsonObject[], index: number): Tool[] {
  members.use('type');
  members.use('tools');
  const name = members.requiredString('name');
  const namespace = { $index: index, name, ...members.rest() };
  return inner.map((tool, position) =>
    decodeCallable(tool, openMembers(tool, `${members.path}.tools[${position}]`, 'throw'), { name, namespace }),
  );
}

function decodeCallable(
  value: JsonObject,
  members: Members,
  within: { readonly name: string; readonly namespace: JsonObject } | undefined,
): FunctionTool | CustomTool {
  members.use('type');
  const local = members.requiredString('name');
  const description = members.string('description');
  const common = {
    name: within === undefined ? local : joinNamespace(within.name, local),
    ...(description === undefined ? {} : { description }),
    ...cacheOf(value),
  };
  const hints = within === undefined ? {} : { $namespace: within.namespace, $name: local };
  if (value['type'] === 'custom') {
    const format = members.object('format');
    const extra = keep({ ...members.rest(), ...hints });
    return { kind: 'custom', ...common, ...(format === undefined ? {} : { format }), ...extra };
  }
  const schema = members.object('parameters');
  const strict = members.boolean('strict');
  return {
    kind: 'function',
    ...common,
    ...(schema === undefined ? {} : { schema }),
    ...(strict === undefined ? {} : { strict }),
    ...keep({ ...members.rest(), ...hints }),
  };
}

function hosted(value: JsonObject): HostedTool {
  const type = typeof value['type'] === 'string' ? value['type'] : '';
  const filters = isObject(value['filters']) ? value['filters'] : {};
  const allowedDomains = strings(filters['allowed_domains']);
  const blockedDomains = strings(filters['blocked_domains']);
  return {
    kind: 'hosted',
    capability: ownValue(CAPABILITY, type) ?? type,
    ...(allowedDomains === undefined ? {} : { allowedDomains }),
    ...(blockedDomains === undefined ? {} : { blockedDomains }),
    ...keep(value),
  };
}

const strings = (value: JsonValue | undefined): readonly string[] | undefined =>
  isArray(value) && value.length > 0 ? value.filter((item) => typeof item === 'string') : undefined;

/** Prints tools that this dialect decoded, as they were declared. */
export function printTools(tools: readonly Tool[]): JsonObject[] {
  const printed: JsonObject[] = [];
  let open: { readonly index: JsonValue | undefined; readonly tools: JsonObject[] } | undefined;
  for (const tool of tools) {
    const { $namespace: namespace } = kept(tool);
    if (!isObject(namespace)) {
      open = undefined;
      printed.push(printTool(tool));
      continue;
    }
    const { $index: index, ...declared } = namespace;
    if (open?.index !== index) {
      open = { index, tools: [] };
      printed.push({ type: 'namespace', ...declared, tools: open.tools });
    }
    open?.tools.push(printTool(tool));
  }
  return printed;
}

function printTool(tool: Tool): JsonObject {
  const members = kept(tool);
  const extra = wireMembers(members);
  if (tool.kind === 'hosted') return extra;
  const { $name: local } = members;
  const head = {
    type: tool.kind,
    name: local ?? tool.name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
  };
  if (tool.kind === 'custom')
    return { ...head, ...(tool.format === undefined ? {} : { format: tool.format }), ...extra };
  return {
    ...head,
    ...(tool.schema === undefined ? {} : { parameters: tool.schema }),
    ...(tool.strict === undefined ? {} : { strict: tool.strict }),
    ...extra,
  };
}

/** How a tool of the request is named in this dialect's answers. */
export interface ClientTool {
  readonly kind: 'function' | 'custom';
  readonly name: string;
  readonly namespace?: string;
}

/** The callable tools of a request by the name they have beyond this dialect. */
export function clientTools(tools: readonly Tool[]): ReadonlyMap<string, ClientTool> {
  const map = new Map<string, ClientTool>();
  for (const tool of tools) {
    if (tool.kind === 'hosted' || map.has(tool.name)) continue;
    const { $namespace: namespace, $name: local } = tool.ext?.[DIALECT] ?? {};
    const isInside = isObject(namespace) && typeof namespace['name'] === 'string' && typeof local === 'string';
    map.set(tool.name, {
      kind: tool.kind,
      name: isInside ? local : tool.name,
      ...(isInside ? { namespace: String(namespace['name']) } : {}),
    });
  }
  return map;
}
