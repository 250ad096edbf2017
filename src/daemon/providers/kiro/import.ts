import { AppError } from '../../../shared/errors.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { READ_ONLY_FIELD } from '../../login/renew.js';
import { definedFields, rfc3339 } from '../../login/token-fields.js';
import { fieldText, instantOf } from '../account-fields.js';
import { authMethodOf, clientOf } from './fields.js';
import { ideFile, readIdeFile, readRegistration } from './ide-files.js';
import { completed } from './new-credential.js';

/** The login that the Kiro IDE made on this machine. */
export const kiroImport: LoginMethod = { id: 'import', title: 'from the Kiro IDE on this machine', run: takeOver };

const USUAL_FILE = 'kiro-auth-token.json';
/** A shorter token, or one with dots, is a copy that somebody has blacked out. */
const LEAST_TOKEN_LENGTH = 100;

async function takeOver(context: LoginContext): Promise<NewCredential> {
  const { options, clock } = context;
  const path = ideFile(context.local, fileOf(options['file']));
  const file = await readIdeFile(context, path);
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
  const client = clientOf(file) ?? (hash === undefined ? undefined : await readRegistration(context, hash));
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
