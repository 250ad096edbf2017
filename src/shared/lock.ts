import { readFileSync } from 'node:fs';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createManagementClient, socketTransport } from './contract/client.js';
import { lifecycle } from './contract/lifecycle.js';
import { AppError } from './errors.js';
import { EXIT } from './exit.js';
import { socketPathFor } from './local-socket.js';

/** A holder needs a moment between taking the lock and answering on its socket. */
const PATIENCE_MS = 3_000;
/** A lock file without content is one whose writer was killed in between, once it is this old. */
const UNWRITTEN_AFTER_MS = 5_000;
const RETRY_MS = 50;

const ownerSchema = z.object({
  pid: z.number().int().positive(),
  instanceId: z.string().min(1),
  /** What tells this process from a later one with the same pid, where the OS says so. */
  birth: z.string().optional(),
});
export type LockOwner = z.output<typeof ownerSchema>;

export interface Lock {
  readonly path: string;
  /** Gives the lock up; the last thing a daemon does. */
  release(): Promise<void>;
}

export interface LockOptions {
  readonly runDir: string;
  readonly instanceId: string;
  readonly patienceMs?: number;
}

export const lockPathFor = (runDir: string): string => join(runDir, 'daemon.lock');

/**
 * Makes this process the one daemon of the run directory. Throws `AppError` `already_running` (details: `pid`, `url`,
 * `socketPath`, `instanceId`) when another one answers, `lock_held` when its process lives but does not answer.
 */
export async function acquireLock({ runDir, instanceId, patienceMs = PATIENCE_MS }: LockOptions): Promise<Lock> {
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  const path = lockPathFor(runDir);
  const mine: LockOwner = { pid: process.pid, instanceId, ...birthField(process.pid) };
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    if (await createExclusively(path, mine)) return { path, release: () => release(runDir, instanceId) };
    const owner = await readLock(runDir);
    if (owner === undefined) await dropUnwritten(path);
    else if (isGone(owner)) await takeOver(path, owner, instanceId);
    else await refuseIfAnswering(runDir, owner);
    if (Date.now() >= giveUpAt && owner !== undefined && !isGone(owner)) throw held(path, owner);
    if (Date.now() >= giveUpAt + UNWRITTEN_AFTER_MS) throw unreadable(path);
    await sleep(RETRY_MS);
  }
}

/** Who holds the lock, according to its file. */
export async function readLock(runDir: string): Promise<LockOwner | undefined> {
  const text = await readFile(lockPathFor(runDir), 'utf8').catch(ignoreMissing);
  if (text === undefined) return undefined;
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Whether a lock's process has certainly ended. A reused pid is found out where the OS tells when a process began. */
export function isGone(owner: LockOwner): boolean {
  if (!isAlive(owner.pid)) return true;
  // In a container every start may have the same pid, so this is the common case there.
  const birth = factsOf(owner.pid)?.birth;
  return owner.birth !== undefined && birth !== undefined && birth !== owner.birth;
}

/** Whether a process with this pid runs, whoever owns it. A zombie, which nobody reaped yet, does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and is somebody else's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return factsOf(pid)?.state !== 'Z';
}

async function createExclusively(path: string, owner: LockOwner): Promise<boolean> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined;
    throw error;
  });
  if (file === undefined) return false;
  try {
    await file.writeFile(`${JSON.stringify(owner)}\n`);
    return true;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function release(runDir: string, instanceId: string): Promise<void> {
  const owner = await readLock(runDir);
  if (owner?.instanceId === instanceId) await rm(lockPathFor(runDir), { force: true });
}

/**
 * Removes a dead daemon's lock. Of several processes that see it dead at once only one may: the marker's name is the dead
 * daemon's id, so nobody can remove by mistake the lock that a winner has made since.
 */
async function takeOver(path: string, dead: LockOwner, instanceId: string): Promise<void> {
  const marker = `${path}.${dead.instanceId.replaceAll(/[^\w-]/g, '')}`;
  const mine: LockOwner = { pid: process.pid, instanceId, ...birthField(process.pid) };
  if (!(await createExclusively(marker, mine))) return dropUnwritten(marker);
  try {
    const current = await readFile(path, 'utf8').catch(ignoreMissing);
    if (current?.includes(`"${dead.instanceId}"`)) await rm(path, { force: true });
  } finally {
    await rm(marker, { force: true });
  }
}

async function dropUnwritten(path: string): Promise<void> {
  const found = await stat(path).catch(ignoreMissing);
  if (found !== undefined && Date.now() - found.mtimeMs > UNWRITTEN_AFTER_MS) await rm(path, { force: true });
}

async function refuseIfAnswering(runDir: string, owner: LockOwner): Promise<void> {
  const socketPath = socketPathFor(runDir);
  const client = createManagementClient(lifecycle, socketTransport(socketPath));
  const status = await client.getStatus({}, { timeoutMs: 1_000 }).catch((error: unknown) => {
    // A daemon of another version is a running daemon too.
    if (error instanceof AppError && error.code === 'contract_mismatch') return 'foreign' as const;
    return undefined;
  });
  if (status === undefined) return;
  if (status !== 'foreign' && status.instanceId !== owner.instanceId) return;
  const url = status === 'foreign' ? undefined : status.listen.url;
  throw new AppError('already_running', `the daemon already runs (pid ${owner.pid})`, {
    hint: '`cliproxyctl status` shows it; `cliproxyctl restart` starts it anew',
    details: { pid: owner.pid, instanceId: owner.instanceId, socketPath, ...(url === undefined ? {} : { url }) },
    exitCode: EXIT.failed,
  });
}

const held = (path: string, owner: LockOwner): AppError =>
  new AppError('lock_held', `process ${owner.pid} holds the lock ${path}, but does not answer on its socket`, {
    hint: `it may be starting, stopping or stuck: wait, or end process ${owner.pid}; if that process is not cliproxyctl, remove ${path}`,
    details: { pid: owner.pid, lockFile: path, instanceId: owner.instanceId },
  });

const unreadable = (path: string): AppError =>
  new AppError('lock_unreadable', `the lock file ${path} does not say whose it is`, {
    hint: `if no cliproxyctl daemon runs, remove ${path}`,
    details: { lockFile: path },
  });

/** What tells a process from a later one with the same pid; `undefined` where the OS does not say. */
export const birthOf = (pid: number): string | undefined => factsOf(pid)?.birth;

function birthField(pid: number): { birth?: string } {
  const birth = birthOf(pid);
  return birth === undefined ? {} : { birth };
}

/** State letter, and boot with start time, of a process (Linux only). */
function factsOf(pid: number): { readonly state: string; readonly birth: string } | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // proc(5): the name (field 2) may hold spaces and brackets; the state is field 3, the start time field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', birth: `${boot}:${fields[19] ?? ''}` };
  } catch {
    return undefined;
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
