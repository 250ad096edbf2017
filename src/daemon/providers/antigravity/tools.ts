import type { ModelFamily } from '../../dialects/gemini-generate/issuer.js';
import type { ToolNames } from '../../dialects/gemini-generate/names.js';
import { toJsonSchema } from '../../dialects/gemini-generate/openapi-schema.js';
import { cleanAnySchema, cleanSchema } from '../../dialects/gemini-generate/schema.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { fillObjects, type Placeholders } from './placeholders.js';
import { RESPONSE_RULES, TOOL_RULES } from './schema-rules.js';
import { camelMembers, objectsIn } from './wire-names.js';

export interface ShapedTools {
  /** Absent: the request has none. */
  readonly tools?: readonly JsonObject[];
  /** By the function's name on the wire: what was added to its input. */
  readonly placeholders: ReadonlyMap<string, Placeholders>;
}

/** Declarations with the schemas that the service takes. Models of other vendors take functions, and no tools of Google's. */
export function shapeTools(tools: JsonValue | undefined, names: ToolNames, family: ModelFamily): ShapedTools {
  const placeholders = new Map<string, Placeholders>();
  const declare = (declaration: JsonObject): JsonObject => {
    const shaped = shapeDeclaration(declaration, names);
    if (family !== 'anthropic') return shaped;
    const filled = fillObjects(isObject(shaped['parameters']) ? shaped['parameters'] : {});
    if (filled.placeholders !== undefined) placeholders.set(String(shaped['name']), filled.placeholders);
    return { ...shaped, parameters: filled.schema };
  };
  const groups = objectsIn(tools).flatMap((group) => {
    const { functionDeclarations, ...google } = camelMembers(group);
    const declarations = objectsIn(functionDeclarations).map(declare);
    const shaped = {
      ...(family === 'google' ? google : {}),
      ...(declarations.length === 0 ? {} : { functionDeclarations: declarations }),
    };
    return Object.keys(shaped).length === 0 ? [] : [shaped];
  });
  return { ...(groups.length === 0 ? {} : { tools: groups }), placeholders };
}

function shapeDeclaration(declaration: JsonObject, names: ToolNames): JsonObject {
  const {
    parameters,
    parametersJsonSchema,
    strict: _strict,
    name,
    response,
    responseJsonSchema,
    ...rest
  } = camelMembers(declaration);
  const schema = [parametersJsonSchema, parameters].find(isObject);
  return {
    name: names.wire(typeof name === 'string' ? name : ''),
    ...rest,
    parameters: cleanSchema(toJsonSchema(schema ?? {}, 'tools'), TOOL_RULES),
    ...(isObject(response) ? { response: shapeResponseSchema(response) } : {}),
    ...(isObject(responseJsonSchema) ? { responseJsonSchema: shapeResponseSchema(responseJsonSchema) } : {}),
  };
}

/** The schema of an answer, of a function or of the model itself; clients write it as JSON Schema or as OpenAPI has it. */
export const shapeResponseSchema = (schema: JsonObject): JsonObject =>
  cleanAnySchema(toJsonSchema(schema, 'responseSchema'), RESPONSE_RULES);

/** How functions are chosen. Claude is asked to keep to the schemas, whatever else was asked for. */
export function shapeToolConfig(
  config: JsonValue | undefined,
  names: ToolNames,
  family: ModelFamily,
): JsonObject | undefined {
  const given = isObject(config) ? camelMembers(config) : {};
  const calling = isObject(given['functionCallingConfig']) ? camelMembers(given['functionCallingConfig']) : undefined;
  if (calling === undefined && family !== 'anthropic') return isObject(config) ? given : undefined;
  const { allowedFunctionNames, ...others } = calling ?? {};
  return {
    ...given,
    functionCallingConfig: {
      ...others,
      ...(family === 'anthropic' ? { mode: 'VALIDATED' } : {}),
      ...(Array.isArray(allowedFunctionNames)
        ? { allowedFunctionNames: allowedFunctionNames.map((name: JsonValue) => names.wire(String(name))) }
        : {}),
    },
  };
}
