import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../shared/config/schema.js';
import type { DialectId, WireBody } from '../dialects/dialect.js';
import { valuesAt } from './edit.js';
import type { PayloadFacts } from './facts.js';
import { parsePath } from './path.js';
import type { Step } from './step.js';

export type ConditionEntry = Config['payload']['default'][number]['models'][number];

/** Whether a rule applies; asked of the body as the rules before it left it. */
export type Applies = (facts: PayloadFacts, body: WireBody) => boolean;

/** One of the conditions must fit; without any, the rule applies to nothing. */
export function compileConditions(entries: readonly ConditionEntry[]): Applies {
  const conditions = entries.map(compileCondition);
  return (facts, body) => conditions.some((fits) => fits(facts, body));
}

/** What others call each format; the first name is the one that their documentation uses. */
const NAMES: Readonly<Record<DialectId, readonly string[]>> = {
  'anthropic-messages': ['claude', 'anthropic'],
  'gemini-generate': ['gemini'],
  kiro: ['kiro'],
  'openai-chat': ['openai'],
  'openai-completions': ['openai'],
  'openai-images': ['openai-images', 'openai-image'],
  'openai-responses': ['responses', 'openai-response', 'openai-responses', 'response'],
};
/** As a target, the Responses API also goes by the name of its vendor's channel. */
const TARGET_NAMES: Readonly<Record<DialectId, readonly string[]>> = {
  ...NAMES,
  'openai-responses': [...NAMES['openai-responses'], 'codex'],
};

function compileCondition(entry: ConditionEntry): Applies {
  const isName = starMatcher(entry.name.trim());
  const protocol = entry.protocol?.toLowerCase();
  const fromProtocol = entry['from-protocol']?.toLowerCase();
  const headers = Object.entries(entry.headers).map(([name, pattern]) => ({
    name: name.toLowerCase(),
    fits: starMatcher(pattern),
  }));
  const isBody = bodyConditions(entry);
  return (facts, body) =>
    facts.models.some(isName) &&
    (protocol === undefined || protocol === facts.provider || TARGET_NAMES[facts.upstream].includes(protocol)) &&
    (fromProtocol === undefined || NAMES[facts.client].includes(fromProtocol)) &&
    headers.every(({ name, fits }) => [facts.headers[name] ?? []].flat().some(fits)) &&
    isBody(body);
}

function bodyConditions(entry: ConditionEntry): (body: WireBody) => boolean {
  const match = entry.match.flatMap(valueConditions);
  const notMatch = entry['not-match'].flatMap(valueConditions);
  const exist = entry.exist.map(presence);
  const notExist = entry['not-exist'].map(presence);
  return (body) =>
    match.every((fits) => fits(body)) &&
    !notMatch.some((fits) => fits(body)) &&
    exist.every((fits) => fits(body)) &&
    !notExist.some((fits) => fits(body));
}

/** A value at one of the places that the path finds. */
function valueConditions(values: Readonly<Record<string, unknown>>): readonly ((body: WireBody) => boolean)[] {
  return Object.entries(values).map(([text, value]) => {
    const path = parsePath(text);
    return (body) => valuesOf(body, path).some((found) => isDeepStrictEqual(found, value));
  });
}

/** `null` counts as absent. */
function presence(text: string): (body: WireBody) => boolean {
  const path = parsePath(text);
  return (body) => valuesOf(body, path).some((found) => found !== null);
}

const valuesOf = (body: WireBody, path: readonly Step[] | undefined) =>
  path === undefined ? [] : valuesAt(body, path);

/** `*` stands for any run of characters; case matters. */
function starMatcher(pattern: string): (text: string) => boolean {
  if (pattern === '*') return () => true;
  const literal = pattern.split('*').map((piece) => piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${literal.join('.*')}$`, 's');
  return (text) => expression.test(text);
}
