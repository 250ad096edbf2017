import { asText, isRecord, type JsonRecord } from '../json.js';
import { decodeBase64 } from '../media.js';
import { isIssued } from '../opaque.js';
import { refuse, violate } from './errors.js';
import { readList, readMessage, readStruct, refuseType } from './message.js';
import type { ModelRules } from './models.js';

const DATA = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
];
const PART_FIELDS = [
  ...DATA,
  'thought',
  'thoughtSignature',
  'videoMetadata',
  'partMetadata',
  'mediaResolution',
  'mediaProcessing',
];
/** What thought signatures are bound to. */
export const THOUGHT_SIGNATURE = 'thought';
// ai.google.dev/gemini-api/docs/thought-signatures: both stand for a signature that was lost
const BYPASS: ReadonlySet<string> = new Set([
  'skip_thought_signature_validator',
  'context_engineering_is_the_way_to_go',
]);

interface Turn {
  readonly role: string;
  readonly parts: readonly JsonRecord[];
}

export function checkContents(request: JsonRecord, rules: ModelRules): void {
  const contents = readList(request['contents'], 'contents');
  if (contents.length === 0) violate('contents', 'contents is not specified');
  const turns = contents.map((given, index) => readTurn(given, `contents[${index}]`));
  turns.forEach(({ role }) => {
    if (role !== 'user' && role !== 'model') refuse('Please use a valid role: user, model.');
  });
  if (request['systemInstruction'] !== undefined) readTurn(request['systemInstruction'], 'system_instruction');
  checkOrder(turns);
  checkSignatures(turns, rules);
}

function readTurn(given: unknown, path: string): Turn {
  const content = readMessage(given, ['role', 'parts'], path);
  const parts = readList(content['parts'], `${path}.parts`);
  if (parts.length === 0) violate(`${path}.parts`, 'contents.parts must not be empty.');
  return {
    role: asText(content['role']) ?? 'user',
    parts: parts.map((part, index) => readPart(part, `${path}.parts[${index}]`)),
  };
}

function readPart(given: unknown, path: string): JsonRecord {
  const part = readMessage(given, PART_FIELDS, path);
  const set = DATA.filter((name) => part[name] !== undefined);
  if (set.length === 0) violate(`${path}.data`, "required oneof field 'data' must have one initialized field");
  if (set.length > 1) {
    refuse(`Invalid value at '${path}' (oneof), oneof field 'data' is already set. Cannot set '${set[1]}'`);
  }
  if (part['text'] !== undefined && typeof part['text'] !== 'string')
    refuseType(part['text'], `${path}.text`, 'TYPE_STRING');
  const { inlineData, functionCall, functionResponse } = part;
  if (inlineData !== undefined) checkBlob(inlineData, `${path}.inline_data`);
  if (functionCall !== undefined) checkCall(functionCall, `${path}.function_call`);
  if (functionResponse !== undefined) checkResponse(functionResponse, `${path}.function_response`);
  return part;
}

function checkBlob(given: unknown, path: string): void {
  const blob = readMessage(given, ['mimeType', 'data', 'displayName'], path);
  const data = asText(blob['data'])?.replace(/-/g, '+').replace(/_/g, '/');
  if (data === undefined || decodeBase64(data.padEnd(Math.ceil(data.length / 4) * 4, '=')) === undefined) {
    refuse(`Invalid value at '${path}.data' (TYPE_BYTES), Base64 decoding failed for "${String(data).slice(0, 40)}"`);
  }
  const mimeType = asText(blob['mimeType']) ?? '';
  if (!/^(image|audio|video|text|application)\/[\w.+-]+$/.test(mimeType) || mimeType === 'application/octet-stream') {
    refuse(`Unsupported MIME type: ${mimeType}`);
  }
}

function checkCall(given: unknown, path: string): void {
  const call = readMessage(given, ['id', 'name', 'args'], path);
  if ((asText(call['name']) ?? '') === '') violate(`${path}.name`, 'Name cannot be empty.');
  if (call['args'] !== undefined) readStruct(call['args'], `${path}.args`);
}

function checkResponse(given: unknown, path: string): void {
  const response = readMessage(given, ['id', 'name', 'response', 'parts', 'willContinue', 'scheduling'], path);
  if ((asText(response['name']) ?? '') === '') violate(`${path}.name`, 'Name cannot be empty.');
  readStruct(response['response'] ?? {}, `${path}.response`);
  readList(response['parts'], `${path}.parts`).forEach((part, index) => {
    const { inlineData } = readMessage(part, ['inlineData', 'fileData'], `${path}.parts[${index}]`);
    if (inlineData !== undefined) checkBlob(inlineData, `${path}.parts[${index}].inline_data`);
  });
}

const callsOf = ({ parts }: Turn): readonly JsonRecord[] => parts.map((part) => part['functionCall']).filter(isRecord);
const responsesOf = ({ parts }: Turn): readonly JsonRecord[] =>
  parts.map((part) => part['functionResponse']).filter(isRecord);

function checkOrder(turns: readonly Turn[]): void {
  turns.forEach((turn, index) => {
    const before = turns[index - 1];
    const after = turns[index + 1];
    const calls = callsOf(turn);
    const responses = responsesOf(turn);
    if (calls.length > 0 && before?.role !== 'user') {
      refuse(
        'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      );
    }
    if (calls.length > 0 && after !== undefined && responsesOf(after).length !== calls.length) {
      refuse(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
    }
    if (responses.length === 0) return;
    if (before === undefined || callsOf(before).length === 0) {
      refuse('Please ensure that function response turn comes immediately after a function call turn.');
    }
    checkMatch(callsOf(before), responses);
  });
}

/** Each response answers a call: by id where there are ids, else by name. */
function checkMatch(calls: readonly JsonRecord[], responses: readonly JsonRecord[]): void {
  for (const response of responses) {
    const { id, name } = response;
    const isKnown = calls.some(
      (call) => (id === undefined || call['id'] === undefined ? true : call['id'] === id) && call['name'] === name,
    );
    if (!isKnown) {
      refuse(
        `Please ensure that function response \`${String(name)}\` matches a function call of the function call turn.`,
      );
    }
  }
}

/** A signature must be our own; on a Gemini 3 model the first call of each step of the current turn must have one. */
function checkSignatures(turns: readonly Turn[], { isThree }: ModelRules): void {
  const current = turns.findLastIndex((turn) => turn.role === 'user' && responsesOf(turn).length === 0);
  turns.forEach((turn, index) => {
    for (const part of turn.parts) {
      const signature = part['thoughtSignature'];
      if (signature === undefined) continue;
      const value =
        asText(signature) ?? refuseType(signature, `contents[${index}].parts[0].thought_signature`, 'TYPE_BYTES');
      if (!BYPASS.has(value) && !isIssued('gemini', value, THOUGHT_SIGNATURE)) refuse('Corrupted thought signature.');
    }
    const first = turn.parts.find((part) => part['functionCall'] !== undefined);
    if (!isThree || index < current || turn.role !== 'model' || first === undefined) return;
    if (first['thoughtSignature'] === undefined) {
      const { functionCall } = first;
      refuse(
        `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${String(isRecord(functionCall) ? functionCall['name'] : '')}\` , position ${index + 1}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
      );
    }
  });
}
