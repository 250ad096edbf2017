import { homedir as systemHome } from 'node:os';
import { join, posix, resolve, win32 } from 'node:path';

/** The folders of this program. None of them is created here. */
export interface AppPaths {
  /** Holds `config.yaml`. */
  readonly configDir: string;
  /** What must not be lost, and has no folder of its own. */
  readonly dataDir: string;
  /** Cooldowns, usage and what else would be missed. */
  readonly stateDir: string;
  readonly logDir: string;
  /** Instance file, lock and local socket of a running daemon. */
  readonly runDir: string;
}

export interface PathsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homedir?: string;
  readonly platform?: NodeJS.Platform;
}

const NAME = 'cliproxyctl';

/**
 * Where things are kept: by the conventions of the system, or all under `CLIPROXY_HOME` if that is set
 * (`config.yaml`, `auths/`, `state/`, `logs/`, `run/`).
 */
export function resolvePaths({ env, homedir = systemHome(), platform = process.platform }: PathsInput): AppPaths {
  const home = filled(env['CLIPROXY_HOME']);
  if (home !== undefined) {
    const root = resolve(expandHome(home, homedir));
    return {
      configDir: root,
      dataDir: root,
      stateDir: join(root, 'state'),
      logDir: join(root, 'logs'),
      runDir: join(root, 'run'),
    };
  }
  if (platform === 'darwin') return macosPaths(homedir);
  return platform === 'win32' ? windowsPaths(env, homedir) : linuxPaths(env, homedir);
}

const DEFAULT_AUTH_DIR = '~/.cli-proxy-api';

/** The folder that `auth-dir` of the config means; its default moves under `CLIPROXY_HOME` like all else. */
export function authDirFor(authDir: string, { env, homedir = systemHome() }: Omit<PathsInput, 'platform'>): string {
  const home = filled(env['CLIPROXY_HOME']);
  const isDefault = authDir.trim() === '' || authDir === DEFAULT_AUTH_DIR;
  if (isDefault && home !== undefined) return join(resolve(expandHome(home, homedir)), 'auths');
  return resolve(expandHome(isDefault ? DEFAULT_AUTH_DIR : authDir, homedir));
}

/** `~` and `~/x` as the home folder; all else unchanged. */
export function expandHome(path: string, homedir: string = systemHome()): string {
  return path === '~' || path.startsWith('~/') || path.startsWith('~\\') ? join(homedir, path.slice(1)) : path;
}

// The same folders as `env-paths`, which reads environment and home folder on import and so cannot be told others.
function macosPaths(homedir: string): AppPaths {
  const library = posix.join(homedir, 'Library');
  const support = posix.join(library, 'Application Support', NAME);
  return {
    configDir: posix.join(library, 'Preferences', NAME),
    dataDir: support,
    stateDir: posix.join(support, 'state'),
    logDir: posix.join(library, 'Logs', NAME),
    runDir: posix.join(support, 'run'),
  };
}

function windowsPaths(env: PathsInput['env'], homedir: string): AppPaths {
  const roaming = filled(env['APPDATA']) ?? win32.join(homedir, 'AppData', 'Roaming');
  const local = filled(env['LOCALAPPDATA']) ?? win32.join(homedir, 'AppData', 'Local');
  return {
    configDir: win32.join(roaming, NAME, 'Config'),
    dataDir: win32.join(local, NAME, 'Data'),
    stateDir: win32.join(local, NAME, 'State'),
    logDir: win32.join(local, NAME, 'Log'),
    runDir: win32.join(local, NAME, 'Run'),
  };
}

function linuxPaths(env: PathsInput['env'], homedir: string): AppPaths {
  const state = posix.join(filled(env['XDG_STATE_HOME']) ?? posix.join(homedir, '.local', 'state'), NAME);
  const runtime = filled(env['XDG_RUNTIME_DIR']);
  return {
    configDir: posix.join(filled(env['XDG_CONFIG_HOME']) ?? posix.join(homedir, '.config'), NAME),
    dataDir: posix.join(filled(env['XDG_DATA_HOME']) ?? posix.join(homedir, '.local', 'share'), NAME),
    stateDir: state,
    logDir: posix.join(state, 'logs'),
    runDir: runtime === undefined ? posix.join(state, 'run') : posix.join(runtime, NAME),
  };
}

const filled = (value: string | undefined): string | undefined =>
  value === undefined || value.trim() === '' ? undefined : value;
