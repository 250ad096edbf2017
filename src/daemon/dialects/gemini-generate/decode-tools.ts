import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { FunctionTool, HostedTool, Tool, ToolChoice } from '../../ir/request.js';
import { asList, carry, type Fields, readFields } from './fields.js';
import { toJsonSchema } from './openapi-schema.js';

/** Google's own tools by the capability they stand for elsewhere. */
const CAPABILITIES: Readonly<Record<string, HostedTool['capability']>> = {
  googleSearch: 'web-search',
  google_search: 'web-search',
  googleSearchRetrieval: 'web-search',
  google_search_retrieval: 'web-search',
  enterpriseWebSearch: 'web-search',
  enterprise_web_search: 'web-search',
  urlContext: 'url-context',
  url_context: 'url-context',
  codeExecution: 'code',
  code_execution: 'code',
};

export interface DecodedTools {
  readonly tools: readonly Tool[];
  /** One entry per wire object, which holds functions and Google's tools together. */
  readonly groups: readonly JsonObject[];
}

export function decodeTools(values: readonly JsonValue[], path: string): DecodedTools {
  const tools: Tool[] = [];
  const groups: JsonObject[] = [];
  values.forEach((value, group) => {
    const at = `${path}[${group}]`;
    if (!isObject(value)) throw new RequestFault(`"${at}" must be an object`, at);
    const fields = readFields(value, at);
    const functions = takeFunctions(fields, group);
    const { $snake, $marked, ...others } = fields.rest();
    tools.push(...functions.tools);
    for (const [key, declaration] of Object.entries(others)) {
      if (declaration === null) continue;
      tools.push({ kind: 'hosted', capability: capabilityOf(key), ...carry({ [key]: declaration, $group: group }) });
    }
    const absent = Object.entries(others).filter(([, declaration]) => declaration === null);
    groups.push({
      ...Object.fromEntries(absent),
      ...($snake === undefined ? {} : { $snake }),
      ...($marked === undefined ? {} : { $marked }),
      ...functions.hint,
    });
  });
  return { tools, groups };
}

const capabilityOf = (key: string): string => (Object.hasOwn(CAPABILITIES, key) ? (CAPABILITIES[key] ?? key) : key);

function takeFunctions(
  fields: Fields,
  group: number,
): { readonly tools: readonly FunctionTool[]; readonly hint: JsonObject } {
  const path = fields.path('functionDeclarations');
  const value = fields.take('functionDeclarations');
  if (value === undefined) return { tools: [], hint: {} };
  const tools = asList(value).map((item, index) => decodeFunction(item, `${path}[${index}]`, group));
  return { tools, hint: { $functions: Array.isArray(value) ? 'list' : 'single' } };
}

function decodeFunction(value: JsonValue, path: string, group: number): FunctionTool {
  if (!isObject(value)) throw new RequestFault(`"${path}" must be an object`, path);
  const fields = readFields(value, path);
  const name = fields.string('name');
  if (name === undefined || name === '') throw new RequestFault(`"${path}.name" is missing`, `${path}.name`);
  const description = fields.string('description');
  const schemaPath = fields.path('parameters');
  const schema = fields.object('parametersJsonSchema');
  // The two are exclusive; a second one would stay in the rest.
  const parameters = schema === undefined ? fields.object('parameters') : undefined;
  const known = schema ?? (parameters === undefined ? undefined : toJsonSchema(parameters, schemaPath));
  return {
    kind: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    ...(known === undefined ? {} : { schema: known }),
    ...carry({ ...fields.rest(), $group: group, ...(parameters === undefined ? {} : { $parameters: parameters }) }),
  };
}

export interface DecodedToolConfig {
  readonly choice?: ToolChoice;
  readonly rest: JsonObject;
}

export function decodeToolConfig(config: JsonObject, path: string): DecodedToolConfig {
  const fields = readFields(config, path);
  const callingPath = fields.path('functionCallingConfig');
  const written = fields.object('functionCallingConfig');
  if (written === undefined) return { rest: fields.rest() };
  const calling = readFields(written, callingPath);
  const choice = decodeChoice(calling, written);
  return {
    ...(choice === undefined ? {} : { choice: choice.choice }),
    rest: {
      ...fields.rest(),
      $calling: { ...calling.rest(), ...(choice === undefined ? {} : { $mode: choice.mode }) },
    },
  };
}

function decodeChoice(
  calling: Fields,
  written: JsonObject,
): { readonly choice: ToolChoice; readonly mode: string } | undefined {
  const mode = written['mode'];
  if (typeof mode !== 'string') return undefined;
  const wanted = MODES[mode.toUpperCase()];
  if (wanted === undefined) return undefined;
  calling.take('mode');
  const allowed = takeAllowed(calling);
  const [only] = allowed ?? [];
  if (wanted === 'required' && allowed?.length === 1 && only !== undefined) {
    return { choice: { mode: 'named', name: only }, mode };
  }
  return { choice: { mode: wanted, ...(allowed === undefined ? {} : { allowed }) }, mode };
}

const MODES: Readonly<Record<string, 'auto' | 'none' | 'required'>> = {
  AUTO: 'auto',
  VALIDATED: 'auto',
  ANY: 'required',
  NONE: 'none',
};

function takeAllowed(calling: Fields): readonly string[] | undefined {
  const path = calling.path('allowedFunctionNames');
  const value = calling.take('allowedFunctionNames');
  if (value === undefined) return undefined;
  const names = asList(value).filter((name) => typeof name === 'string');
  if (!Array.isArray(value) || names.length !== value.length) {
    throw new RequestFault(`"${path}" must be a list of strings`, path);
  }
  return names;
}
