import { USER_AGENT } from '../../shared/version.js';
import { openWay } from './connect.js';
import { ProbeError, type Stage } from './probe-error.js';
import { readHead } from './tunnel.js';

/** What became of the way to one upstream. */
export interface ProbeResult {
  readonly url: string;
  /** Without user and password. */
  readonly proxy: string | undefined;
  readonly ms: number;
  readonly failure: { readonly stage: Stage; readonly message: string; readonly code: string | undefined } | undefined;
  /** Difference of the upstream's `Date` to our clock, epoch milliseconds; undefined when it sent none. */
  readonly clockOffsetMs: number | undefined;
}

export interface ProbeOptions {
  readonly url: URL;
  readonly proxy: string | undefined;
  readonly proxyLabel: string | undefined;
  readonly timeoutMs: number;
  readonly now: () => number;
}

/** Name, connection, proxy and TLS, then one `HEAD /` without any credential for the `Date` header. */
export async function probe({ url, proxy, proxyLabel, timeoutMs, now }: ProbeOptions): Promise<ProbeResult> {
  const startedAt = now();
  const signal = AbortSignal.timeout(timeoutMs);
  const isTls = url.protocol === 'https:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const base = { url: url.origin, proxy: proxyLabel };
  const elapsed = (): number => now() - startedAt;
  try {
    const way = openWay({ host, port: Number(url.port) || (isTls ? 443 : 80), isTls }, proxy, signal);
    const socket = await orLate(way, signal, `${host} does not answer within ${timeoutMs / 1000} s`);
    const ms = elapsed();
    try {
      socket.write(`HEAD / HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: ${USER_AGENT}\r\nConnection: close\r\n\r\n`);
      // A host that connects and then says nothing is reachable all the same; only its clock stays unknown.
      const head = await orLate(readHead(socket, 'http'), signal, '').catch(() => '');
      const date = Date.parse(/^date: *(.+)$/im.exec(head)?.[1]?.trim() ?? '');
      return { ...base, ms, failure: undefined, clockOffsetMs: Number.isNaN(date) ? undefined : date - now() };
    } finally {
      socket.destroy();
    }
  } catch (error) {
    const failure =
      error instanceof ProbeError
        ? { stage: error.stage, message: error.message, code: error.code }
        : {
            stage: 'connect' as const,
            message: error instanceof Error ? error.message : String(error),
            code: undefined,
          };
    return { ...base, ms: elapsed(), failure, clockOffsetMs: undefined };
  }
}

function orLate<T>(work: Promise<T>, signal: AbortSignal, message: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new ProbeError('connect', message));
    signal.addEventListener('abort', late, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late));
  });
}
