import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface PortOwner {
  readonly pid: number;
  /** Program, and script where it is an interpreter; never its arguments, which may hold secrets. */
  readonly command: string;
}

/** proc(5), `/proc/net/tcp`: the `st` column of a listening socket. */
const LISTENING = '0A';

/**
 * Which process listens on a TCP port, as far as this user may see: best effort, Linux only, undefined when unknown.
 * `procDir` is `/proc` unless a test has its own.
 */
export async function findPortOwner(port: number, procDir = '/proc'): Promise<PortOwner | undefined> {
  if (process.platform !== 'linux') return undefined;
  const inodes = await listeningInodes(port, procDir);
  if (inodes.size === 0) return undefined;
  for (const name of await readdir(procDir).catch(() => [])) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid <= 0) continue;
    if (await holdsSocket(join(procDir, name), inodes)) return { pid, command: await commandOf(join(procDir, name)) };
  }
  return undefined;
}

async function listeningInodes(port: number, procDir: string): Promise<Set<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    const text = await readFile(join(procDir, 'net', table), 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const inode = fields[9];
      if (fields[3] === LISTENING && fields[1]?.endsWith(`:${wanted}`) && inode !== undefined) inodes.add(inode);
    }
  }
  return inodes;
}

async function holdsSocket(processDir: string, inodes: ReadonlySet<string>): Promise<boolean> {
  // Other users' folders cannot be read, and processes end while we look: both mean "not this one".
  for (const fd of await readdir(join(processDir, 'fd')).catch(() => [])) {
    const target = await readlink(join(processDir, 'fd', fd)).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}

async function commandOf(processDir: string): Promise<string> {
  const name = (await readFile(join(processDir, 'comm'), 'utf8').catch(() => 'unknown')).trim();
  const program = basename((await readlink(join(processDir, 'exe')).catch(() => '')) || name);
  const [, script = ''] = (await readFile(join(processDir, 'cmdline'), 'utf8').catch(() => '')).split('\0');
  const isScript = /\.([cm]?js|ts|py|rb|jar)$/.test(script);
  return isScript ? `${program} ${basename(script)}` : program;
}
