import { describeCustomTool } from '../../ir/custom-tool.js';
import { RequestFault } from '../../ir/error.js';
import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { CustomTool, FunctionTool, HostedTool, ModelRequest, ToolChoice } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';
import { issuerOf } from './issuer.js';
import type { ToolNames } from './names.js';
import { cleanSchema, GEMINI_RULES } from './schema.js';
import { isSearchOnly, searchSettings } from './search-request.js';
import { ID } from './wire.js';

export interface EncodedTools {
  readonly members: JsonObject;
  /** Client's names of the free-form tools that became functions with one `input`. */
  readonly wrapped: ReadonlySet<string>;
}

type OwnFunction = FunctionTool | CustomTool;

/** Google's own tools that others know by capability. */
const HOSTED: Readonly<Record<string, string>> = {
  'web-search': 'googleSearch',
  'google-search': 'googleSearch',
  'url-context': 'urlContext',
  code: 'codeExecution',
};

/** `tools` and `toolConfig`. */
export function encodeTools(request: ModelRequest, context: EncodeRequestContext, names: ToolNames): EncodedTools {
  const functions = uniqueFunctions(request, context);
  const google = googleTools(request, context, functions.length > 0);
  const calling = callingConfig({
    request,
    context,
    names,
    functions,
    isMixed: functions.length > 0 && google.length > 0,
  });
  const declarations = functions.map((tool) => declare(tool, names, context.model));
  const tools = [...(declarations.length === 0 ? [] : [{ functionDeclarations: declarations }]), ...google];
  return {
    members: {
      ...(tools.length === 0 ? {} : { tools }),
      ...(calling === undefined ? {} : { toolConfig: calling }),
    },
    wrapped: new Set(functions.filter(({ kind }) => kind === 'custom').map(({ name }) => name)),
  };
}

function uniqueFunctions({ tools }: ModelRequest, { warn }: EncodeRequestContext): readonly OwnFunction[] {
  const seen = new Map<string, OwnFunction>();
  tools.forEach((tool, index) => {
    if (tool.kind === 'hosted') return;
    if (seen.has(tool.name))
      warn({ path: `tools[${index}]`, reason: `the name "${tool.name}" is taken; the first wins` });
    else seen.set(tool.name, tool);
  });
  return [...seen.values()];
}

function declare(tool: OwnFunction, names: ToolNames, { traits }: ModelInfo): JsonObject {
  const description = tool.kind === 'custom' ? describeCustomTool(tool) : tool.description;
  return {
    name: names.wire(tool.name),
    ...(description === undefined || description === '' ? {} : { description }),
    parametersJsonSchema: tool.kind === 'custom' ? FREE_INPUT : printSchema(tool.schema ?? {}, traits),
  };
}

/** Antigravity takes less, and its provider cleans the schemas of relayed bodies anyway. */
const printSchema = (schema: JsonObject, traits: ModelInfo['traits']): JsonObject =>
  traits.has('antigravity') ? schema : cleanSchema(schema, GEMINI_RULES);

const FREE_INPUT: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string' } },
  required: ['input'],
};

function googleTools(request: ModelRequest, context: EncodeRequestContext, hasFunctions: boolean): JsonObject[] {
  const seen = new Set<string>();
  request.tools.forEach((tool, index) => {
    const key =
      tool.kind === 'hosted'
        ? googleTool(tool, { request, context, hasFunctions, path: `tools[${index}]` })
        : undefined;
    if (key !== undefined) seen.add(key);
  });
  return [...seen].map((key) => ({ [key]: isSearchOnly(request, context) ? searchSettings(request) : {} }));
}

interface HostedInput {
  readonly request: ModelRequest;
  readonly context: EncodeRequestContext;
  readonly hasFunctions: boolean;
  readonly path: string;
}

function googleTool(tool: HostedTool, { request, context, hasFunctions, path }: HostedInput): string | undefined {
  const drop = (reason: string): undefined => {
    context.warn({ path, reason });
    return undefined;
  };
  const key = Object.hasOwn(HOSTED, tool.capability) ? HOSTED[tool.capability] : undefined;
  const choice = request.toolChoice;
  if (key === undefined) {
    if (choice?.mode === 'named' && spellings(tool).includes(choice.name)) {
      throw new RequestFault(`the tool "${choice.name}" does not exist for this model`, 'tool_choice');
    }
    return drop(`the built-in tool "${tool.capability}" does not exist for this model`);
  }
  const { traits } = context.model;
  const isAntigravity = traits.has('antigravity');
  if (isAntigravity && issuerOf(context.model) !== ID && !isSearchOnly(request, context)) {
    return drop(`this model takes no ${key} beside a conversation`);
  }
  if (hasFunctions && (isAntigravity || !traits.has('gemini-3'))) {
    return drop(`this model takes ${key} or functions, not both`);
  }
  if (choice?.mode === 'none') return drop(`${key} is left out because no tool may be used`);
  const isLimited = tool.allowedDomains !== undefined || tool.maxUses !== undefined;
  if (tool.blockedDomains !== undefined || (isLimited && !isSearchOnly(request, context))) {
    context.warn({ path, reason: `${key} has neither domain lists nor a limit of uses` });
  }
  return key;
}

/** Every name by which a client may choose a built-in tool. */
function spellings({ capability, ext }: HostedTool): readonly JsonValue[] {
  const declared = Object.values(ext ?? {}).flatMap((declaration) => [declaration['type'], declaration['name']]);
  return [capability, capability.replaceAll('-', '_'), ...declared.filter((name) => name !== undefined)];
}

interface CallingInput {
  readonly request: ModelRequest;
  readonly context: EncodeRequestContext;
  readonly names: ToolNames;
  readonly functions: readonly OwnFunction[];
  /** Functions and Google's tools together. */
  readonly isMixed: boolean;
}

function callingConfig({ request, context, names, functions, isMixed }: CallingInput): JsonObject | undefined {
  if (request.parallelToolCalls === false && functions.length > 0) {
    context.warn({ path: 'parallel_tool_calls', reason: 'parallel calls cannot be switched off here' });
  }
  if (functions.length === 0) return undefined;
  const isValidated = isMixed || functions.some((tool) => tool.kind === 'function' && tool.strict === true);
  const choice = knownChoice(request.toolChoice, functions, context);
  const allowed = choice?.mode === 'named' ? [choice.name] : choice?.allowed;
  const mode = modeOf(choice, isValidated);
  if (mode === undefined) return undefined;
  const takesNames = mode === 'ANY' || mode === 'VALIDATED';
  const calling = {
    mode,
    ...(allowed === undefined || !takesNames ? {} : { allowedFunctionNames: allowed.map((name) => names.wire(name)) }),
  };
  const sharing = isMixed && !context.model.traits.has('vertex') ? { includeServerSideToolInvocations: true } : {};
  return { functionCallingConfig: calling, ...sharing };
}

function modeOf(choice: ToolChoice | undefined, isValidated: boolean): string | undefined {
  switch (choice?.mode) {
    case undefined:
      return isValidated ? 'VALIDATED' : undefined;
    case 'auto':
      // Names are allowed beside ANY and VALIDATED only.
      return isValidated || choice.allowed !== undefined ? 'VALIDATED' : 'AUTO';
    case 'none':
      return 'NONE';
    case 'required':
    case 'named':
      return 'ANY';
  }
}

/** A choice of a tool that was not declared is no choice. */
function knownChoice(
  choice: ToolChoice | undefined,
  functions: readonly OwnFunction[],
  { warn }: EncodeRequestContext,
): ToolChoice | undefined {
  const isDeclared = (name: string): boolean => functions.some((tool) => tool.name === name);
  if (choice?.mode === 'named') {
    if (isDeclared(choice.name)) return choice;
    warn({ path: 'tool_choice', reason: `no function is named "${choice.name}"` });
    return { mode: 'auto' };
  }
  if (choice?.allowed === undefined) return choice;
  const allowed = choice.allowed.filter(isDeclared);
  if (allowed.length < choice.allowed.length)
    warn({ path: 'tool_choice', reason: 'it names tools that were not declared' });
  return allowed.length === 0 ? { mode: choice.mode } : { mode: choice.mode, allowed };
}
