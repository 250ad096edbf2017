import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../shared/config/schema.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { Listen } from './listen.js';

/** The address to listen on. Throws `AppError` when TLS is on without its files. */
export function listenOf({ host, port, tls }: Config): Listen {
  if (!tls.enable) return { host, port };
  if (tls.cert === '' || tls.key === '') {
    throw new AppError('config_invalid', '`tls.enable` needs `tls.cert` and `tls.key`', {
      hint: 'give the paths of both PEM files, or set `tls.enable: false`',
      exitCode: EXIT.usage,
    });
  }
  return { host, port, tls: { cert: tls.cert, key: tls.key } };
}

/** How many worker processes; 0 means none, all in the primary. */
export const workerCountOf = ({ workers }: Config, cores: number): number =>
  workers === 'auto' ? Math.max(1, cores) : workers;

/** A management key for this process alone; empty: none. */
export const managementPasswordIn = (env: NodeJS.ProcessEnv): string => env['MANAGEMENT_PASSWORD']?.trim() ?? '';

export const drainMsOf = (config: Config): number => Math.round(config['drain-timeout-seconds'] * 1000);

const FIXED_SETTINGS = [
  'host',
  'port',
  'tls',
  'workers',
  'auth-dir',
  'auth-auto-refresh-workers',
  'credentials',
] as const satisfies readonly (keyof Config)[];

/** Settings that are read once, and stand otherwise in the file now than when the daemon started. */
export const restartNeededFor = (started: Config, now: Config): string[] =>
  FIXED_SETTINGS.filter((key) => !isDeepStrictEqual(started[key], now[key]));
