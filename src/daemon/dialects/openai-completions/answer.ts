import type { Finish, ModelResponse } from '../../ir/event.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { ModelRequest, Part } from '../../ir/request.js';
import type { Usage } from '../../ir/usage.js';
import type { EncodeContext } from '../dialect.js';
import { OPENAI_COMPLETIONS } from './decode-request.js';

const WORDS: Readonly<Record<Finish['reason'], string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'stop',
  'content-filter': 'content_filter',
  refusal: 'content_filter',
  pause: 'stop',
  error: 'stop',
  other: 'stop',
};

export const finishWord = ({ reason }: Finish): string => WORDS[reason];

/** The prompt to put before the answer, where the client asked for `echo`. */
export function echoOf(request: ModelRequest): string {
  const { echo, $prompt: prompt } = request.ext?.[OPENAI_COMPLETIONS] ?? {};
  return echo === true && typeof prompt === 'string' ? prompt : '';
}

/** Whether a streaming client asked for the chunk that holds nothing but usage. */
export function wantsUsage(request: ModelRequest): boolean {
  const options = request.ext?.[OPENAI_COMPLETIONS]?.['stream_options'];
  return isObject(options) && options['include_usage'] === true;
}

/** The three sums are required here, so unknown counts become 0. */
export function encodeUsage({
  inputTokens = 0,
  outputTokens = 0,
  cacheReadTokens,
  reasoningTokens,
}: Usage): JsonObject {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    ...(cacheReadTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cacheReadTokens } }),
    ...(reasoningTokens === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoningTokens } }),
  };
}

/** Prints a whole answer. A completion is text: thinking and whatever else a chat answer may hold is left out. */
export function encodeResponse(response: ModelResponse, context: EncodeContext): JsonObject {
  const answers = [response, ...(response.alternatives ?? [])];
  const echo = echoOf(context.request);
  return {
    id: response.id ?? context.newId('cmpl-'),
    object: 'text_completion',
    created: Math.floor(context.now() / 1000),
    model: context.model,
    choices: answers.map(({ content, finish }, index) => ({
      text: echo + textOf(content),
      index,
      logprobs: null,
      finish_reason: finishWord(finish),
    })),
    usage: encodeUsage(response.usage ?? {}),
  };
}

export const textOf = (content: readonly Part[]): string =>
  content.map((part) => (part.type === 'text' ? part.text : '')).join('');
