import { randomBytes } from 'node:crypto';

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { Clock } from '../shared/clock.js';
import type { ConfigLocation } from '../shared/config/lookup.js';
import { createManagementClient, socketTransport } from '../shared/contract/client.js';
import { lifecycle } from '../shared/contract/lifecycle.js';
import type { Client } from '../shared/contract/route.js';
import { logFileFor } from '../shared/instance.js';
import { socketPathFor } from '../shared/local-socket.js';
import { type AppPaths, resolvePaths } from '../shared/paths.js';
import type { Output } from './ui/output.js';
import { openPrompts, type Prompts } from './ui/prompts.js';

export type Management = Client<typeof lifecycle>;

/** What a command receives; it reaches for nothing else outside itself. */
export interface CliContext {
  readonly output: Output;
  readonly prompts: Prompts;
  readonly paths: AppPaths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Calls to the running daemon; each throws `not_running` when there is none. */
  readonly management: Management;
  /** The daemon's script. */
  readonly daemonEntry: string;
  /** The daemon's log. */
  readonly logFile: string;
  /** Where the config is: the value of `--config`, the environment, the usual places. */
  findConfig(flag: string | undefined): Promise<ConfigLocation>;
  /** Aborts at the first Ctrl-C, SIGTERM or hang-up; from the first call on only the second of them ends the process. */
  interrupted(): AbortSignal;
  /** The whole command tree, every command loaded. */
  loadProgram(): Promise<Command>;
  /** Whether that has happened. */
  readonly isInterrupted: boolean;
  /** Sets the exit code of a command that ends without an error. */
  exit(code: number): void;
}

export interface ContextOptions {
  readonly output: Output;
  readonly loadProgram: () => Promise<Command>;
  readonly exit: (code: number) => void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** As a shell counts a death by SIGINT: somebody does not want to wait for the first one to take effect. */
const INTERRUPTED_TWICE = 130;

/** The context of the real process. `close` lets it end. */
export function openContext({ output, loadProgram, exit }: ContextOptions): CliContext & { close(): void } {
  const { env, stdin, stderr } = process;
  const paths = resolvePaths({ env });
  const stop = new AbortController();
  const interrupt = (): void => {
    if (stop.signal.aborted) process.exit(INTERRUPTED_TWICE);
    stop.abort();
  };
  return {
    output,
    prompts: openPrompts({ isInteractive: stdin.isTTY && stderr.isTTY && !output.isJson, stdin, stderr }),
    paths,
    env,
    stdin,
    clock: {
      now: Date.now,
      sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
    },
    randomBytes,
    management: createManagementClient(lifecycle, socketTransport(socketPathFor(paths.runDir))),
    // The bundle puts our code into dist/cli and dist/chunks: the daemon is next door to both.
    daemonEntry: fileURLToPath(new URL('../daemon/main.js', import.meta.url)),
    logFile: logFileFor(paths.logDir),
    async findConfig(flag) {
      // The schema behind it is large, and most commands only talk to the daemon.
      const { findConfig } = await import('../shared/config/lookup.js');
      return findConfig({ explicit: flag, env, cwd: process.cwd(), userConfigDir: paths.configDir });
    },
    interrupted() {
      if (process.listeners('SIGINT').includes(interrupt) || stop.signal.aborted) return stop.signal;
      // Not `once`: the spinner's package ends the process at a signal for which it finds no other listener.
      for (const name of SIGNALS) process.on(name, interrupt);
      return stop.signal;
    },
    get isInterrupted() {
      return stop.signal.aborted;
    },
    loadProgram,
    exit,
    close() {
      for (const name of SIGNALS) process.off(name, interrupt);
    },
  };
}
