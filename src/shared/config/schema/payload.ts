import { z } from 'zod';
import { headers, list, optionalText, section, text, textList, usableList } from './fields.js';

const PROMPT_MODES = ['prepend', 'append', 'replace'] as const;

const conditions = list('to which requests the rule applies; one must fit', condition());

/** JSON path -> value, or -> JSON text for the raw kinds; the values are the user's own. */
const params = z
  .record(z.string(), z.unknown(), { error: 'a mapping of JSON paths to values' })
  .default({})
  .meta({ description: 'JSON path to value' });

const setRule = section('a rule', { models: conditions, params });
type SetRule = z.output<typeof setRule>;

const systemPrompt = section('a system prompt', {
  models: conditions,
  'prompt-file': text('path inside the folder of this file'),
  mode: text(PROMPT_MODES.join(', '), 'prepend'),
  protocol: optionalText('format of the upstream: claude or openai'),
});

/** Whether all texts of a raw rule are JSON. */
export const hasJsonParams = ({ params }: SetRule): boolean =>
  Object.values(params).every((value) => typeof value !== 'string' || isJson(value));

/** The prompt if it can ever be used: it needs models, a file, and a known mode. */
export function usablePrompt(prompt: z.output<typeof systemPrompt>) {
  const mode = PROMPT_MODES.find((known) => known === prompt.mode.toLowerCase());
  return mode === undefined || prompt.models.length === 0 || prompt['prompt-file'] === ''
    ? undefined
    : { ...prompt, mode };
}

/** Rules that change the body of upstream requests. */
export const payloadShape = {
  payload: section('changes of upstream request bodies', {
    default: list('set when missing', setRule),
    'default-raw': usableList('set when missing; values are JSON text', setRule, hasJsonParams),
    override: list('set always', setRule),
    'override-raw': usableList('set always; values are JSON text', setRule, hasJsonParams),
    filter: list('remove', section('a rule', { models: conditions, params: textList('JSON paths') })),
    'system-prompts': z
      .array(systemPrompt, { error: 'a list' })
      .transform((prompts) => prompts.flatMap((prompt) => usablePrompt(prompt) ?? []))
      .default([])
      .meta({ description: 'system prompts taken from a file' }),
  }).prefault({}),
};

export const payloadItems = { setRule, systemPrompt };

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function condition() {
  const patternRules = (description: string) =>
    z
      .array(z.record(z.string(), z.unknown(), { error: 'a mapping of JSON path to value' }), { error: 'a list' })
      .default([])
      .meta({ description });
  return section('a condition', {
    name: text('model, * as wildcard, case matters', '*'),
    protocol: optionalText('format of the upstream: openai, claude, gemini, codex, responses'),
    'from-protocol': optionalText('format of the client'),
    headers: headers('patterns that headers of the client must fit'),
    match: patternRules('JSON path and value that must be there'),
    'not-match': patternRules('JSON path and value that must not be there'),
    exist: textList('JSON paths that must be there'),
    'not-exist': textList('JSON paths that must not be there'),
  });
}
