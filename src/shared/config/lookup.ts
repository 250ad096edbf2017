import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { configSchema } from './schema.js';
import { readSource } from './source.js';

export interface ConfigLocation {
  readonly path: string;
  /** Whether a file stands there. */
  readonly exists: boolean;
  readonly source: 'explicit' | 'environment' | 'working-folder' | 'user-folder';
}

export interface ConfigSearch {
  /** The value of `--config`; blank counts as not given. */
  readonly explicit?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Where `setup` writes when nothing was found (`resolvePaths().configDir`). */
  readonly userConfigDir: string;
}

const VARIABLES = ['CLIPROXY_CONFIG', 'CLIPROXY_CONFIG_PATH', 'CONFIG', 'CONFIG_PATH'];

/**
 * Which config file is meant: the explicit one, the first of the environment, `config.yaml` or `config/config.yaml` in the
 * working folder, else the user's own. The named ones are taken unchecked; those of the working folder only if they hold a key
 * we know, since any program may have a `config.yaml`.
 */
export async function findConfig({ explicit, env, cwd, userConfigDir }: ConfigSearch): Promise<ConfigLocation> {
  const named = filled(explicit);
  if (named !== undefined) return located(resolve(cwd, named), 'explicit');
  for (const variable of VARIABLES) {
    const path = filled(env[variable]);
    if (path !== undefined) return located(resolve(cwd, path), 'environment');
  }
  for (const path of [join(cwd, 'config.yaml'), join(cwd, 'config', 'config.yaml')]) {
    if (await isOurs(path)) return { path, exists: true, source: 'working-folder' };
  }
  return located(join(userConfigDir, 'config.yaml'), 'user-folder');
}

async function located(path: string, source: ConfigLocation['source']): Promise<ConfigLocation> {
  return { path, exists: await isFile(path), source };
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );

/** A broken file counts when its text names one of our keys: its owner wants to be told, not passed over. */
async function isOurs(path: string): Promise<boolean> {
  if (!(await isFile(path))) return false;
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return true;
  const { value, problems } = readSource(text, path);
  const keys =
    problems.length === 0 ? Object.keys(value) : Array.from(text.matchAll(/^([\w-]+)\s*:/gm), ([, key]) => key ?? '');
  return keys.some((key) => key in configSchema.shape);
}

const filled = (value: string | undefined): string | undefined => {
  const trimmed = value?.trim();
  return trimmed === '' ? undefined : trimmed;
};
