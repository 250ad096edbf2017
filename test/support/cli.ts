import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  /** Sent to standard input, which is then closed; there is never a terminal. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly nodeArgs?: readonly string[];
}

/** The built command line with a home of its own. */
export interface Cli {
  /** Everything it keeps, its config included, is below this folder. */
  readonly home: string;
  readonly configPath: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  run(args: readonly string[], options?: RunOptions): Promise<CliResult>;
  /** Runs with `--json` added and reads the one envelope. */
  json(
    args: readonly string[],
    options?: RunOptions,
  ): Promise<Envelope & { readonly code: number | null; readonly stderr: string }>;
  /** Starts a command that goes on, such as `run` or `logs --follow`. */
  spawn(args: readonly string[]): ChildProcess;
  writeConfig(text: string): Promise<void>;
  readConfig(): Promise<string>;
  /** Stops a daemon that still runs, and removes the home. */
  close(): Promise<void>;
}

const envelopeSchema = z.strictObject({
  schema_version: z.literal('cliproxyctl.response.v1'),
  command: z.string().min(1),
  ok: z.boolean(),
  timestamp: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z$/),
  details: z.record(z.string(), z.unknown()),
});
export type Envelope = z.output<typeof envelopeSchema>;

/** The one envelope on stdout; throws when there is anything else. */
export function readEnvelope(stdout: string): Envelope {
  const lines = stdout.split('\n');
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`not one line: ${stdout}`);
  return envelopeSchema.parse(JSON.parse(lines[0] ?? ''));
}

export interface CliBuild {
  readonly script: string;
  /** The built files, as import addresses begin. */
  readonly folder: string;
  open(): Promise<Cli>;
  remove(): Promise<void>;
}

/** Builds as `npm run build` does, into a temporary folder that looks like the installed package. */
export async function buildCli(): Promise<CliBuild> {
  const folder = await mkdtemp(join(tmpdir(), 'cliproxyctl-build-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  await promisify(execFile)(process.execPath, [resolve('scripts/build.js'), join(folder, 'dist')]).catch(
    async (error: unknown) => {
      await remove();
      throw error;
    },
  );
  await symlink(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  // Its import map names the file of the token worker.
  await copyFile(resolve('package.json'), join(folder, 'package.json'));
  await mkdir(join(folder, 'bin'));
  const script = join(folder, 'bin', 'cliproxyctl.js');
  await copyFile(resolve('bin/cliproxyctl.js'), script);
  await chmod(script, 0o755);
  return { script, folder, open: () => openCli(script), remove };
}

async function openCli(script: string): Promise<Cli> {
  const home = await mkdtemp(join(tmpdir(), 'cliproxyctl-home-'));
  const env = { ...plainEnv(), CLIPROXY_HOME: home, HOME: home };
  const configPath = join(home, 'config.yaml');
  const start = (
    args: readonly string[],
    { cwd = home, env: extra = {}, nodeArgs = [] }: RunOptions = {},
  ): ChildProcess =>
    spawn(process.execPath, [...nodeArgs, script, ...args], {
      cwd,
      env: { ...env, ...extra },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  const run = (args: readonly string[], options: RunOptions = {}): Promise<CliResult> =>
    new Promise((done, fail) => {
      const child = start(args, options);
      const seen = { stdout: '', stderr: '' };
      child.stdout?.setEncoding('utf8').on('data', (text: string) => (seen.stdout += text));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (seen.stderr += text));
      child.once('error', fail);
      child.once('close', (code) => done({ code, ...seen }));
      // A command that reads no input may be gone before it is sent.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(options.input ?? '');
    });
  return {
    home,
    configPath,
    script,
    env,
    run,
    async json(args, options) {
      const { code, stdout, stderr } = await run([...args, '--json'], options);
      return { ...readEnvelope(stdout), code, stderr };
    },
    spawn: (args) => start(args),
    writeConfig: (text) => writeFile(configPath, text, { mode: 0o600 }),
    readConfig: () => readFile(configPath, 'utf8'),
    async close() {
      await run(['stop', '--timeout', '0']);
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Nothing of the machine's own settings: no config path, no proxy, no key, no colour. */
function plainEnv(): Record<string, string> {
  const kept = ['PATH', 'LANG', 'TMPDIR', 'TEMP', 'SystemRoot'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}
