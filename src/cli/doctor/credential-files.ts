import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** A file of `auth-dir`, seen without a daemon. */
export interface CredentialFile {
  readonly name: string;
  /** Whose login it is; absent when it cannot be used. */
  readonly type?: string;
  /** Switched off in the file itself. */
  readonly isOff?: boolean;
  /** Why it cannot be used; never quotes the content. */
  readonly trouble?: string;
}

const typed = z.looseObject({ type: z.string().min(1), disabled: z.unknown().optional() });

/** The credential files of a folder, by name; none when there is no such folder. Throws when it cannot be listed. */
export async function readCredentialFiles(authDir: string): Promise<readonly CredentialFile[]> {
  const entries = await readdir(authDir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const names = entries.filter((entry) => !entry.isDirectory() && entry.name.endsWith('.json')).map(({ name }) => name);
  const files = await Promise.all(names.toSorted().map((name) => look(authDir, name)));
  return files.filter((file) => file !== undefined);
}

async function look(folder: string, name: string): Promise<CredentialFile | undefined> {
  const path = join(folder, name);
  try {
    if ((await lstat(path)).isSymbolicLink()) return { name, trouble: 'is a link, which is not followed' };
    const content = typed.safeParse(JSON.parse(await readFile(path, 'utf8')));
    // As ever, a file that does not say whose it is belongs to somebody else.
    return content.success ? { name, type: content.data.type, isOff: content.data.disabled === true } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return { name, trouble: 'is no JSON' };
    const { code } = error as NodeJS.ErrnoException;
    return { name, trouble: `cannot be read${code === undefined ? '' : `: ${code}`}` };
  }
}
