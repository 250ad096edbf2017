import { AppError } from '../../../shared/errors.js';

/** A file as a browser hands it over. */
export interface GivenFile {
  readonly name: string;
  readonly content: string;
}

/** One login among the given files, with the file of the client it was registered with. */
export interface GivenLogin {
  /** As the person named it. */
  readonly name: string;
  /** By the names under which the import looks for them. */
  readonly files: Readonly<Record<string, string>>;
}

const USUAL_FILE = 'kiro-auth-token.json';
const MAX_FILES = 20;
const HINT = 'choose kiro-auth-token.json of the folder ~/.aws/sso/cache, as the Kiro IDE wrote it';

/**
 * Tells logins from client registrations by what is in them: a browser may have renamed a file, `kiro-auth-token (1).json`.
 * @throws AppError `login_source_unreadable`, `login_source_missing` with what to choose instead.
 */
export function loginsIn(given: readonly GivenFile[]): readonly GivenLogin[] {
  if (given.length > MAX_FILES) {
    throw new AppError('login_source_unreadable', `these are more than ${MAX_FILES} files`, { hint: HINT });
  }
  const read = given.map((file) => ({ ...file, fields: fieldsOf(file) }));
  const tokens = read.filter(({ fields }) => isToken(fields));
  const clients = read.filter(({ fields }) => !isToken(fields) && isClient(fields));
  const odd = read.find(({ fields }) => !isToken(fields) && !isClient(fields));
  if (odd !== undefined) {
    throw new AppError('login_source_missing', `${shown(odd.name)} holds no Kiro login`, { hint: HINT });
  }
  if (tokens.length === 0) {
    const isAlone = clients.length > 0;
    throw new AppError(
      'login_source_missing',
      isAlone ? 'this is only the client of a login, without the login itself' : 'no file was chosen',
      { hint: HINT },
    );
  }
  return tokens.map(({ name, content, fields }) => {
    const hash = textOf(fields['clientIdHash']) ?? textOf(fields['client_id_hash']);
    const client = clients.find((each) => hash !== undefined && stemOf(each.name) === hash);
    return {
      name: shown(name),
      files: { ...(client === undefined ? {} : { [`${hash}.json`]: client.content }), [USUAL_FILE]: content },
    };
  });
}

function fieldsOf({ name, content }: GivenFile): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(content.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new AppError('login_source_unreadable', `${shown(name)} is not JSON`, { hint: HINT, cause });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new AppError('login_source_unreadable', `${shown(name)} is not a JSON object`, { hint: HINT });
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

const has = (fields: Readonly<Record<string, unknown>>, ...names: readonly string[]): boolean =>
  names.some((name) => textOf(fields[name]) !== undefined);

const isToken = (fields: Readonly<Record<string, unknown>>): boolean =>
  has(fields, 'accessToken', 'access_token') && has(fields, 'refreshToken', 'refresh_token');

const isClient = (fields: Readonly<Record<string, unknown>>): boolean =>
  has(fields, 'clientId', 'client_id') && has(fields, 'clientSecret', 'client_secret');

/** Without the number that a browser put behind it. */
const stemOf = (name: string): string => name.replace(/\.json$/i, '').replace(/ ?\(\d+\)$/, '');

const shown = (name: string): string => name.slice(0, 80);
