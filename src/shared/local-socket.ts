import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AppError } from './errors.js';
import { EXIT } from './exit.js';

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, the closing zero included. */
const MAX_SOCKET_PATH_BYTES = 103;
const DEFAULT_TIMEOUT_MS = 30_000;

export interface SocketPlace {
  readonly platform?: NodeJS.Platform;
  /** Where a socket goes whose own folder has too long a name; default: the OS's temporary folder. */
  readonly shortDir?: string;
}

/** Where the daemon of this run directory listens for the command line: a unix socket, or a named pipe on Windows. */
export function socketPathFor(runDir: string, place: SocketPlace = {}): string {
  const digest = createHash('sha256').update(runDir).digest('hex').slice(0, 16);
  if ((place.platform ?? process.platform) === 'win32') return `\\\\.\\pipe\\cliproxyctl-${digest}`;
  const usual = join(runDir, 'control.sock');
  if (Buffer.byteLength(usual) <= MAX_SOCKET_PATH_BYTES) return usual;
  // A folder of our own inside the shared one: nobody else can put a socket there first.
  const short = join(place.shortDir ?? tmpdir(), `cliproxyctl-${process.getuid?.() ?? 0}`, `${digest}.sock`);
  if (Buffer.byteLength(short) <= MAX_SOCKET_PATH_BYTES) return short;
  throw new AppError('socket_path_too_long', `the run directory's path is too long for a socket: ${runDir}`, {
    hint: 'choose a run directory with a shorter path',
  });
}

/** Binds a server to the path, reachable by the current user only; a socket left over from a dead daemon is replaced. */
export async function listenOnSocket(server: Server, socketPath: string): Promise<void> {
  const isPipe = socketPath.startsWith('\\\\');
  if (!isPipe) {
    ensurePrivateDir(dirname(socketPath));
    rmSync(socketPath, { force: true });
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Bound with the mask set, so that there is no moment in which others may connect; libuv binds pipes synchronously.
    const mask = process.umask(0o177);
    try {
      server.listen(socketPath, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(mask);
    }
  });
  if (!isPipe) chmodSync(socketPath, 0o600);
}

/** Makes the folder 0700, or refuses one that belongs to somebody else. */
function ensurePrivateDir(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const stat = lstatSync(dir);
  const uid = process.getuid?.();
  if (!stat.isDirectory() || (uid !== undefined && stat.uid !== uid)) {
    throw new AppError('socket_dir_foreign', `the socket's folder belongs to another user: ${dir}`, {
      hint: 'remove it, or choose another run directory',
    });
  }
}

export interface SocketRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** Silence of this length ends the call; default 30 s. */
  readonly timeoutMs?: number;
}

export interface SocketReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One HTTP exchange over the local socket. Throws `AppError` `not_running`, `daemon_silent` or `socket_forbidden`. */
export function requestOverSocket(socketPath: string, request: SocketRequest): Promise<SocketReply> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      socketPath,
      method: request.method,
      path: request.path,
      agent: false,
      headers: {
        host: 'localhost',
        ...request.headers,
        ...(request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }),
      },
      timeout: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    outgoing.on('timeout', () => outgoing.destroy(silent(socketPath)));
    outgoing.on('error', (error) => reject(explain(error, socketPath)));
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', (error) => reject(explain(error, socketPath)));
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.end(request.body);
  });
}

const silent = (socketPath: string): AppError =>
  new AppError('daemon_silent', `the daemon does not answer on its control socket ${socketPath}`, {
    hint: 'look at its log with `cliproxyctl logs`, or end its process and start it again',
  });

function explain(error: NodeJS.ErrnoException, socketPath: string): unknown {
  switch (error.code) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'EPIPE':
      return notRunning(error);
    case 'EACCES':
    case 'EPERM':
      return new AppError('socket_forbidden', `no permission to use the control socket ${socketPath}`, {
        hint: 'run the command as the user who started the daemon',
        cause: error,
      });
    default:
      return error;
  }
}

/** What every command says that needs a daemon and finds none. */
const notRunning = (cause?: unknown): AppError =>
  new AppError('not_running', 'the daemon is not running', {
    hint: 'start it with `cliproxyctl start`',
    exitCode: EXIT.notRunning,
    ...(cause === undefined ? {} : { cause }),
  });
