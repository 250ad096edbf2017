import { isIssued } from '../../../src/cli/demo/upstreams/opaque.js';
import { isObject, type JsonObject, type JsonValue } from '../../../src/daemon/ir/json.js';

const ENVELOPE = ['project', 'model', 'requestType', 'requestId', 'userAgent', 'request', 'enabledCreditTypes'];
const REQUEST = [
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'cachedContent',
  'labels',
  'sessionId',
];
const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const REQUEST_ID: Readonly<Record<string, RegExp>> = {
  agent: new RegExp(`^agent-${UUID}$`),
  image_gen: new RegExp(`^image_gen/\\d+/${UUID}/\\d+$`),
};
const BYPASS = 'skip_thought_signature_validator';

const unknownIn = (object: JsonObject, known: readonly string[]): string | undefined => {
  const name = Object.keys(object).find((key) => !known.includes(key));
  return name === undefined ? undefined : `Invalid JSON payload received. Unknown name "${name}": Cannot find field.`;
};
const listOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
const firstFault = <T>(items: readonly T[], fault: (item: T, index: number) => string | undefined) =>
  items.map(fault).find((each) => each !== undefined);

/** What the service answers a request with 400 for; `undefined` when all is well. */
export function antigravityFaultOf(call: string, body: JsonObject): string | undefined {
  const { request } = body;
  if (call === 'countTokens') {
    const unknown = unknownIn(body, ['request']);
    return unknown ?? (isObject(request) ? requestFault(request, 'gemini') : 'no request');
  }
  const unknown = unknownIn(body, ENVELOPE);
  if (unknown !== undefined) return unknown;
  const { project, model, requestType, requestId, userAgent } = body;
  if (typeof project !== 'string' || project === '') return 'project is missing';
  if (typeof model !== 'string' || model === '') return 'model is missing';
  if (userAgent !== 'cliproxyctl') return 'userAgent is not the product that asks';
  if (!isObject(request)) return 'request is missing';
  const isSearch = requestType === 'web_search';
  if (!isSearch && requestType !== (model.includes('image') ? 'image_gen' : 'agent'))
    return `requestType ${requestType}`;
  if (isSearch ? requestId !== undefined : !REQUEST_ID[String(requestType)]?.test(String(requestId)))
    return 'requestId';
  const { sessionId } = request;
  const hasSession = typeof sessionId === 'string' && sessionId !== '';
  if (hasSession !== (requestType === 'agent') || (sessionId !== undefined && !hasSession)) return 'sessionId';
  return isSearch ? searchFault(request) : requestFault(request, familyOf(model));
}

export type Family = 'gemini' | 'claude' | 'other';

export const familyOf = (model: string): Family =>
  model.includes('claude') ? 'claude' : model.startsWith('gpt') ? 'other' : 'gemini';

function searchFault(request: JsonObject): string | undefined {
  const [turn, ...others] = listOf(request['contents']);
  const [tool] = listOf(request['tools']);
  const search = tool?.['googleSearch'];
  if (others.length > 0 || turn?.['role'] !== 'user' || listOf(turn['parts']).length !== 1) return 'not one question';
  if (!isObject(search) || !isObject(search['enhancedContent'])) return 'no search';
  return Object.keys(request).toSorted().join() === 'contents,generationConfig,tools'
    ? undefined
    : 'more than a search';
}

function requestFault(request: JsonObject, family: Family): string | undefined {
  return (
    unknownIn(request, REQUEST) ??
    contentsFault(listOf(request['contents']), family) ??
    systemFault(request['systemInstruction'], family) ??
    toolsFault(listOf(request['tools']), family) ??
    modeFault(request['toolConfig'], family) ??
    configFault(isObject(request['generationConfig']) ? request['generationConfig'] : {}, family)
  );
}

const DATA = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
];

function contentsFault(contents: readonly JsonObject[], family: Family): string | undefined {
  if (contents.length === 0) return 'contents is not specified';
  const last = contents.at(-1);
  if (last?.['role'] === 'model' && callsIn(last).length === 0) return 'the conversation must end with a user message';
  return firstFault(contents, (content, at) => {
    const { role, parts } = content;
    if (role !== 'user' && role !== 'model') return 'Please use a valid role: user, model.';
    if (role === contents[at - 1]?.['role']) return 'roles must alternate';
    if (at === 0 && role !== 'user' && family === 'gemini') return 'the first turn must be the user’s';
    if (listOf(parts).length === 0) return 'contents.parts must not be empty.';
    const isOpening = at === 0 && contents[1]?.['role'] === 'model';
    return (
      firstFault(listOf(parts), (part) =>
        partFault(part, { role, family, mayBeEmpty: isOpening || contents.length === 1 }),
      ) ??
      signatureFault(content, family) ??
      orderFault(listOf(parts)) ??
      pairFault(content, contents[at + 1], contents[at - 1])
    );
  });
}

function partFault(
  part: JsonObject,
  { role, family, mayBeEmpty }: { readonly role: string; readonly family: Family; readonly mayBeEmpty: boolean },
): string | undefined {
  const set = DATA.filter((name) => part[name] !== undefined);
  if (set.length !== 1) return "required oneof field 'data' must have one initialized field";
  const unknown = unknownIn(part, [...DATA, 'thought', 'thoughtSignature', 'videoMetadata']);
  if (unknown !== undefined) return unknown;
  if (role === 'user' && part['thoughtSignature'] !== undefined) return 'a signature on what the user says';
  const isEmpty = part['text'] === '' && part['thoughtSignature'] === undefined;
  if (isEmpty && family === 'claude') return 'text content blocks must be non-empty';
  return isEmpty && !mayBeEmpty ? 'an empty text' : undefined;
}

function signatureFault({ role, parts }: JsonObject, family: Family): string | undefined {
  if (role !== 'model') return undefined;
  const firstCall = listOf(parts).findIndex((part) => part['functionCall'] !== undefined);
  return firstFault(listOf(parts), (part, at) => {
    const { thoughtSignature: signature, thought } = part;
    if (family === 'gemini') {
      if (thought === true && signature === undefined) return 'a thought without its signature';
      if (at === firstCall && signature === undefined) {
        return 'Function call is missing a thought_signature in functionCall parts.';
      }
      if (signature === BYPASS)
        return at === firstCall || part['inlineData'] !== undefined ? undefined : 'an idle bypass';
      return signature === undefined || isIssued('gemini', String(signature), 'thought')
        ? undefined
        : 'Invalid/Corrupted thought signature.';
    }
    if (thought !== true) return signature === undefined ? undefined : 'Invalid `signature` outside of thinking';
    const isOwn = family === 'claude' && part['text'] !== '' && isClaudes(String(signature));
    return isOwn ? undefined : 'messages.1.content.0: Invalid `signature` in `thinking` block';
  });
}

/** Plain, or encoded once more. */
const isClaudes = (signature: string): boolean =>
  [signature, Buffer.from(signature, 'base64').toString('latin1')].some((each) =>
    isIssued('anthropic', each, 'thinking'),
  );

function orderFault(parts: readonly JsonObject[]): string | undefined {
  const ranks = parts.map((part) => (part['thought'] === true ? 0 : part['functionCall'] === undefined ? 1 : 2));
  return ranks.every((rank, at) => at === 0 || rank >= (ranks[at - 1] ?? 0)) ? undefined : 'the order of parts';
}

const callsIn = (content: JsonObject | undefined): readonly JsonObject[] =>
  listOf(content?.['parts'])
    .map((part) => part['functionCall'])
    .filter(isObject);
const responsesIn = (content: JsonObject | undefined): readonly JsonObject[] =>
  listOf(content?.['parts'])
    .map((part) => part['functionResponse'])
    .filter(isObject);

/** Every call is answered in the turn behind it, in the same order; nothing else is answered. */
function pairFault(
  content: JsonObject,
  next: JsonObject | undefined,
  before: JsonObject | undefined,
): string | undefined {
  const keyOf = ({ id, name }: JsonObject): string => `${String(id ?? '')} ${String(name)}`;
  const calls = callsIn(content).map(keyOf).join('|');
  const answers = content['role'] === 'model' ? responsesIn(next).map(keyOf).join('|') : calls;
  if (calls !== answers) return 'the function response parts do not match the function call parts';
  if (responsesIn(content).length > 0 && callsIn(before).length === 0) return 'an answer to no call';
  const names = [...callsIn(content), ...responsesIn(content)].map(({ name }) => String(name));
  return names.every((name) => NAME.test(name)) ? undefined : 'Invalid function name.';
}

const NAME = /^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/;

function systemFault(system: JsonValue | undefined, family: Family): string | undefined {
  if (system === undefined) return undefined;
  if (!isObject(system) || system['role'] !== 'user' || listOf(system['parts']).length === 0)
    return 'systemInstruction';
  const hasEmpty = listOf(system['parts']).some(({ text }) => text === '');
  return hasEmpty && family === 'claude' ? 'system: text content blocks must be non-empty' : undefined;
}

const DECLARATION = ['name', 'description', 'parameters', 'response', 'responseJsonSchema', 'behavior'];
const SCHEMA = [
  'type',
  'description',
  'properties',
  'required',
  'items',
  'nullable',
  'additionalProperties',
  'propertyOrdering',
];
const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

function toolsFault(tools: readonly JsonObject[], family: Family): string | undefined {
  return firstFault(tools, (tool) => {
    const isGoogles = Object.keys(tool).some((name) => name !== 'functionDeclarations');
    if (isGoogles && family === 'claude') return 'tools of Google’s for another vendor’s model';
    return firstFault(listOf(tool['functionDeclarations']), (declaration) => {
      const { name, parameters } = declaration;
      const unknown = unknownIn(declaration, DECLARATION);
      if (unknown !== undefined) return unknown;
      if (!NAME.test(String(name))) return 'Invalid function name.';
      if (!isObject(parameters) || parameters['type'] !== 'object') return 'schema type should be OBJECT.';
      return schemaFault(parameters, family);
    });
  });
}

function schemaFault(schema: JsonObject, family: Family): string | undefined {
  const unknown = unknownIn(schema, SCHEMA);
  if (unknown !== undefined) return unknown;
  const { type, properties, required, items, additionalProperties } = schema;
  if (type !== undefined && !TYPES.includes(String(type))) return `type ${JSON.stringify(type)}`;
  const named = isObject(properties) ? properties : {};
  const missing = (Array.isArray(required) ? required : []).find((name) => !Object.hasOwn(named, String(name)));
  if (missing !== undefined) return `required[0]: property is not defined: ${String(missing)}`;
  const isObjects = type === 'object';
  if (family === 'claude' && isObjects && !(Array.isArray(required) && required.length > 0)) {
    return 'VALIDATED mode wants a required property';
  }
  const inner = [...Object.values(named), items, additionalProperties].filter(isObject);
  return firstFault(inner, (each) => schemaFault(each, family));
}

function modeFault(config: JsonValue | undefined, family: Family): string | undefined {
  const calling = isObject(config) ? config['functionCallingConfig'] : undefined;
  const mode = isObject(calling) ? calling['mode'] : undefined;
  return family === 'claude' && mode !== 'VALIDATED' ? 'functionCallingConfig.mode' : undefined;
}

function configFault(config: JsonObject, family: Family): string | undefined {
  const penalty = ['presencePenalty', 'frequencyPenalty'].find((name) => name in config);
  if (penalty !== undefined) return `Penalty is not enabled for this model: ${penalty}`;
  const { maxOutputTokens: max, thinkingConfig } = config;
  if (family !== 'claude') return max === undefined ? undefined : 'maxOutputTokens';
  if (max !== undefined && (typeof max !== 'number' || max > 64_000)) return 'max_tokens is too large';
  if (!isObject(thinkingConfig)) return undefined;
  const { thinkingBudget: budget, thinkingLevel } = thinkingConfig;
  if (thinkingLevel !== undefined || typeof budget !== 'number') return 'thinkingBudget';
  if (budget < 1024) return 'thinking.budget_tokens: Input should be greater than or equal to 1024';
  return typeof max === 'number' && budget < max
    ? undefined
    : '`max_tokens` must be greater than `thinking.budget_tokens`';
}
