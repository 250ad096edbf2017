import { constants, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { extensionOf, isImageFileName, mediaTypeOf, nameOf, readName } from './file-name.js';

export interface StoredImage {
  readonly bytes: Buffer;
  readonly mediaType: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Pictures that clients want as links, for a while. The name is the secret: who has it may fetch. */
export interface ImageStore {
  /** @returns the name; `undefined` where it cannot be kept: larger than all the room there is, or a disk that refuses. */
  keep(image: { readonly mediaType: string; readonly data: string }): string | undefined;
  /** `undefined`: never there, or over. */
  find(name: string): Promise<StoredImage | undefined>;
  /** Removes what is over. */
  sweep(): void;
}

export interface ImageStoreParts {
  /** Made when it is first needed; several processes may share it. */
  readonly folder: string;
  readonly now: () => number;
  /** At least 128 bits in base64url. */
  readonly randomName: () => string;
  /** Asked each time: a reload may change them. */
  readonly limits: () => { readonly ttlMs: number; readonly maxBytes: number };
  readonly onProblem: (error: unknown) => void;
}

interface Listed {
  readonly name: string;
  readonly expiresAt: number;
  readonly bytes: number;
}

/**
 * Files in a folder of its own, so that every worker finds what another one kept. All writing is synchronous: the answer
 * with the link leaves in the same turn, and its reader may come at once.
 */
export function openImageStore({ folder, now, randomName, limits, onProblem }: ImageStoreParts): ImageStore {
  const remove = (name: string): void => rmSync(join(folder, name), { force: true });

  /** What is still good, the oldest first. Other workers may remove files meanwhile. */
  const list = (): Listed[] => {
    const listed = namesIn(folder).flatMap((name): Listed[] => {
      const expiresAt = readName(name);
      if (expiresAt === undefined) return [];
      const stat = statSync(join(folder, name), { throwIfNoEntry: false });
      return stat?.isFile() === true ? [{ name, expiresAt, bytes: stat.size }] : [];
    });
    for (const { name, expiresAt } of listed) if (expiresAt <= now()) remove(name);
    return listed.filter(({ expiresAt }) => expiresAt > now()).toSorted((a, b) => a.expiresAt - b.expiresAt);
  };
  const makeRoom = (needed: number, maxBytes: number): void => {
    const listed = list();
    let held = listed.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes } of listed) {
      if (held + needed <= maxBytes) return;
      remove(name);
      held -= bytes;
    }
  };
  const guarded = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      onProblem(error);
      return undefined;
    }
  };

  return {
    keep: ({ mediaType, data }) =>
      guarded(() => {
        const { ttlMs, maxBytes } = limits();
        const extension = extensionOf(mediaType);
        const bytes = Buffer.from(data, 'base64');
        if (extension === undefined || ttlMs <= 0 || bytes.length > maxBytes) return undefined;
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        makeRoom(bytes.length, maxBytes);
        const name = nameOf(now() + ttlMs, randomName(), extension);
        writeFileSync(join(folder, name), bytes, { mode: 0o600, flag: 'wx' });
        return name;
      }),
    async find(name) {
      if (!isImageFileName(name)) return undefined;
      const expiresAt = readName(name);
      const mediaType = mediaTypeOf(name);
      if (expiresAt === undefined || mediaType === undefined || expiresAt <= now()) return undefined;
      const bytes = await readOwn(join(folder, name));
      return bytes === undefined ? undefined : { bytes, mediaType, expiresAt };
    },
    sweep: () => void guarded(list),
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Never through a link: somebody else may have put one there. */
async function readOwn(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch {
    // Gone, or never there: to the caller it is the same.
    return undefined;
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';
