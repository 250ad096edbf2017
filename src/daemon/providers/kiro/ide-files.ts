import { join } from 'node:path';
import type { Clock } from '../../../shared/clock.js';
import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { LocalFiles } from '../../login/local-files.js';
import { clientOf } from './fields.js';

/** Where a file may be read, and how long waiting may take. */
export interface IdeFilesContext {
  readonly local: LocalFiles;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

const FOLDER = ['.aws', 'sso', 'cache'] as const;
/** The IDE rewrites its files while we look. */
const READ_TRIES = 10;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 500;

/** Where the Kiro IDE, and AWS's own programs, keep a file. */
export const ideFile = ({ home }: LocalFiles, name: string): string => join(home, ...FOLDER, name);

/**
 * The client that a login was registered with. Its hash is a file name that another program wrote: it must not lead
 * elsewhere. `undefined`: there is none.
 * @throws AppError `login_refused`, `login_source_unreadable`
 */
export async function readRegistration(
  context: IdeFilesContext,
  hash: string,
): Promise<{ readonly id: string; readonly secret: string } | undefined> {
  if (/[/\\]|\.\./.test(hash)) {
    throw new AppError('login_refused', 'the login file names a client registration outside its folder');
  }
  const registration = await readIdeFile(context, ideFile(context.local, `${hash}.json`));
  return registration === undefined ? undefined : clientOf(registration);
}

/** `undefined`: it is not there. @throws AppError `login_source_unreadable` where it never becomes readable */
export async function readIdeFile(
  { local, clock, signal }: IdeFilesContext,
  path: string,
): Promise<JsonObject | undefined> {
  for (let tries = 1, wait = FIRST_WAIT_MS; ; tries += 1, wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    let failure: unknown = new AppError('login_source_unreadable', `${path} is no JSON object`, {
      hint: 'sign in to Kiro again',
    });
    try {
      const text = await local.read(path);
      if (text === undefined) return undefined;
      const value = parseJson(text);
      if (isObject(value)) return value;
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      failure = error;
    }
    if (tries === READ_TRIES) throw failure;
    await clock.sleep(wait, signal);
  }
}
