import { join } from 'node:path';
import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { READ_ONLY_FIELD } from '../../login/renew.js';
import { definedFields, rfc3339 } from '../../login/token-fields.js';
import { fieldText, instantOf } from '../account-fields.js';
import { authMethodOf, clientOf } from './fields.js';
import { completed } from './new-credential.js';

/** The login that the Kiro IDE made on this machine. */
export const kiroImport: LoginMethod = { id: 'import', title: 'from the Kiro IDE on this machine', run: takeOver };

const FOLDER = ['.aws', 'sso', 'cache'] as const;
const USUAL_FILE = 'kiro-auth-token.json';
/** A shorter token, or one with dots, is a copy that somebody has blacked out. */
const LEAST_TOKEN_LENGTH = 100;
/** The IDE rewrites its file while we look. */
const READ_TRIES = 10;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 500;

async function takeOver(context: LoginContext): Promise<NewCredential> {
  const { options, clock } = context;
  const folder = join(context.local.home, ...FOLDER);
  const path = join(folder, fileOf(options['file']));
  const file = await readJson(context, path);
  if (file === undefined) {
    throw new AppError('login_source_missing', `there is no login of the Kiro IDE in ${path}`, {
      hint: 'sign in to Kiro first, or log in here',
    });
  }
  const accessToken = fieldText(file, 'accessToken', 'access_token');
  const refreshToken = fieldText(file, 'refreshToken', 'refresh_token');
  if (accessToken === undefined || refreshToken === undefined) {
    throw new AppError('login_source_missing', `the login of the Kiro IDE in ${path} has no tokens`, {
      hint: 'sign in to Kiro again',
    });
  }
  if (refreshToken.includes('...') || refreshToken.length < LEAST_TOKEN_LENGTH) {
    throw new AppError('login_refused', 'the refresh token in that file is a shortened copy', {
      hint: 'take the file that the Kiro IDE itself writes',
    });
  }
  const hash = fieldText(file, 'clientIdHash', 'client_id_hash');
  const client = clientOf(file) ?? (hash === undefined ? undefined : await readRegistration(context, folder, hash));
  const method = authMethodOf({ ...file, client_id: client?.id, client_secret: client?.secret });
  const isOwn = options['own'] === 'true';
  const provider = fieldText(file, 'provider');
  const fields = definedFields({
    type: 'kiro',
    access_token: accessToken,
    refresh_token: refreshToken,
    profile_arn: fieldText(file, 'profileArn', 'profile_arn'),
    // Without a time it counts as ended.
    expires_at: rfc3339(instantOf(file['expiresAt']) ?? instantOf(file['expires_at']) ?? clock.now()),
    last_refresh: rfc3339(clock.now()),
    auth_method: method,
    provider,
    client_id: client?.id,
    client_secret: client?.secret,
    client_id_hash: hash,
    region: fieldText(file, 'region'),
    start_url: fieldText(file, 'startUrl', 'start_url'),
    email: fieldText(file, 'email'),
    [READ_ONLY_FIELD]: isOwn ? undefined : true,
  });
  const credential = await completed(context, fields, (provider ?? 'imported').toLowerCase());
  const lacksClient = method !== 'social' && client === undefined;
  const warnings = [credential.warning, lacksClient ? NO_CLIENT : undefined, isOwn ? OWN : SHARED];
  return { ...credential, warning: warnings.filter((warning) => warning !== undefined).join('; ') };
}

const SHARED = 'the Kiro IDE goes on owning this login: it is not renewed here, and ends with its access token';
const OWN = 'this login is renewed here from now on, and the Kiro IDE may be asked to log in again';
const NO_CLIENT = 'the client that it was registered with is not there: it cannot be renewed';

/** A machine with several logins has several files. */
function fileOf(name = USUAL_FILE): string {
  if (/^kiro[\w.@-]*\.json$/.test(name) && !name.includes('..')) return name;
  throw new AppError('login_option_invalid', '`file` is no name of a Kiro login file', {
    hint: `give a name such as ${USUAL_FILE}, without its folder`,
  });
}

/** The hash is a file name that another program wrote: it must not lead elsewhere. */
async function readRegistration(
  context: LoginContext,
  folder: string,
  hash: string,
): Promise<{ readonly id: string; readonly secret: string } | undefined> {
  if (/[/\\]|\.\./.test(hash)) {
    throw new AppError('login_refused', 'the login file names a client registration outside its folder');
  }
  const registration = await readJson(context, join(folder, `${hash}.json`));
  return registration === undefined ? undefined : clientOf(registration);
}

/** `undefined`: it is not there. @throws AppError `login_source_unreadable` where it never becomes readable */
async function readJson({ local, clock, signal }: LoginContext, path: string): Promise<JsonObject | undefined> {
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
