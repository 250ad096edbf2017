import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { formatDuration, type LockOut } from './lock-out.js';

/** What the config and the environment say of who may manage over TCP, at this moment. */
export interface AccessRules {
  /** bcrypt hash of the management key; empty: none. */
  readonly secretHash: string;
  /** A second key, from the environment, in plain text; empty: none. */
  readonly password: string;
  readonly allowRemote: boolean;
}

/** One request, as far as access goes. */
export interface AccessQuestion {
  /** Of the other end of the connection, never of a header. */
  readonly peer: string;
  readonly authorization: string | undefined;
  readonly managementKey: string | undefined;
}

export interface AccessRefusal {
  readonly status: 401 | 403 | 503;
  readonly error: string;
}

export interface AccessParts {
  readonly rules: () => AccessRules;
  readonly lockOut: LockOut;
  /** Whether a key is the one of a bcrypt hash. Slow by design. */
  readonly verify: (key: string, hash: string) => Promise<boolean>;
  /** A key of this process, for what is remembered of a verified key. */
  readonly memoryKey: Buffer;
}

export interface ManagementAccess {
  /** Without a key set anywhere, the API is not there at all. */
  isAvailable(): boolean;
  /** The steps before the key, for whoever has shown it already. `undefined`: nothing against that address. */
  refusePeer(peer: string): AccessRefusal | undefined;
  /** Step by step: lock-out, remote, key. `undefined`: let in. */
  refuse(question: AccessQuestion): Promise<AccessRefusal | undefined>;
}

/** bcrypt looks at no more of a key. */
export const MAX_KEY_BYTES = 72;
/** Each waits for those before: a flood of guesses may not fill the memory. */
const MAX_WAITING = 32;

/** The rule of who may use the management API over TCP. */
export function openManagementAccess({ rules, lockOut, verify, memoryKey }: AccessParts): ManagementAccess {
  let remembered: string | undefined;
  let waiting = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const fingerprint = (key: string, hash: string): string =>
    createHmac('sha256', memoryKey).update(`${hash}\n${key}`).digest('hex');

  /** One at a time, so that nobody guesses many at once before the first is counted. */
  const check = async (key: string, peer: string): Promise<AccessRefusal | undefined> => {
    if (waiting >= MAX_WAITING) return { status: 503, error: 'too many keys are being checked; try again' };
    waiting++;
    const checked = queue.then(async (): Promise<AccessRefusal | undefined> => {
      const banned = refuseBanned(lockOut, peer);
      if (banned !== undefined) return banned;
      const { secretHash } = rules();
      if (secretHash !== '' && Buffer.byteLength(key) <= MAX_KEY_BYTES && (await verify(key, secretHash))) {
        remembered = fingerprint(key, secretHash);
        return undefined;
      }
      lockOut.noteFailure(peer);
      return { status: 401, error: 'invalid management key' };
    });
    queue = checked.catch(() => undefined);
    return checked.finally(() => waiting--);
  };

  return {
    isAvailable() {
      const { secretHash, password } = rules();
      return secretHash !== '' || password !== '';
    },
    refusePeer: (address) => refusePeer(plainAddress(address), rules(), lockOut),
    async refuse({ peer: address, authorization, managementKey }) {
      const peer = plainAddress(address);
      const { secretHash, password } = rules();
      const refused = refusePeer(peer, rules(), lockOut);
      if (refused !== undefined) return refused;
      const key = presentedKey(authorization, managementKey);
      if (key === undefined) return { status: 401, error: 'missing management key' };
      if (password !== '' && isSame(key, password)) return undefined;
      if (secretHash !== '' && remembered === fingerprint(key, secretHash)) return undefined;
      return check(key, peer);
    },
  };
}

function refusePeer(peer: string, rules: AccessRules, lockOut: LockOut): AccessRefusal | undefined {
  const banned = refuseBanned(lockOut, peer);
  if (banned !== undefined) return banned;
  if (!isLoopback(peer) && !rules.allowRemote) return { status: 403, error: 'remote management disabled' };
  if (rules.secretHash === '' && rules.password === '') return { status: 403, error: 'remote management key not set' };
  return undefined;
}

function refuseBanned(lockOut: LockOut, peer: string): AccessRefusal | undefined {
  const remaining = lockOut.remainingMs(peer);
  if (remaining === 0) return undefined;
  const error = `IP banned due to too many failed attempts. Try again in ${formatDuration(remaining)}`;
  return { status: 403, error };
}

/** An IPv4 client of a socket that listens on both comes as an IPv6 address. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

/** `127.0.0.1` and `::1` alone, as the contract has it. */
const isLoopback = (address: string): boolean => address === '127.0.0.1' || address === '::1';

function presentedKey(authorization = '', managementKey = ''): string | undefined {
  const bearer = authorization.replace(/^bearer(\s+|$)/i, '').trim();
  const key = authorization.trim() === '' ? managementKey.trim() : bearer;
  return key === '' ? undefined : key;
}

/** In the same time wherever they differ. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
