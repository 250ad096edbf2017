import type { Document } from 'yaml';
import { parseConfig, readConfigFile, requireConfig } from '../shared/config/load.js';
import type { ConfigProblem, ConfigWarning } from '../shared/config/problem.js';
import type { Config } from '../shared/config/schema.js';
import { AppError } from '../shared/errors.js';
import { authDirFor } from '../shared/paths.js';

/** How it stands with the config file, whatever it is: for commands that must work on a broken one too. */
export interface ConfigState {
  readonly path: string;
  readonly exists: boolean;
  /** The file's text; empty when it cannot be read. */
  readonly text: string;
  readonly hash: string | undefined;
  /** The text taken apart. */
  readonly document: Document | undefined;
  readonly config: Config | undefined;
  /** Whether the file itself says where credentials are. */
  readonly isAuthDirSet: boolean;
  readonly authDir: string;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigWarning[];
  /** Why there is no config. */
  readonly error: AppError | undefined;
}

/** Reads and checks the config; what is wrong is in the result, nothing is thrown for it. */
export async function readConfigState(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ConfigState> {
  const nothing = {
    path,
    exists: false,
    text: '',
    hash: undefined,
    document: undefined,
    config: undefined,
    isAuthDirSet: false,
    authDir: authDirFor('', { env }),
    problems: [],
    warnings: [],
  };
  let text: string;
  try {
    text = await readConfigFile(path);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const reason = error.details?.['reason'];
    return { ...nothing, exists: reason !== 'ENOENT' && reason !== 'ENOTDIR', error: explain(error, path) };
  }
  const parsed = parseConfig(text, { path });
  return {
    path,
    exists: true,
    text,
    hash: parsed.hash,
    document: parsed.document,
    config: parsed.config,
    isAuthDirSet: parsed.document.has('auth-dir'),
    authDir: authDirFor(parsed.config?.['auth-dir'] ?? '', { env }),
    problems: parsed.problems,
    warnings: parsed.warnings,
    error: parsed.config === undefined ? failureOf(() => requireConfig(parsed)) : undefined,
  };
}

/** The ways in which a config can be out of reach, in the words that `doctor` has always used for them. */
function explain(error: AppError, path: string): AppError {
  const reason = String(error.details?.['reason']);
  const message =
    reason === 'EISDIR'
      ? `config path "${path}" is a directory`
      : `config file is not accessible: ${path}: ${REASONS[reason] ?? reason}`;
  return new AppError(error.code, message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    exitCode: error.exitCode,
    cause: error,
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of the path is no folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

function failureOf(fail: () => unknown): AppError | undefined {
  try {
    fail();
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** `12:3 port: expected a whole number, found a text`. */
export const problemText = ({ line, column, path, expected, found }: ConfigProblem): string =>
  `line ${line}, column ${column}${path === '' ? '' : `, ${path}`}: expected ${expected}, found ${found}`;

/** `12:3 plugins: has no effect`. */
export const warningText = ({ line, path, message }: ConfigWarning): string =>
  `line ${line}${path === '' ? '' : `, ${path}`}: ${message}`;
