import { readFile } from 'node:fs/promises';
import { AppError } from '../shared/errors.js';
import { EXIT } from '../shared/exit.js';
import { usageError } from './ui/failure.js';

/** Where a secret comes from; never from an argument's value, which every process on the machine can read. */
export interface SecretSource {
  readonly file?: string | undefined;
  /** Name of an environment variable. */
  readonly env?: string | undefined;
  readonly stdin?: boolean | undefined;
}

export interface SecretReaders {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
}

const MAX_BYTES = 16 * 1024;

/** The secret of the one source that is given, trimmed; undefined when none is. Throws `usage` on two sources. */
export async function readSecret(source: SecretSource, readers: SecretReaders): Promise<string | undefined> {
  const given = [source.file, source.env, source.stdin === true ? 'stdin' : undefined].filter(
    (one) => one !== undefined,
  );
  if (given.length > 1) throw usageError('a key can come from one place only', 'give one of the key options');
  if (source.stdin === true) return required(await readAll(readers.stdin), 'standard input');
  if (source.env !== undefined) return required(readers.env[source.env] ?? '', `environment variable ${source.env}`);
  if (source.file !== undefined) return required(await readKeyFile(source.file), `file "${source.file}"`);
  return undefined;
}

function required(text: string, place: string): string {
  const secret = text.trim();
  if (secret === '') throw unreadable(`no key found in ${place}`);
  const json = onOneLine(secret);
  if (json !== undefined) return json;
  if (/\s/.test(secret)) throw unreadable(`${place} holds more than one word; a key has no spaces and stands alone`);
  return secret;
}

/** A key may be a whole JSON file, such as that of a service account. */
function onOneLine(text: string): string | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const unreadable = (message: string, cause?: unknown): AppError =>
  new AppError('key_unreadable', message, { exitCode: EXIT.usage, ...(cause === undefined ? {} : { cause }) });

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(`key file "${path}" cannot be read`, error);
  }
}

async function readAll(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    text += chunk;
    if (text.length > MAX_BYTES) throw unreadable('standard input is too long for a key');
  }
  return text;
}
