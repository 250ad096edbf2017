import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** A program of `test/support`, bundled once and run as processes of their own. */
export interface Program {
  /** Runs it; gives how it ended: its exit code, or its signal. `onTold`: what it sends before that. */
  run(args: readonly string[], onTold?: (message: unknown) => void): Promise<number | string>;
  remove(): Promise<void>;
}

export async function buildProgram(entry: string): Promise<Program> {
  // Beside node_modules, where the bundle finds its packages.
  const dir = await mkdtemp(resolve('node_modules/.cliproxyctl-test-'));
  const outfile = join(dir, 'entry.mjs');
  await build({
    entryPoints: [resolve(entry)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'error',
  });
  return {
    run: (args, onTold = () => undefined) =>
      new Promise((done) => {
        const child = fork(outfile, [...args], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
        child.on('message', onTold);
        child.once('close', (code, signal) => done(signal ?? code ?? -1));
      }),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
