import { asText, isRecord, type JsonRecord } from '../json.js';
import { refuse, violate } from './errors.js';
import { readList, readMessage, refuseType } from './message.js';
import type { ModelRules } from './models.js';
import { checkSchema } from './schema.js';

const NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;
const TOOL_FIELDS = [
  'functionDeclarations',
  'googleSearch',
  'googleSearchRetrieval',
  'codeExecution',
  'urlContext',
  'googleMaps',
  'fileSearch',
  'computerUse',
  'mcpServers',
];
const DECLARATION_FIELDS = [
  'name',
  'description',
  'parameters',
  'parametersJsonSchema',
  'response',
  'responseJsonSchema',
  'behavior',
];
const MODES = ['AUTO', 'ANY', 'NONE', 'VALIDATED', 'MODE_UNSPECIFIED'];

/** Checks declarations and the calling mode; true when there are functions to call. */
export function checkTools(request: JsonRecord, rules: ModelRules): boolean {
  const names: string[] = [];
  let hasServerTools = false;
  readList(request['tools'], 'tools').forEach((given, index) => {
    const tool = readMessage(given, TOOL_FIELDS, `tools[${index}]`);
    hasServerTools ||= Object.keys(tool).some((name) => name !== 'functionDeclarations');
    readList(tool['functionDeclarations'], `tools[${index}].function_declarations`).forEach((declaration, at) => {
      names.push(checkDeclaration(declaration, `tools[${index}].function_declarations[${at}]`));
    });
  });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) refuse(`Duplicate function declaration found: ${twice}`);
  if (hasServerTools && names.length > 0 && !rules.isThree) {
    refuse('Tool use with function calling is unsupported');
  }
  checkConfig(request['toolConfig'], names);
  return names.length > 0;
}

function checkDeclaration(given: unknown, path: string): string {
  const declaration = readMessage(given, DECLARATION_FIELDS, path);
  const name = asText(declaration['name']) ?? '';
  if (!NAME.test(name)) {
    violate(
      `${path}.name`,
      'Invalid function name. Must start with a letter or an underscore. Must be alphanumeric (a-z, A-Z, 0-9), underscores (_), dots (.), colons (:), or dashes (-), with a maximum length of 64.',
    );
  }
  const { parameters, parametersJsonSchema } = declaration;
  if (parameters !== undefined) {
    if (parametersJsonSchema !== undefined) {
      violate(path, 'only one of `parameters` and `parameters_json_schema` may be set.');
    }
    checkSchema(parameters, `${path}.parameters`);
    if (String(isRecord(parameters) ? parameters['type'] : undefined).toUpperCase() !== 'OBJECT') {
      violate(`${path}.parameters`, 'schema type should be OBJECT.');
    }
  }
  if (parametersJsonSchema !== undefined && !isRecord(parametersJsonSchema)) {
    refuseType(parametersJsonSchema, `${path}.parameters_json_schema`, 'google.protobuf.Value');
  }
  return name;
}

function checkConfig(given: unknown, names: readonly string[]): void {
  if (given === undefined) return;
  const config = readMessage(
    given,
    ['functionCallingConfig', 'retrievalConfig', 'includeServerSideToolInvocations'],
    'tool_config',
  );
  if (config['functionCallingConfig'] === undefined) return;
  const at = 'tool_config.function_calling_config';
  const calling = readMessage(
    config['functionCallingConfig'],
    ['mode', 'allowedFunctionNames', 'streamFunctionCallArguments'],
    at,
  );
  const mode = asText(calling['mode'])?.toUpperCase() ?? 'MODE_UNSPECIFIED';
  if (!MODES.includes(mode))
    refuseType(mode, `${at}.mode`, 'google.ai.generativelanguage.v1beta.FunctionCallingConfig.Mode');
  if (names.length === 0) {
    if (mode === 'ANY' || mode === 'VALIDATED') refuse('Function calling config is set without function_declarations.');
    return;
  }
  const allowed = readList(calling['allowedFunctionNames'], `${at}.allowed_function_names`);
  if (allowed.length > 0 && mode !== 'ANY' && mode !== 'VALIDATED') {
    violate(`${at}.allowed_function_names`, 'should only be set when the function calling mode is ANY.');
  }
  const unknown = allowed.findIndex((name) => !names.includes(String(name)));
  if (unknown >= 0)
    violate(
      `${at}.allowed_function_names[${unknown}]`,
      `\`${String(allowed[unknown])}\` is not declared in \`function_declarations\`.`,
    );
}
