import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A real terminal (tmux) with one program in it. */
export interface Terminal {
  /** Resolves with the screen once it fits; throws with what was on it when it does not in time. */
  waitFor(pattern: RegExp): Promise<string>;
  /** Sends keys by tmux's names (`Enter`, `Down`, `C-c`) or text as it is. */
  press(...keys: string[]): Promise<void>;
  type(text: string): Promise<void>;
  screen(): Promise<string>;
  close(): Promise<void>;
}

const DEADLINE_MS = 15_000;

export interface TerminalOptions {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly columns?: number;
}

export async function openTerminal({ command, env, cwd, columns = 100 }: TerminalOptions): Promise<Terminal> {
  // A server of its own, so that nobody's sessions and settings are touched.
  const socket = `cliproxyctl-test-${randomBytes(6).toString('hex')}`;
  const tmux = async (...args: string[]): Promise<string> => {
    const options = { env: { ...env, TERM: 'xterm-256color' } };
    try {
      return (await run('tmux', ['-L', socket, '-f', '/dev/null', ...args], options)).stdout;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
        throw new Error('tmux is needed: apt-get install -y tmux', { cause: error });
      }
      throw error;
    }
  };
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  // The shell stays, after a Ctrl-C too, so that the last screen and the exit code can be read.
  await tmux(
    'new-session',
    '-d',
    '-s',
    't',
    '-x',
    String(columns),
    '-y',
    '40',
    '-c',
    cwd,
    `/bin/sh -c "trap : INT; ${line.replaceAll('"', '\\"')}; echo exit code \\$?; read -r _"`,
  );
  const screen = (): Promise<string> => tmux('capture-pane', '-p', '-t', 't');
  return {
    screen,
    async waitFor(pattern) {
      const giveUpAt = Date.now() + DEADLINE_MS;
      for (;;) {
        const seen = await screen();
        if (pattern.test(seen)) return seen;
        if (Date.now() > giveUpAt) throw new Error(`the screen never showed ${pattern}:\n${seen}`);
        await sleep(30);
      }
    },
    async press(...keys) {
      await tmux('send-keys', '-t', 't', ...keys);
    },
    async type(text) {
      await tmux('send-keys', '-t', 't', '-l', text);
    },
    async close() {
      await tmux('kill-server');
    },
  };
}
