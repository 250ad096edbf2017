import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Context } from 'hono';
import { RequestFault } from '../ir/error.js';
import type { ServerEnv } from './env.js';

/** How much of a refused body is still read, so that the client sees the 413 instead of a reset. */
const DRAIN_FACTOR = 4;

/**
 * The request body, decompressed, within the limit.
 * @throws RequestFault with status 413 or 415.
 */
export async function readRequestBody(c: Context<ServerEnv>, maxBytes: number): Promise<Buffer> {
  const { incoming } = c.env;
  const raw = incoming === undefined ? await readWeb(c.req.raw, maxBytes) : await readNode(incoming, maxBytes);
  const encoding = c.req.header('content-encoding')?.trim().toLowerCase();
  return encoding === undefined || encoding === '' || encoding === 'identity' ? raw : inflate(raw, encoding, maxBytes);
}

const tooLarge = (maxBytes: number): RequestFault =>
  new RequestFault(
    `the request body is larger than ${Math.round(maxBytes / 1024 / 1024)} MB; "max-body-mb" in the config sets the limit`,
    undefined,
    { reason: 'too-large', status: 413, code: 'request_too_large' },
  );

function readNode(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      if (size > maxBytes * DRAIN_FACTOR) incoming.destroy();
    });
    incoming.on('end', () => {
      if (size > maxBytes) return reject(tooLarge(maxBytes));
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size));
    });
    incoming.on('error', reject);
    incoming.on('close', () => {
      if (!incoming.readableEnded) reject(new RequestFault('the request body was cut off'));
    });
  });
}

async function readWeb(request: Request, maxBytes: number): Promise<Buffer> {
  const bytes = Buffer.from(await request.arrayBuffer());
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  return bytes;
}

type Inflate = (input: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** zstd came to node:zlib in 22.15. */
const zstd: unknown = Reflect.get(zlib, 'zstdDecompress');

async function inflate(raw: Buffer, encoding: string, maxBytes: number): Promise<Buffer> {
  const codec = codecOf(encoding);
  if (codec === undefined) {
    throw new RequestFault(
      `the content encoding "${encoding.slice(0, 40)}" is not supported; use gzip, br or none`,
      undefined,
      {
        status: 415,
        code: 'unsupported_content_encoding',
      },
    );
  }
  try {
    return await codec(raw, { maxOutputLength: maxBytes });
  } catch (error) {
    if (
      error instanceof RangeError ||
      (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
    ) {
      throw tooLarge(maxBytes);
    }
    throw new RequestFault(`the request body is not valid ${encoding}`, undefined, {
      code: 'invalid_content_encoding',
    });
  }
}

function codecOf(encoding: string): Inflate | undefined {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return promisify(zlib.gunzip);
    case 'br':
      return promisify(zlib.brotliDecompress);
    case 'deflate':
      return promisify(zlib.inflate);
    case 'zstd':
      return typeof zstd === 'function' ? (promisify(zstd as typeof zlib.gunzip) as Inflate) : undefined;
    default:
      return undefined;
  }
}
