import { type Logger, pino } from 'pino';
import type { Redactor } from './redact.js';

export type { Logger };

/** Takes finished lines, newline included; never throws and never blocks. */
export interface LogSink {
  write(lines: string | Uint8Array): void;
}

export interface LogOptions {
  readonly sink: LogSink;
  readonly redactor: Redactor;
  readonly debug?: boolean;
  /** Members of every line, such as the worker's id. */
  readonly base?: Readonly<Record<string, unknown>>;
}

/** The daemon's log: one JSON object a line, secrets removed by field, by value and by shape before it leaves. */
export function openLog({ sink, redactor, debug = false, base = {} }: LogOptions): Logger {
  return pino(
    {
      level: levelFor(debug),
      base: { pid: process.pid, ...base },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: () => `,"time":${Date.now()}`,
    },
    { write: (line: string) => sink.write(redactor.redact(line)) },
  );
}

export const levelFor = (debug: boolean): 'debug' | 'info' => (debug ? 'debug' : 'info');
