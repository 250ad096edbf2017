import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type ConfigEdit, editConfig, writeConfigFile } from '../shared/config/edit.js';
import { parseConfig, requireConfig } from '../shared/config/load.js';
import { AppError } from '../shared/errors.js';
import { type ConfigState, readConfigState } from './config-state.js';
import type { CliContext, Management } from './context.js';

/** The state of a config that must be usable; throws why it is not. */
export async function requireConfigState(path: string, env: CliContext['env']): Promise<ConfigState> {
  const state = await readConfigState(path, env);
  if (state.error !== undefined) throw state.error;
  return state;
}

/** Edits the file, keeping its comments, and refuses a result that would not load. */
export async function applyEdits(state: ConfigState, edits: readonly ConfigEdit[]): Promise<void> {
  const text = editConfig(state.text, edits);
  requireConfig(parseConfig(text, { path: state.path }));
  await saveConfig(state.path, text, state.hash);
}

/** Writes the whole file, in a folder of its owner's when that has to be made; refuses when it is no longer what `expectedHash` says. */
export async function saveConfig(path: string, text: string, expectedHash?: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeConfigFile(path, text, { expectedHash });
}

/** Makes a running daemon that uses this file read it now; false when none runs, or with another file. */
export async function reloadIfRunning(management: Management, path: string): Promise<boolean> {
  try {
    const status = await management.getStatus({});
    if (status.configPath !== path) return false;
    await management.reload({});
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_running') return false;
    throw error;
  }
}
