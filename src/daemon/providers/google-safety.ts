import { z } from 'zod';
import { AppError } from '../../shared/errors.js';
import type { WireBody } from '../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../ir/json.js';
import { apiKeySecret } from './api-key.js';

/** Google's filters, without the `HARM_CATEGORY_` that the wire puts in front. */
const CATEGORIES = ['HARASSMENT', 'HATE_SPEECH', 'SEXUALLY_EXPLICIT', 'DANGEROUS_CONTENT', 'CIVIC_INTEGRITY'] as const;
const THRESHOLDS: ReadonlySet<string> = new Set([
  'OFF',
  'BLOCK_NONE',
  'BLOCK_ONLY_HIGH',
  'BLOCK_MEDIUM_AND_ABOVE',
  'BLOCK_LOW_AND_ABOVE',
]);
const SPELLINGS = ['safetySettings', 'safety_settings'] as const;

/** A key of the config, with thresholds by category. */
export const googleKeySecret = apiKeySecret.extend({ safety: z.record(z.string(), z.string()).default({}) });

/** What a request gets that sets no filters itself. */
export interface Safety {
  apply(body: WireBody): void;
}

/**
 * `settings`: thresholds by category, in any spelling; none: Google's own stay.
 * @throws AppError `credential_malformed` naming the one that Google does not have.
 */
export function openSafety(settings: JsonValue | undefined): Safety {
  const list = Object.entries(isObject(settings) ? settings : {}).flatMap(([name, value]): JsonObject[] =>
    value === undefined || value === null ? [] : [{ category: categoryOf(name), threshold: thresholdOf(name, value) }],
  );
  return {
    apply(body) {
      if (list.length > 0 && SPELLINGS.every((name) => body.get(name) === undefined)) body.set('safetySettings', list);
    },
  };
}

const spelled = (text: string): string => text.trim().toUpperCase().replaceAll('-', '_');

function categoryOf(name: string): string {
  const short = spelled(name).replace(/^HARM_CATEGORY_/, '');
  const known = CATEGORIES.find((category) => category === short);
  if (known !== undefined) return `HARM_CATEGORY_${known}`;
  throw malformed(`"${name.slice(0, 60)}" is no category of Google's filters`, CATEGORIES);
}

function thresholdOf(name: string, value: JsonValue): string {
  const threshold = typeof value === 'string' ? spelled(value) : '';
  if (THRESHOLDS.has(threshold)) return threshold;
  throw malformed(`the filter "${name.slice(0, 60)}" has no such threshold`, [...THRESHOLDS]);
}

const malformed = (message: string, choices: readonly string[]): AppError =>
  new AppError('credential_malformed', message, { hint: `there are ${choices.join(', ')}` });
