import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** A program of `test/support`, bundled once and run as processes of their own. */
export interface Program {
  /** Runs it; gives how it ended: its exit code, or its signal. */
  run(args: readonly string[]): Promise<number | string>;
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
    run: (args) =>
      new Promise((done) => {
        fork(outfile, [...args], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }).once(
          'exit',
          (code, signal) => done(signal ?? code ?? -1),
        );
      }),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}
