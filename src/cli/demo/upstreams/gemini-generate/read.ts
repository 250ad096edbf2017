import { type DeclaredTool, type Prompt, withoutReminders } from '../compose.js';
import { asList, asNumber, asRecord, asText, isRecord, type JsonRecord, recordsIn } from '../json.js';
import { decodeBase64, type Media, nameMedia } from '../media.js';
import { camel } from './message.js';
import { rulesOf } from './models.js';

/** What a checked request asks for. */
export function readPrompt(body: JsonRecord, model: string): Prompt {
  const request = members(body);
  const turns = recordsIn(request['contents']);
  const last = turns.slice(turns.findLastIndex(({ role }) => role === 'model') + 1);
  const parts = last.flatMap(partsOf);
  const config = members(request['generationConfig']);
  return {
    lastTexts: parts.flatMap(({ text }) => withoutReminders(asText(text) ?? '') || []),
    lastMedia: parts.flatMap(readMedia),
    results: parts.flatMap((part) => {
      const response = asRecord(part['functionResponse']);
      return response === undefined ? [] : [readResult(members(response))];
    }),
    tools: recordsIn(request['tools']).flatMap(readTools),
    ...readChoice(members(members(request['toolConfig'])['functionCallingConfig'])),
    mayCallInParallel: true,
    structure: readStructure(config),
    thinking: readThinking(members(config['thinkingConfig']), model),
    transcript: [
      model,
      JSON.stringify(request['systemInstruction'] ?? ''),
      JSON.stringify(request['tools'] ?? []),
      ...turns.map((turn) => `${turn['role']}: ${partsOf(turn).map(transcribe).join('\n')}`),
    ].join('\n'),
  };
}

/** An object's members in camel case; nothing when it is none. */
const members = (value: unknown): JsonRecord =>
  Object.fromEntries(Object.entries(asRecord(value) ?? {}).map(([name, member]) => [camel(name), member]));

const partsOf = (turn: JsonRecord): readonly JsonRecord[] => recordsIn(turn['parts']).map(members);

function readMedia(part: JsonRecord): readonly Media[] {
  const { inlineData, fileData } = part;
  if (isRecord(fileData)) return [{ mimeType: asText(members(fileData)['mimeType']) ?? 'image/png', bytes: undefined }];
  if (!isRecord(inlineData)) return [];
  const { mimeType, data } = members(inlineData);
  return [{ mimeType: asText(mimeType) ?? '', bytes: decodeBase64(asText(data) ?? '')?.bytes }];
}

function readResult({ response, parts }: JsonRecord): string {
  const fields = asRecord(response) ?? {};
  const value = fields['result'] ?? fields['output'] ?? fields['error'] ?? fields;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const shown = asList(parts)
    .flatMap((part) => readMedia(members(part)))
    .map(nameMedia);
  return [...(fields['error'] === undefined ? [] : ['error']), text, ...shown].join(' ');
}

function readTools(tool: JsonRecord): readonly DeclaredTool[] {
  return recordsIn(members(tool)['functionDeclarations']).flatMap((given) => {
    const { name, parameters, parametersJsonSchema } = members(given);
    return typeof name === 'string' ? [{ name, schema: parameters ?? parametersJsonSchema ?? {} }] : [];
  });
}

function readChoice({ mode, allowedFunctionNames }: JsonRecord): Pick<Prompt, 'choice'> {
  const names = asList(allowedFunctionNames).flatMap((name) => asText(name) ?? []);
  switch (asText(mode)?.toUpperCase()) {
    case 'NONE':
      return { choice: { mode: 'none', names: [] } };
    case 'ANY':
      return { choice: { mode: 'required', names } };
    default:
      return { choice: { mode: 'auto', names } };
  }
}

function readStructure(config: JsonRecord): JsonRecord | undefined {
  if (config['responseMimeType'] !== 'application/json') return undefined;
  return asRecord(config['responseJsonSchema'] ?? config['responseSchema']) ?? {};
}

/** Models that think do so unless told not to; without a config only Gemini 3 is taken to. */
function readThinking(config: JsonRecord, model: string): Prompt['thinking'] {
  const budget = asNumber(config['thinkingBudget']);
  if (budget === 0) return 'off';
  if (config['includeThoughts'] === true) return 'shown';
  const isAsked = budget !== undefined || config['thinkingLevel'] !== undefined;
  return isAsked || rulesOf(model).isThree ? 'hidden' : 'off';
}

function transcribe(part: JsonRecord): string {
  const { inlineData, thoughtSignature: _signature, ...rest } = part;
  return inlineData === undefined ? JSON.stringify(rest) : JSON.stringify(readMedia(part));
}
