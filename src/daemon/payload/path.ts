import { testOf } from './query.js';
import type { Step } from './step.js';
import { wildcardOf } from './wildcard.js';

/** Reads a path; `undefined` when it is empty or uses what cannot be written to (modifiers, multipaths). */
export function parsePath(text: string): readonly Step[] | undefined {
  const steps: Step[] = [];
  for (const piece of splitPath(text.trim().replace(/^\./, ''))) {
    const step = parseStep(piece);
    if (step === undefined) return undefined;
    steps.push(step);
  }
  return steps.length === 0 ? undefined : steps;
}

function parseStep(piece: string): Step | undefined {
  if (piece === '' || /^[@[{!]/.test(piece)) return undefined;
  if (piece === '#') return { kind: 'each' };
  const query = /^#[([]([\s\S]*)[)\]](#?)$/.exec(piece);
  if (query !== null) {
    const fits = testOf(query[1] ?? '', parsePath);
    return fits && { kind: 'query', fits, isAll: query[2] === '#' };
  }
  // Half a query, or a name that should stand behind a backslash.
  if (piece.startsWith('#')) return undefined;
  if (/(^|[^\\])[*?]/.test(piece)) return { kind: 'wildcard', pattern: wildcardOf(piece) };
  const isName = piece.startsWith(':') && piece.length > 1;
  return { kind: 'key', key: plainOf(isName ? piece.slice(1) : piece), isName };
}

const plainOf = (piece: string): string => piece.replace(/\\([\s\S])/g, '$1');

/** At dots and pipes outside of queries and quotes. */
function splitPath(text: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '\\') at++;
    else if (depth > 0 && sign === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if ((sign === '(' || sign === '[') && (depth > 0 || text[at - 1] === '#')) depth++;
    else if ((sign === ')' || sign === ']') && depth > 0) depth--;
    else if ((sign === '.' || sign === '|') && depth === 0) {
      pieces.push(text.slice(from, at));
      from = at + 1;
    }
  }
  pieces.push(text.slice(from));
  return text === '' ? [] : pieces;
}
