import type { LoadedConfig } from '../../shared/config/load.js';
import { type Logger, type LogSink, levelFor, openLog } from './log.js';
import { createRedactor } from './redact.js';
import { openRotatingLog, type RotatingLog, type RotatingLogOptions } from './rotating-log.js';
import { secretsIn } from './secrets.js';

export interface DaemonLogOptions {
  readonly path: string;
  readonly loaded: LoadedConfig;
  /** Takes a copy of every line while the config does not say `logging-to-file`; the foreground's stdout. */
  readonly echo: LogSink | undefined;
  readonly openStream: RotatingLogOptions['open'] | undefined;
}

/** The primary's log: files, the echo, and the secrets it hides. Workers' finished lines go to `sink`. */
export interface DaemonLog {
  readonly log: Logger;
  readonly sink: LogSink;
  readonly file: RotatingLog;
  /** Takes over what a new config says of logs, and its secrets. */
  follow(loaded: LoadedConfig): void;
  redact(text: string): string;
  /** Secrets that do not stand in the config. */
  learn(secrets: readonly string[]): void;
  /** Writes past all queues, for a process about to end. */
  lastWords(error: unknown): void;
}

export function openDaemonLog({ path, loaded, echo, openStream }: DaemonLogOptions): DaemonLog {
  const redactor = createRedactor(secretsIn(loaded.config));
  const file = openRotatingLog({
    path,
    maxTotalMb: loaded.config['logs-max-total-size-mb'],
    ...(openStream === undefined ? {} : { open: openStream }),
  });
  let isEchoing = echo !== undefined && !loaded.config['logging-to-file'];
  const sink: LogSink = {
    write(lines) {
      file.write(lines);
      if (isEchoing) echo?.write(lines);
    },
  };
  const log = openLog({ sink, redactor, debug: loaded.config.debug });
  return {
    log,
    sink,
    file,
    follow({ config }) {
      redactor.learn(secretsIn(config));
      log.level = levelFor(config.debug);
      file.resize(config['logs-max-total-size-mb']);
      isEchoing = echo !== undefined && !config['logging-to-file'];
    },
    redact: redactor.redact,
    learn: (secrets) => redactor.learn(secrets),
    lastWords(error) {
      const dying = openLog({ sink: { write: (lines) => file.writeNow(String(lines)) }, redactor });
      dying.fatal({ err: error }, 'the daemon died of an error');
    },
  };
}
