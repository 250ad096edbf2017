import { asRecord, asText, type JsonRecord } from '../json.js';
import { checkContents } from './check-contents.js';
import { checkTools } from './check-tools.js';
import { refuse, violate } from './errors.js';
import { readMessage, refuseType } from './message.js';
import { type ModelRules, rulesOf } from './models.js';
import { checkSchema } from './schema.js';

const FIELDS = [
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'safetySettings',
  'cachedContent',
  'serviceTier',
  'store',
  'model',
];
const CONFIG_FIELDS = [
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'candidateCount',
  'stopSequences',
  'seed',
  'presencePenalty',
  'frequencyPenalty',
  'responseLogprobs',
  'logprobs',
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  '_responseJsonSchema',
  'responseModalities',
  'responseFormat',
  'imageConfig',
  'thinkingConfig',
  'mediaResolution',
  'speechConfig',
  'enableEnhancedCivicAnswers',
  'translationConfig',
  'audioTranscriptionConfig',
];
const LEVELS = ['MINIMAL', 'LOW', 'MEDIUM', 'HIGH', 'THINKING_LEVEL_UNSPECIFIED'];
const MAX_STOPS = 5;

/** Everything about a request that the Gemini API answers with 400. */
export function checkRequest(body: JsonRecord, model: string): void {
  const rules = rulesOf(model);
  const request = readMessage(body, FIELDS, '');
  const config = request['generationConfig'];
  const fields = config === undefined ? {} : readMessage(config, CONFIG_FIELDS, 'generation_config');
  checkContents(request, rules);
  checkConfig(fields);
  checkThinking(fields['thinkingConfig'], rules);
  const hasFunctions = checkTools(request, rules);
  if (
    hasFunctions &&
    fields['responseMimeType'] === 'application/json' &&
    !rules.isThree &&
    model.startsWith('gemini-')
  ) {
    refuse("Function calling with a response mime type: 'application/json' is unsupported");
  }
}

function checkConfig(config: JsonRecord): void {
  const at = 'generation_config';
  const { temperature, topP, maxOutputTokens, responseMimeType: mimeType, stopSequences } = config;
  if (typeof temperature === 'number' && (temperature < 0 || temperature > 2))
    violate(`${at}.temperature`, 'must be in the range [0.0, 2.0].');
  if (typeof topP === 'number' && (topP < 0 || topP > 1)) violate(`${at}.top_p`, 'must be in the range [0.0, 1.0].');
  if (typeof maxOutputTokens === 'number' && maxOutputTokens < 1)
    violate(`${at}.max_output_tokens`, 'max_output_tokens must be positive.');
  if (Array.isArray(stopSequences) && stopSequences.length > MAX_STOPS) {
    violate(`${at}.stop_sequences`, `up to ${MAX_STOPS} stop sequences are allowed.`);
  }
  if (mimeType !== undefined && !['application/json', 'text/plain', 'text/x.enum', ''].includes(String(mimeType))) {
    violate(
      `${at}.response_mime_type`,
      'allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` and `text/x.enum`.',
    );
  }
  const hasSchema = config['responseSchema'] !== undefined || config['responseJsonSchema'] !== undefined;
  if (hasSchema && mimeType !== 'application/json' && mimeType !== 'text/x.enum') {
    violate(`${at}.response_schema`, "only allowed with a response mime type of 'application/json' or 'text/x.enum'.");
  }
  if (config['responseSchema'] !== undefined) {
    if (config['responseJsonSchema'] !== undefined)
      violate(`${at}.response_json_schema`, 'only one of response_schema and response_json_schema may be set.');
    checkSchema(config['responseSchema'], `${at}.response_schema`);
  }
  const schema = config['responseJsonSchema'];
  if (schema !== undefined && asRecord(schema) === undefined)
    refuseType(schema, `${at}.response_json_schema`, 'google.protobuf.Value');
}

function checkThinking(given: unknown, { thinks, budget: range, takesLevel }: ModelRules): void {
  if (given === undefined) return;
  const config = readMessage(
    given,
    ['thinkingBudget', 'thinkingLevel', 'includeThoughts'],
    'generation_config.thinking_config',
  );
  const { thinkingBudget: budget, thinkingLevel: level } = config;
  if (!thinks) refuse('Thinking is not enabled for this model');
  if (budget !== undefined && level !== undefined)
    refuse('You can only set only one of thinking budget and thinking level.');
  if (level !== undefined) {
    if (!LEVELS.includes(asText(level)?.toUpperCase() ?? '')) {
      refuseType(
        level,
        'generation_config.thinking_config.thinking_level',
        'google.ai.generativelanguage.v1beta.ThinkingConfig.ThinkingLevel',
      );
    }
    if (!takesLevel) refuse('Thinking level is not supported for this model.');
  }
  if (typeof budget !== 'number' || range === undefined || budget === -1) return;
  if (budget === 0 && !range.isOffAllowed) refuse('Budget 0 is invalid. This model only works in thinking mode.');
  if ((budget < range.min || budget > range.max) && budget !== 0) {
    refuse(
      `The thinking budget ${budget} is invalid. Please choose a value between ${range.isOffAllowed ? 0 : range.min} and ${range.max}.`,
    );
  }
}
