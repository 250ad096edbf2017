import type { JsonValue } from '../ir/json.js';
import { locate, valueAt } from './locate.js';
import type { Step, Test } from './step.js';
import { wildcardOf } from './wildcard.js';

type ParsePath = (text: string) => readonly Step[] | undefined;
type Compare = (found: JsonValue | undefined) => boolean;

const OPERATORS = ['==', '!=', '<=', '>=', '!%', '=', '<', '>', '%'] as const;
type Operator = (typeof OPERATORS)[number];

/** The condition inside `#(...)`: gjson's comparisons, joined by `&&` and `||`. `undefined` when it cannot be read. */
export function testOf(text: string, parsePath: ParsePath): Test | undefined {
  const choices = splitOutside(text, '||').map((choice) =>
    splitOutside(choice, '&&').map((term) => parseTerm(term, parsePath)),
  );
  const tests: Test[][] = [];
  for (const terms of choices) {
    const known = terms.filter((term) => term !== undefined);
    if (known.length < terms.length) return undefined;
    tests.push(known);
  }
  return (item) => tests.some((terms) => terms.every((term) => term(item)));
}

/** `path op value`; without an operator: the path is there; without a path: the item itself. */
function parseTerm(text: string, parsePath: ParsePath): Test | undefined {
  const term = text.trim();
  const found = findOperator(term);
  const pathText = (found === undefined ? term : term.slice(0, found.at)).trim();
  const path = pathText === '' ? [] : parsePath(pathText);
  if (path === undefined || (found === undefined && path.length === 0)) return undefined;
  const compare: Compare =
    found === undefined
      ? (value) => value !== undefined
      : comparison(found.operator, term.slice(found.at + found.operator.length).trim());
  return (item) => {
    if (path.length === 0) return compare(item);
    const places = locate(item, path);
    return places.length === 0 ? compare(undefined) : places.some((place) => compare(valueAt(item, place)));
  };
}

function comparison(operator: Operator, operand: string): Compare {
  const tilde = TILDES.get(operand);
  if (tilde !== undefined) {
    return (found) => (operator === '!=' ? !tilde(found) : tilde(found));
  }
  const text = unquote(operand);
  const number = Number(text);
  const pattern = operator.endsWith('%') ? wildcardOf(text) : undefined;
  return (found) => {
    switch (typeof found) {
      case 'string':
        if (pattern !== undefined) return pattern.test(found) === (operator === '%');
        return compareOrder(operator, found < text ? -1 : found > text ? 1 : 0);
      case 'number':
        return !Number.isNaN(number) && compareOrder(operator, found - number);
      case 'boolean':
        return (text === 'true' || text === 'false') && compareOrder(operator, Number(found) - Number(text === 'true'));
      default:
        return found === null && text === 'null' && operand === text && compareOrder(operator, 0);
    }
  };
}

function compareOrder(operator: Operator, order: number): boolean {
  switch (operator) {
    case '=':
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '%':
    case '!%':
      return false;
  }
}

/** gjson's loose readings of a value, such as `#(vip==~true)`. */
const TILDES: ReadonlyMap<string, Compare> = new Map<string, Compare>([
  ['~*', (found) => found !== undefined],
  ['~null', (found) => found === undefined || found === null],
  ['~true', (found) => found === true || (typeof found === 'number' && found !== 0) || isWord(found, TRUE_WORDS)],
  [
    '~false',
    (found) => found === undefined || found === null || found === false || found === 0 || isWord(found, FALSE_WORDS),
  ],
]);
const TRUE_WORDS: ReadonlySet<string> = new Set(['1', 't', 'true']);
const FALSE_WORDS: ReadonlySet<string> = new Set(['0', 'f', 'false']);
const isWord = (found: JsonValue | undefined, words: ReadonlySet<string>): boolean =>
  typeof found === 'string' && words.has(found.toLowerCase());

function unquote(text: string): string {
  return /^"[\s\S]*"$/.test(text) && text.length > 1 ? text.slice(1, -1).replace(/\\([\s\S])/g, '$1') : text;
}

/** The first operator outside of quotes and inner queries. */
function findOperator(text: string): { readonly at: number; readonly operator: Operator } | undefined {
  for (const at of openPlaces(text)) {
    // `#` in front of a query is no operator's neighbour, and `\` makes a sign plain.
    const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at));
    if (operator !== undefined) return { at, operator };
  }
  return undefined;
}

function splitOutside(text: string, separator: string): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const at of openPlaces(text)) {
    if (at < from || !text.startsWith(separator, at)) continue;
    pieces.push(text.slice(from, at));
    from = at + separator.length;
  }
  return [...pieces, text.slice(from)];
}

/** Offsets that stand in no quotes and no brackets. */
function* openPlaces(text: string): Generator<number> {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '\\') at++;
    else if (sign === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (sign === '(' || sign === '[') depth++;
    else if (sign === ')' || sign === ']') depth--;
    else if (depth === 0) yield at;
  }
}
