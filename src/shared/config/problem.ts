import type { Path } from './path.js';

/** Where something stands in the config file; lines and columns count from 1. */
export interface ConfigPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Such as `claude-api-key[0].weight`; empty for the file as a whole. */
  readonly path: string;
}

/** Why a config cannot be used. No text of it quotes a secret. */
export interface ConfigProblem extends ConfigPlace {
  /** Stable and machine-readable, such as `wrong_value`. */
  readonly code: string;
  readonly found: string;
  readonly expected: string;
  readonly hint?: string;
}

/** What the owner of a config should know, though it can be used. */
export interface ConfigWarning extends ConfigPlace {
  /** Stable and machine-readable, such as `key_without_effect`. */
  readonly code: string;
  readonly message: string;
}

/** `file:line:column path: expected …, found …`, one line per problem, in the order of the file. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  return problems.map(formatProblem).join('\n');
}

function formatProblem({ file, line, column, path, expected, found, hint }: ConfigProblem): string {
  const place = `${file}:${line}:${column}${path === '' ? '' : ` ${path}`}`;
  return `${place}: expected ${expected}, found ${found}${hint === undefined ? '' : ` (${hint})`}`;
}

const SECRET_KEY = /key|secret|token|password|credential|header|proxy|cert|url|endpoint|params|match/i;

/**
 * What stands at a path, in words that cannot hold a secret: texts are quoted only when they are a single plain word at a
 * harmless key, since a key may have slipped into the wrong line.
 */
export function describeFound(value: unknown, path: Path): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const isSecret = path.some(
    (segment) => typeof segment === 'string' && SECRET_KEY.test(segment) && !isSectionName(segment),
  );
  if (typeof value === 'number' || typeof value === 'boolean') {
    return isSecret ? `a ${typeof value}` : String(value);
  }
  if (typeof value !== 'string') return 'a value';
  if (value.trim() === '') return 'an empty text';
  return !isSecret && /^[a-z]{1,12}(-[a-z]{1,12}){0,3}$/i.test(value) ? `"${value}"` : 'a text';
}

/** `claude-api-key` holds entries, of which only some members are secret. */
const isSectionName = (segment: string): boolean => /^[a-z]+-api-key$/.test(segment) || segment === 'payload';
