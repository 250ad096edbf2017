import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** How one coding agent is called for one task. */
export interface AgentCall {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** How it ended, and all it printed. */
export interface AgentRun {
  readonly code: number | string | null;
  readonly output: string;
}

/** From a cold disk cache, with others running, the slowest needs half of that. */
const TIME_LIMIT_MS = 60_000;

/** Runs a program to its end in a temporary home, with nothing of this machine's own settings. */
export function runAgent({ file, args, env }: AgentCall, home: string): Promise<AgentRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: join(home, 'work'),
      env: { PATH: process.env['PATH'], HOME: home, TMPDIR: join(home, 'tmp'), TERM: 'dumb', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that the time limit reaches the programs it started too.
      detached: true,
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const timer = setTimeout(() => killGroup(child.pid), TIME_LIMIT_MS);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code: signal ?? code, output });
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}
