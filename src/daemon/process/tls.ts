import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerOptions } from 'node:https';
import { AppError } from '../../shared/errors.js';
import { watchConfig } from './config-watch.js';

/** Paths of PEM files; the certificate may be followed by those that signed it. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** The files have changed: they are in use now, or the error says why not. */
export type OnRenewed = (error: unknown) => void;

interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * An HTTPS server that takes up a renewed certificate without a restart: clients that renew every few weeks cannot be
 * asked for one. Connections that are open keep what they have.
 * @throws AppError `tls_unreadable` or `tls_invalid`
 */
export async function createSecureServer(
  options: ServerOptions,
  files: TlsFiles,
  onRenewed?: OnRenewed,
): Promise<Server> {
  let current = await readTls(files);
  const server = createServer({ ...options, ...current });
  if (onRenewed === undefined) return server;
  const renew = async (): Promise<void> => {
    const next = await readTls(files);
    if (next.cert.equals(current.cert) && next.key.equals(current.key)) return;
    server.setSecureContext({ ...next });
    current = next;
    onRenewed(undefined);
  };
  // Both files change one after the other: the pair between the two fits together only by chance, and is tried again.
  let last = Promise.resolve();
  const changed = (): void => {
    last = last.then(renew).catch(onRenewed);
  };
  const watches = [files.cert, files.key].map((path) => watchConfig(path, changed, () => undefined));
  server.once('close', () => {
    for (const watch of watches) watch.close();
  });
  return server;
}

async function readTls({ cert, key }: TlsFiles): Promise<TlsPair> {
  let pair: TlsPair;
  try {
    pair = { cert: await readFile(cert), key: await readFile(key) };
  } catch (error) {
    throw new AppError('tls_unreadable', `the TLS certificate or key cannot be read (${codeOf(error)})`, {
      hint: `check \`tls.cert\` (${cert}) and \`tls.key\` (${key})`,
      cause: error,
    });
  }
  const certificate = parsed(() => new X509Certificate(pair.cert), `${cert} holds no PEM certificate`, 'cert');
  const privateKey = parsed(
    () => createPrivateKey(pair.key),
    `${key} holds no PEM private key, or one that wants a passphrase`,
    'key',
  );
  if (certificate.checkPrivateKey(privateKey)) return pair;
  throw new AppError('tls_invalid', `the TLS key ${key} does not belong to the certificate ${cert}`, {
    hint: 'give the key that the certificate was made for; in a chain, the own certificate comes first',
  });
}

function parsed<T>(parse: () => T, message: string, name: keyof TlsFiles): T {
  try {
    return parse();
  } catch (error) {
    throw new AppError('tls_invalid', message, { hint: `check \`tls.${name}\` in the config`, cause: error });
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
