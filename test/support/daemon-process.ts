import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { createManagementClient, socketTransport } from '../../src/shared/contract/client.js';
import { lifecycle, type Status } from '../../src/shared/contract/lifecycle.js';
import type { Client } from '../../src/shared/contract/route.js';
import { logFileFor } from '../../src/shared/instance.js';
import { socketPathFor } from '../../src/shared/local-socket.js';
import { resolvePaths } from '../../src/shared/paths.js';

/** What the daemon said over the IPC channel. */
type StartMessage =
  | { readonly type: 'ready'; readonly status: Status }
  | {
      readonly type: 'failed';
      readonly error: {
        code: string;
        message: string;
        hint?: string;
        exitCode?: number;
        details?: Record<string, unknown>;
      };
    };

export interface StartedDaemon {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly message: StartMessage;
  /** Resolves with exit code or signal. */
  readonly exited: Promise<number | string>;
  output(): string;
}

/** A home of its own with a config, in which daemons are started as the command line starts them. */
export interface DaemonHome {
  readonly root: string;
  readonly runDir: string;
  readonly logFile: string;
  readonly configPath: string;
  readonly management: Client<typeof lifecycle>;
  writeConfig(text: string): Promise<void>;
  start(options?: { env?: Record<string, string>; foreground?: boolean }): Promise<StartedDaemon>;
  logText(): Promise<string>;
  /** Kills what still runs, by pid, and removes the folder. */
  close(): Promise<void>;
}

/** Bundles the test entry as `npm run build` bundles the real one; packages stay outside. */
export async function buildDaemonEntry(
  source = 'test/support/daemon-entry.ts',
): Promise<{ path: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'cliproxyctl-entry-'));
  const path = join(dir, 'entry.mjs');
  await symlink(resolve('node_modules'), join(dir, 'node_modules'), 'junction');
  await build({
    entryPoints: { entry: resolve(source) },
    outdir: dir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'error',
  });
  return { path, remove: () => rm(dir, { recursive: true, force: true }) };
}

export async function openDaemonHome(entry: string, config: string): Promise<DaemonHome> {
  const root = await mkdtemp(join(tmpdir(), 'cliproxyctl-home-'));
  const env = { ...cleanEnv(), CLIPROXY_HOME: root };
  const { runDir, logDir } = resolvePaths({ env });
  const configPath = join(root, 'config.yaml');
  const logFile = logFileFor(logDir);
  await mkdir(logDir, { recursive: true });
  await writeFile(configPath, config);
  const children: ChildProcess[] = [];
  const workers = new Set<number>();
  const management = createManagementClient(lifecycle, socketTransport(socketPathFor(runDir)));
  return {
    root,
    runDir,
    logFile,
    configPath,
    management,
    writeConfig: (text) => writeFile(configPath, text),
    async start({ env: extra = {}, foreground = false } = {}) {
      const child = spawn(process.execPath, [entry, '--config', configPath], {
        stdio: foreground ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...env, ...extra },
      });
      children.push(child);
      let output = '';
      child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const exited = new Promise<number | string>((done) => {
        child.once('exit', (code, signal) => done(signal ?? code ?? -1));
      });
      const message = foreground
        ? await foregroundReady(child, exited, management, () => output)
        : await firstMessage(child, exited, () => output);
      if (child.connected) child.disconnect();
      if (message.type === 'ready') for (const { pid } of message.status.workers) workers.add(pid);
      return { child, pid: child.pid ?? 0, message, exited, output: () => output };
    },
    logText: () => readFile(logFile, 'utf8'),
    async close() {
      for (const { pid } of (await management.getStatus({}).catch(() => undefined))?.workers ?? []) workers.add(pid);
      for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      for (const pid of workers) killQuietly(pid);
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Asks until the answer is the wanted one; the test's own time limit ends a wait that never succeeds. */
export async function until<T>(ask: () => Promise<T>, isWanted: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask().catch(() => undefined);
    if (value !== undefined && isWanted(value)) return value;
    await new Promise((done) => setTimeout(done, 25));
  }
}

/** Asks until the call fails, and gives its error. */
export async function untilFails(ask: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    try {
      await ask();
    } catch (error) {
      return error;
    }
    await new Promise((done) => setTimeout(done, 25));
  }
}

async function firstMessage(
  child: ChildProcess,
  exited: Promise<unknown>,
  output: () => string,
): Promise<StartMessage> {
  const message = new Promise<StartMessage>((done) => {
    child.once('message', (value) => done(value as StartMessage));
  });
  const ended = exited.then((how) => {
    throw new Error(`the daemon ended (${how}) without a word: ${output()}`);
  });
  return Promise.race([message, ended]);
}

async function foregroundReady(
  child: ChildProcess,
  exited: Promise<number | string>,
  management: Client<typeof lifecycle>,
  output: () => string,
): Promise<StartMessage> {
  const asked = until(
    () => management.getStatus({}),
    ({ ready, pid }) => ready && pid === child.pid,
  );
  const ended = exited.then((how): Status => {
    throw new Error(`the daemon ended (${how}): ${output()}`);
  });
  return { type: 'ready', status: await Promise.race([asked, ended]) };
}

/** Without what the test runner set for itself. */
function cleanEnv(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name]) => !/^(NODE_|VITEST|CLIPROXY|CONFIG)/.test(name));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
