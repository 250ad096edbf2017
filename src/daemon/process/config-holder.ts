import { isDeepStrictEqual } from 'node:util';
import { type LoadedConfig, parseConfig, readConfigFile, requireConfig } from '../../shared/config/load.js';
import type { ConfigWarning } from '../../shared/config/problem.js';
import { readPrompts } from '../../shared/config/prompts.js';
import type { Problem } from '../../shared/contract/lifecycle.js';
import { AppError } from '../../shared/errors.js';
import type { ReloadResult } from '../control/control-plane.js';
import type { Applied, ConfigSource } from './link.js';
import { restartNeededFor } from './settings.js';

export interface ConfigHolderOptions {
  readonly source: ConfigSource;
  readonly loaded: LoadedConfig;
  /** What was wrong with its prompt files at the start. */
  readonly promptWarnings?: readonly Problem[];
  /** Hands a checked config to the workers; throws what they say when they cannot use it. */
  readonly apply: (source: ConfigSource, configHash: string) => Promise<Applied>;
  /** Called with each config that came into force. */
  readonly onApplied: (loaded: LoadedConfig) => void;
  /** Changes a text that was read, and the file with it, before it is used. */
  readonly prepare?: (text: string) => Promise<string>;
}

/** The config in force, and what is wrong with the file since. */
export interface ConfigHolder {
  current(): LoadedConfig;
  problems(): readonly Problem[];
  warnings(): readonly Problem[];
  restartNeeded(): readonly string[];
  /** What the workers said of the config they were started with. */
  noteStart(applied: Applied): void;
  /** Reads the file again. On any error the old config stays; the error is thrown, and kept for `status`. */
  reload(): Promise<ReloadResult>;
  /** Runs `change`, which writes the file, and reloads it; no other edit or reload happens meanwhile. */
  edit(change: () => Promise<void>): Promise<void>;
}

const KEPT = 'correct the file: it is loaded as soon as it is right, and until then the config before the change stays';

export function openConfigHolder({
  source,
  loaded,
  promptWarnings = [],
  apply,
  onApplied,
  prepare = async (text) => text,
}: ConfigHolderOptions): ConfigHolder {
  const started = loaded.config;
  let current = { source, loaded };
  let fromWorkers: readonly Problem[] = [];
  let fromPrompts: readonly Problem[] = promptWarnings;
  let problems: readonly Problem[] = [];
  let queue: Promise<unknown> = Promise.resolve();

  const restartNeeded = (): string[] => restartNeededFor(started, current.loaded.config);
  const warnings = (): Problem[] => [...current.loaded.warnings.map(warningText), ...fromPrompts, ...fromWorkers];

  const load = async (): Promise<boolean> => {
    const { path } = current.source;
    const text = await prepare(await readConfigFile(path));
    const isSameText = text === current.source.text;
    const checked = isSameText ? current.loaded : requireConfig(parseConfig(text, { path }));
    const prompts = await readPrompts(checked.config, path);
    // Touching the files, or taking a broken edit back, changes nothing.
    if (isSameText && isDeepStrictEqual(prompts.texts, current.source.prompts ?? {})) return false;
    const next = { path, text, prompts: prompts.texts };
    const applied = await apply(next, checked.hash);
    current = { source: next, loaded: checked };
    fromWorkers = applied.warnings;
    fromPrompts = prompts.warnings;
    onApplied(checked);
    return true;
  };
  const reload = async (): Promise<ReloadResult> => {
    try {
      const changed = await load();
      problems = [];
      return { changed, configHash: current.loaded.hash, warnings: warnings(), restartNeeded: restartNeeded() };
    } catch (error) {
      problems = [problemOf(error)];
      throw error;
    }
  };
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const done = queue.then(work);
    queue = done.catch(() => undefined);
    return done;
  };

  return {
    current: () => current.loaded,
    problems: () => problems,
    warnings,
    restartNeeded,
    noteStart(applied) {
      fromWorkers = applied.warnings;
    },
    reload: () => alone(reload),
    edit: (change) =>
      alone(async () => {
        await change();
        await reload();
      }),
  };
}

const warningText = ({ code, message, ...place }: ConfigWarning): Problem => ({
  code,
  message: `${place.file}:${place.line}:${place.column}: ${message}`,
});

function problemOf(error: unknown): Problem {
  if (error instanceof AppError) return { code: error.code, message: error.message, hint: KEPT };
  return { code: 'reload_failed', message: error instanceof Error ? error.message : String(error), hint: KEPT };
}
