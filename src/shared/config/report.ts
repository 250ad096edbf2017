import type { Path } from './path.js';
import type { ConfigProblem, ConfigWarning } from './problem.js';
import type { ConfigSource } from './source.js';

/** Gathers what the checks find, each with its place in the file. */
export interface Report {
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigWarning[];
  problem(path: Path, words: Pick<ConfigProblem, 'code' | 'expected' | 'found' | 'hint'>): void;
  /** `at` is `key` for a word about the key itself, `value` for one about what it holds. */
  warn(path: Path, code: string, message: string, at?: 'key' | 'value'): void;
}

export function openReport(source: ConfigSource): Report {
  const problems: ConfigProblem[] = [];
  const warnings: ConfigWarning[] = [];
  return {
    problems,
    warnings,
    problem: (path, words) => problems.push({ ...source.place(path), ...words }),
    warn: (path, code, message, at = 'value') => warnings.push({ ...source.place(path, at), code, message }),
  };
}
