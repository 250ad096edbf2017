import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../ir/json.js';
import { changed, checkName, exists, unknown, unreadable, unwritable } from '../errors.js';
import type {
  CredentialStore,
  Reservation,
  StoredCredential,
  StoredCredentials,
  UnreadableCredential,
} from '../ports.js';
import { openAtomicWriter, type WriteTarget } from './atomic-write.js';
import { DISK, type FileSystem } from './file-system.js';
import { ignoreMissing, openLocks } from './locks.js';
import { openOwners } from './owner.js';
import { readSealed, type Seal } from './seal.js';
import { isCredentialFile, watchFolder } from './watch.js';

export interface FileStoreOptions {
  /** Made, 0700, when it is first written to. */
  readonly folder: string;
  /** Absent: files are plain, and sealed ones unreadable. */
  readonly seal?: Seal;
  readonly files?: FileSystem;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** What stands under a name, usable or not. */
type Found =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'credential'; readonly credential: StoredCredential }
  /** An object without `type`: of another program. */
  | { readonly kind: 'foreign'; readonly revision: string }
  | { readonly kind: 'unreadable'; readonly entry: UnreadableCredential };

const MAX_BYTES = 1024 * 1024;
/** New tokens may be longer than the old ones. */
const SPARE_BYTES = 16 * 1024;
/** Locks, and writes that are not finished. */
const WORK_FOLDER = '.cliproxyctl';

/** Credentials as the files `*.json` of one folder, shared with other programs and other processes of this one. */
export function openFileStore(options: FileStoreOptions): CredentialStore {
  const { folder, seal, files = DISK, now = Date.now, random = Math.random } = options;
  const owners = openOwners();
  const work = join(folder, WORK_FOLDER);
  const locks = openLocks({ folder: work, files, owners, now, random });
  const writer = openAtomicWriter({ folder: work, files, owners, now });
  const pathOf = (name: string): string => join(folder, name);

  const look = async (name: string): Promise<Found> => {
    const bytes = await readPlainFile(files, pathOf(name));
    if (typeof bytes === 'string') return { kind: 'unreadable', entry: { name, reason: bytes } };
    if (bytes === undefined) return { kind: 'nothing' };
    let text = bytes.toString('utf8');
    let value = parseObject(text);
    const sealed = readSealed(value);
    if (sealed !== undefined) {
      if (seal === undefined) return sealedWith(name, 'it is encrypted, and `credentials.encryption` is off');
      try {
        text = await seal.unseal(sealed);
        value = parseObject(text);
      } catch {
        return sealedWith(name, 'it is encrypted with another passphrase, or was damaged');
      }
    }
    if (value === undefined) return { kind: 'unreadable', entry: { name, reason: 'it is not a JSON object' } };
    const revision = revisionOf(text);
    const { type } = value;
    if (typeof type !== 'string' || type.trim() === '') return { kind: 'foreign', revision };
    return { kind: 'credential', credential: { name, revision, fields: value } };
  };

  const targetOf = (name: string, found: Found): WriteTarget => ({
    path: pathOf(name),
    key: keyOf(name),
    base: revisionIn(found) ?? found.kind,
  });

  /** Alone among writers, with what killed ones left behind in order. */
  const writing = <T>(name: string, run: (found: Found) => Promise<T>): Promise<T> =>
    locks.hold(`w${keyOf(name)}`, async () => {
      const found = await look(name);
      // What cannot be read now may be read again, with the right passphrase: then what was left is judged.
      if (found.kind === 'unreadable') return run(found);
      await writer.recover(targetOf(name, found));
      return run(await look(name));
    });

  const sealed = async (text: string): Promise<string> => (seal === undefined ? text : seal.seal(text));

  const put = async (name: string, fields: JsonObject, found: Found): Promise<StoredCredential> => {
    const text = textOf(fields);
    await writer.write(targetOf(name, found), await sealed(text));
    return { name, revision: revisionOf(text), fields };
  };

  const reserve = async ({ name, revision, fields }: StoredCredential): Promise<Reservation> => {
    const target: WriteTarget = { path: pathOf(name), key: keyOf(name), base: revision };
    // Its key, too, is made beforehand.
    const length = Buffer.byteLength(await sealed(textOf(fields)));
    const isAfterCutOff = await writer.isCutOff(target);
    const room = await writer.reserve(target, 2 * length + SPARE_BYTES).catch((error: unknown) => {
      throw unwritable(name, error);
    });
    return {
      isAfterCutOff,
      async write(next) {
        const text = textOf(next);
        const isNew = !isSame(next, fields);
        if (isNew) await room.fill(await sealed(text));
        return writing(name, async (found) => {
          if (revisionIn(found) !== revision) throw changed(name);
          if (isNew) await room.moveTo(target.path);
          return isNew ? { name, revision: revisionOf(text), fields: next } : { name, revision, fields };
        });
      },
      release: () => room.release(),
    };
  };

  /** Takes up at a start what a killed process left, without waiting for the next refresh. */
  const settle = async (): Promise<void> => {
    const abandoned = await writer.abandoned();
    if (abandoned.size > 0) {
      const names = (await files.readdir(folder)).filter(isCredentialFile).filter((name) => abandoned.has(keyOf(name)));
      for (const name of names) await writing(name, async () => undefined);
    }
    await writer.sweep();
  };

  return {
    async list() {
      const names = ((await files.readdir(folder).catch(ignoreMissing)) ?? []).filter(isCredentialFile);
      return sorted(await Promise.all(names.map(look)));
    },
    async read(name) {
      checkName(name);
      const found = await look(name);
      return found.kind === 'credential' ? found.credential : undefined;
    },
    async write(name, fields, ifRevision) {
      checkName(name);
      return writing(name, async (found) => {
        if (found.kind === 'unreadable' && ifRevision !== undefined) throw unreadable(found.entry);
        if (ifRevision !== undefined && (ifRevision ?? undefined) !== revisionIn(found)) throw changed(name);
        if (found.kind === 'credential' && isSame(found.credential.fields, fields)) return found.credential;
        return put(name, fields, found);
      });
    },
    async remove(name, ifRevision) {
      checkName(name);
      return writing(name, async (found) => {
        if (found.kind === 'nothing') return false;
        if (ifRevision !== undefined && ifRevision !== revisionIn(found)) throw changed(name);
        await files.rm(pathOf(name));
        return true;
      });
    },
    async rename(from, to) {
      checkName(from);
      checkName(to);
      // In one order everywhere, so that two renames cannot wait for each other.
      const [first, second] = from < to ? [from, to] : [to, from];
      if (first === undefined || second === undefined || from === to) throw exists(to);
      return writing(first, () =>
        writing(second, async () => {
          const source = await look(from);
          if (source.kind !== 'credential') throw unknown(from);
          if ((await look(to)).kind !== 'nothing') throw exists(to);
          await files.rename(pathOf(from), pathOf(to));
          return { ...source.credential, name: to };
        }),
      );
    },
    reserve,
    withLock(name, run) {
      checkName(name);
      return locks.hold(keyOf(name), async () => {
        await writing(name, async () => undefined);
        return run();
      });
    },
    watch(onChange) {
      void settle().catch(() => undefined);
      return watchFolder(folder, onChange);
    },
  };
}

const sealedWith = (name: string, reason: string): Found => ({ kind: 'unreadable', entry: { name, reason } });

function sorted(found: readonly Found[]): StoredCredentials {
  const credentials = found.flatMap((each) => (each.kind === 'credential' ? [each.credential] : []));
  const unreadable = found.flatMap((each) => (each.kind === 'unreadable' ? [each.entry] : []));
  return { credentials: credentials.sort(byName), unreadable: unreadable.sort(byName) };
}

/** Ignoring case, and still the same everywhere. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  const [left, right] = [a.name.toLowerCase(), b.name.toLowerCase()];
  if (left !== right) return left < right ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

/** The content; a text says why it is not read; nothing: it is not there. */
async function readPlainFile(files: FileSystem, path: string): Promise<Buffer | string | undefined> {
  try {
    const facts = await files.lstat(path);
    if (facts.isSymbolicLink()) return 'it is a link, and links are not followed';
    if (!facts.isFile()) return 'it is not a file';
    if (facts.size > MAX_BYTES) return 'it is larger than 1 MB';
    return await files.readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return code === 'ENOENT' ? undefined : `it cannot be read (${code})`;
  }
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

const isSame = (a: JsonObject, b: JsonObject): boolean =>
  isDeepStrictEqual(a, b) && isDeepStrictEqual(Object.keys(a), Object.keys(b));

const textOf = (fields: JsonObject): string => `${JSON.stringify(fields, null, 2)}\n`;

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const revisionOf = (text: string): string => digest(text).slice(0, 16);
/** Names may be as long as a file's name may be; a lock's name has more to hold. */
const keyOf = (name: string): string => digest(name).slice(0, 24);

const revisionIn = (found: Found): string | undefined =>
  found.kind === 'credential' ? found.credential.revision : found.kind === 'foreign' ? found.revision : undefined;
