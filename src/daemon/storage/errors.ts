import { AppError } from '../../shared/errors.js';
import type { UnreadableCredential } from './ports.js';

export const changed = (name: string): AppError =>
  new AppError('credential_changed', `the credential ${name} was changed by someone else in the meantime`, {
    hint: 'look at it again, and repeat the change',
  });

export const exists = (name: string): AppError =>
  new AppError('credential_exists', `there is a credential ${name} already`, { hint: 'choose another name' });

export const unknown = (name: string): AppError =>
  new AppError('credential_unknown', `there is no credential ${name}`, {
    hint: 'run `cliproxyctl credentials` for the names',
  });

export const unreadable = ({ name, reason }: UnreadableCredential): AppError =>
  new AppError('credential_unreadable', `the credential ${name} is left alone: ${reason}`, {
    hint: 'look at that file in the `auth-dir` of the config',
  });

export const unwritable = (name: string, cause: unknown): AppError =>
  new AppError(
    'credential_unwritable',
    `there is no room for a new token of ${name}, so none is asked for: ${reasonOf(cause)}`,
    {
      hint: 'look at the free space and the permissions of `auth-dir`',
      cause,
    },
  );

const reasonOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : 'it cannot be written';

const MAX_NAME_BYTES = 200;

/** A name is one file directly in the folder, on every system. @throws AppError `credential_name_invalid` */
export function checkName(name: string): void {
  const isPlain = /^[^\p{Cc}/\\]+\.json$/iu.test(name) && !name.startsWith('.');
  if (isPlain && Buffer.byteLength(name) <= MAX_NAME_BYTES) return;
  throw new AppError('credential_name_invalid', 'a credential is named like a file in one folder, ending in .json', {
    hint: 'such as claude-ann@example.com.json',
  });
}
