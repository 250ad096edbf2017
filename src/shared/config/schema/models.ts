import { z } from 'zod';
import { flag, integer, optionalInteger, optionalText, section, text, textList } from './fields.js';

const LEVELS = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
type ThinkingLevel = (typeof LEVELS)[number];
const isLevel = (word: string): word is ThinkingLevel => LEVELS.some((level) => level === word);

const thinking = section('how the model may think; absent = as the catalogue knows it', {
  min: optionalInteger('smallest thinking budget, in tokens', { min: 0 }),
  max: optionalInteger('largest thinking budget, in tokens', { min: 0 }),
  'zero-allowed': flag('thinking can be switched off'),
  'dynamic-allowed': flag('the model may choose its own budget'),
  // `none` and `auto` stand in existing files; the two flags above say the same.
  levels: z
    .array(z.string({ error: 'a text' }), { error: 'a list of texts' })
    .transform((words) => words.map((word) => word.trim().toLowerCase()).filter(isLevel))
    .default([])
    .meta({ description: `levels the model takes, weakest first: ${LEVELS.join(', ')}` }),
}).optional();

/** A row of `models[]`. A row with only one of name and alias uses it for both. */
const modelEntry = z
  .preprocess(
    (value) =>
      isRecord(value) && isBlank(value['name']) && !isBlank(value['alias'])
        ? { ...value, name: value['alias'] }
        : value,
    section('a model of this credential', {
      name: text('id the upstream knows, with an optional thinking suffix such as (high)'),
      alias: optionalText('id clients use; absent = name'),
      'display-name': optionalText('name shown in model lists'),
      'max-context-length': optionalInteger('context window, in tokens', { min: 1 }),
      'force-mapping': flag('write the alias into the model fields of answers'),
      'is-compat': flag('keep thinking blocks that have no signature'),
      thinking,
      image: flag('allow the model on /v1/images'),
      'input-modalities': textList('what the model reads, such as text, image'),
      'output-modalities': textList('what the model writes, such as text, image'),
    }),
  )
  .meta({ description: 'a model of this credential' });

const ERROR_ACTIONS = ['stop', 'stop-and-cooldown', 'continue', 'continue-and-cooldown'] as const;

/** A row of `request-scoped-errors[]`; `match-regex` is read as the spelling `match-regexr` that existing files use. */
export const errorRule = z.preprocess(
  (value) =>
    isRecord(value) && value['match-regex'] !== undefined && value['match-regexr'] === undefined
      ? { ...value, 'match-regexr': value['match-regex'] }
      : value,
  section('what to do about one kind of upstream error', {
    status: integer('HTTP status the rule is about', 0),
    match: textList('texts of which one must stand in the error body'),
    'match-regexr': textList('regular expressions of which one must fit the error body'),
    action: text(ERROR_ACTIONS.join(', ')),
  }),
);

/** The rule if it can ever do something: it needs a status, something to match, and a known action. */
export function usableRule(rule: z.output<typeof errorRule>) {
  const action = ERROR_ACTIONS.find((known) => known === rule.action.toLowerCase());
  const hasMatch = rule.match.length + rule['match-regexr'].length > 0;
  return action === undefined || rule.status <= 0 || !hasMatch ? undefined : { ...rule, action };
}

/** Rules of which the useless ones are left out. */
export const errorRules = () =>
  z
    .array(errorRule, { error: 'a list' })
    .transform((rules) => rules.flatMap((rule) => usableRule(rule) ?? []))
    .default([])
    .meta({ description: 'own reading of upstream errors' });

/** Rows of which those without a name are left out. */
export const models = () =>
  z
    .array(modelEntry, { error: 'a list' })
    .transform((rows) => rows.filter(({ name }) => name !== ''))
    .default([])
    .meta({ description: 'models of this credential; none = all the provider offers' });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isBlank = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
