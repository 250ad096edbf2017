import { lookup } from 'node:dns/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { USER_AGENT } from '../../shared/version.js';
import { isPublicAddress } from './public-address.js';

export interface FetchedFile {
  readonly bytes: Buffer;
  /** Lower case, without parameters; absent when the server named none. */
  readonly contentType: string | undefined;
}

/** Fetches a link that a client gave us. @throws PublicFetchError */
export type PublicFetch = (url: string, signal: AbortSignal) => Promise<FetchedFile>;

/** Why a link was not fetched, in words for the client: it never holds an address or more of the URL than its host. */
export class PublicFetchError extends Error {
  override readonly name = 'PublicFetchError';
}

export interface PublicFetchParts {
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  readonly isAllowed?: (address: string) => boolean;
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
}

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Fetches from the public internet only: a name is resolved once, all its addresses are checked, and the connection is
 * made to those and no others; the same anew for each of at most three redirects. It goes out directly, past any
 * configured proxy, since a proxy would resolve the name again; no cookie, key or proxy header goes with it.
 */
export function createPublicFetch({
  resolve = resolveAll,
  isAllowed = isPublicAddress,
  timeoutMs = 10_000,
  maxBytes = 20 * 1024 * 1024,
}: PublicFetchParts = {}): PublicFetch {
  return async (link, clientSignal) => {
    const signal = AbortSignal.any([clientSignal, AbortSignal.timeout(timeoutMs)]);
    try {
      let url = parseLink(link);
      for (let redirects = 0; ; redirects++) {
        const addresses = await abortable(addressesOf(url, resolve), signal);
        if (addresses.length === 0 || !addresses.every(isAllowed)) {
          throw new PublicFetchError('it is not on the public internet');
        }
        const response = await get(url, addresses, signal);
        const { statusCode = 0 } = response;
        if (!REDIRECTS.has(statusCode)) return await readFile(response, maxBytes);
        response.destroy();
        if (redirects === MAX_REDIRECTS) throw new PublicFetchError(`it redirects more than ${MAX_REDIRECTS} times`);
        url = parseLink(response.headers.location ?? '', url);
      }
    } catch (error) {
      if (clientSignal.aborted) throw clientSignal.reason;
      if (error instanceof PublicFetchError) throw error;
      if (signal.aborted) throw new PublicFetchError(`it took longer than ${timeoutMs / 1000} s`);
      throw new PublicFetchError('the connection failed');
    }
  };
}

const resolveAll = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);

function parseLink(link: string, base?: URL): URL {
  const url = URL.canParse(link, base?.href) ? new URL(link, base) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new PublicFetchError('it is not an http or https address');
  }
  return url;
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

async function addressesOf(
  url: URL,
  resolve: (host: string) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const host = hostOf(url);
  if (isIP(host) !== 0) return [host];
  try {
    return await resolve(host);
  } catch {
    throw new PublicFetchError('its name is not known');
  }
}

/** A name server has no deadline of its own that we could set. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function get(url: URL, addresses: readonly string[], signal: AbortSignal): Promise<IncomingMessage> {
  const pinned: LookupFunction = (_host, options, answer) => {
    const all = addresses.map((address) => ({ address, family: isIP(address) }));
    const [first] = all;
    if (options.all === true) answer(null, all);
    else answer(null, first?.address ?? '', first?.family);
  };
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http;
    request(
      {
        hostname: hostOf(url),
        port: url.port,
        path: url.pathname + url.search,
        headers: { host: url.host, accept: '*/*', 'accept-encoding': 'identity', 'user-agent': USER_AGENT },
        lookup: pinned,
        // A pooled connection could be one that another check let through.
        agent: false,
        signal,
      },
      resolve,
    )
      .on('error', reject)
      .end();
  });
}

async function readFile(response: IncomingMessage, maxBytes: number): Promise<FetchedFile> {
  const { statusCode = 0, headers } = response;
  const refuse = (why: string): never => {
    response.destroy();
    throw new PublicFetchError(why);
  };
  const tooLarge = `it is larger than ${Math.round(maxBytes / 1024 / 1024)} MB`;
  if (statusCode < 200 || statusCode > 299) return refuse(`it answers ${statusCode}`);
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return refuse('it is compressed');
  if (Number(headers['content-length'] ?? 0) > maxBytes) return refuse(tooLarge);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes: Buffer = chunk;
    size += bytes.length;
    if (size > maxBytes) return refuse(tooLarge);
    chunks.push(bytes);
  }
  const contentType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  return { bytes: Buffer.concat(chunks, size), contentType };
}
