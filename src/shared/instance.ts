import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';

const instanceSchema = z.object({
  pid: z.number().int().positive(),
  /** Random per start: what tells this daemon from an earlier one with the same pid. */
  instanceId: z.string().min(1),
  socketPath: z.string().min(1),
  /** Where clients reach the gateway. */
  url: z.string(),
  version: z.string(),
  /** Epoch milliseconds. */
  startedAt: z.number(),
});

/** What a running daemon tells about itself in the run directory. It may be stale: only the socket's answer proves life. */
export type Instance = z.output<typeof instanceSchema>;

export const instancePathFor = (runDir: string): string => join(runDir, 'instance.json');

/** The active log file; rotated ones are `<file>.1`, `<file>.2` and so on. */
export const logFileFor = (logDir: string): string => join(logDir, 'daemon.log');

/** The instance file, or undefined when there is none that makes sense. */
export async function readInstance(runDir: string): Promise<Instance | undefined> {
  const text = await readFile(instancePathFor(runDir), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed = instanceSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

export async function writeInstance(runDir: string, instance: Instance): Promise<void> {
  await writeFileAtomic(instancePathFor(runDir), `${JSON.stringify(instance, undefined, 2)}\n`, { mode: 0o600 });
}

/** Removes the file if it is still ours. */
export async function removeInstance(runDir: string, instanceId: string): Promise<void> {
  const current = await readInstance(runDir);
  if (current?.instanceId === instanceId) await rm(instancePathFor(runDir), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
