import { isObject } from './json.js';
import type { CustomTool } from './request.js';

/**
 * What a model reads of a free-form tool where its vendor knows functions only: the grammar that its input must follow,
 * which nothing enforces there, told in words.
 */
export function describeCustomTool({ description, format }: CustomTool): string | undefined {
  const inner = format?.['grammar'];
  const grammar = isObject(inner) ? inner : format;
  const { definition, syntax } = grammar ?? {};
  if (typeof definition !== 'string') return description;
  const kind = typeof syntax === 'string' ? `${syntax} ` : '';
  const note = `The input must follow this ${kind}grammar:\n${definition}`;
  return description === undefined || description === '' ? note : `${description}\n\n${note}`;
}
