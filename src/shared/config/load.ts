import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Document } from 'yaml';
import { AppError } from '../errors.js';
import { EXIT } from '../exit.js';
import { checkConfig } from './check/check.js';
import { migrate } from './migrate.js';
import { type ConfigPlace, type ConfigProblem, type ConfigWarning, describeFound, formatProblems } from './problem.js';
import type { PromptTexts } from './prompts.js';
import { openReport } from './report.js';
import { type Config, configSchema } from './schema.js';
import { type ConfigSource, readSource } from './source.js';

/** A config that may be used. */
export interface LoadedConfig {
  readonly config: Config;
  /** SHA-256 of the text, hex. */
  readonly hash: string;
  readonly problems: readonly [];
  readonly warnings: readonly ConfigWarning[];
  /** The text taken apart, as it was before defaults. */
  readonly document: Document;
  /** Texts of the prompt files, by their name in the config; read beside the config by whoever needs them. */
  readonly prompts?: PromptTexts;
}

/** A config with problems; none of it may be used. */
export interface RejectedConfig {
  readonly config: undefined;
  readonly hash: string;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigWarning[];
  readonly document: Document;
}

/**
 * Reads and checks a whole config. Pure, and never throws: all that is wrong is in `problems`, and `config` is there only when
 * nothing is. An empty text is a config of defaults. `path` is named in messages, and prompt files are looked for beside it.
 */
export function parseConfig(text: string, { path }: { readonly path: string }): LoadedConfig | RejectedConfig {
  const source = readSource(text, path);
  const { document } = source;
  const rejected = (problems: readonly ConfigProblem[], warnings: readonly ConfigWarning[]): RejectedConfig => ({
    config: undefined,
    hash: hashConfig(text),
    problems: inFileOrder(problems),
    warnings,
    document,
  });
  if (source.problems.length > 0) return rejected(source.problems, []);

  const raw = migrate(source);
  const report = openReport(source);
  checkConfig(raw, report, path);
  const checked = configSchema.safeParse(raw);
  const warnings = inFileOrder(report.warnings);
  if (!checked.success) {
    return rejected([...schemaProblems(checked.error.issues, raw, source), ...report.problems], warnings);
  }
  if (report.problems.length > 0) return rejected(report.problems, warnings);
  return { config: checked.data, hash: hashConfig(text), problems: [], warnings, document };
}

/** The same, for callers to whom a config with problems is a failure: throws `AppError` `config_invalid` that lists them all. */
export function requireConfig(parsed: LoadedConfig | RejectedConfig): LoadedConfig {
  if (parsed.config !== undefined) return parsed;
  const { problems } = parsed;
  throw new AppError('config_invalid', formatProblems(problems), {
    hint: 'correct the file; the schema is in config.schema.json, an example in config.example.yaml',
    exitCode: EXIT.usage,
    details: { problems },
  });
}

/** Reads a config file. Throws `AppError`: `config_unreadable`, or `config_invalid` with all problems; both with exit code 2. */
export async function loadConfigFile(path: string): Promise<LoadedConfig> {
  return requireConfig(parseConfig(await readConfigFile(path), { path }));
}

/** The text of a config file. Throws `AppError` `config_unreadable`. */
export async function readConfigFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    throw new AppError(
      'config_unreadable',
      `cannot read config file ${path}: ${READ_FAILURES[code] ?? 'reading failed'}`,
      {
        hint:
          code === 'ENOENT'
            ? 'run `cliproxyctl setup`, or name the file with --config'
            : 'check the path and its permissions',
        cause,
        exitCode: EXIT.usage,
        details: { path, reason: code },
      },
    );
  }
}

const READ_FAILURES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};

export const hashConfig = (text: string): string => hash('sha256', text, 'hex');

type Issue = NonNullable<ReturnType<typeof configSchema.safeParse>['error']>['issues'][number];

function schemaProblems(issues: readonly Issue[], raw: unknown, source: ConfigSource): ConfigProblem[] {
  return issues.map((issue) => {
    const path = issue.path.filter((segment) => typeof segment !== 'symbol');
    return {
      ...source.place(path),
      code: 'wrong_value',
      expected: issue.message,
      found: describeFound(valueAt(raw, path), path),
    };
  });
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (at, segment) => (typeof at === 'object' && at !== null ? Reflect.get(at, segment) : undefined),
    value,
  );
}

const inFileOrder = <Found extends ConfigPlace>(found: readonly Found[]): Found[] =>
  [...found].sort((a, b) => a.line - b.line || a.column - b.column);
