import { join } from 'node:path';
import { AppError } from '../../../shared/errors.js';
import { isObject, parseJson } from '../../ir/json.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { READ_ONLY_FIELD } from '../../login/renew.js';
import { rfc3339 } from '../../login/token-fields.js';
import { textOf } from '../../login/vendor-call.js';
import { instantOf } from '../account-fields.js';
import { codexCredential, codexEnd } from './new-credential.js';

/** The login that the Codex CLI made on this machine. */
export const codexImport: LoginMethod = { id: 'import', title: 'from the Codex CLI on this machine', run: takeOver };

async function takeOver({ local, clock, options }: LoginContext): Promise<NewCredential> {
  const path = join(local.env['CODEX_HOME'] || join(local.home, '.codex'), 'auth.json');
  const file = parseJson((await local.read(path)) ?? '');
  const tokens = isObject(file) ? file['tokens'] : undefined;
  const accessToken = isObject(tokens) ? textOf(tokens['access_token']) : undefined;
  if (!isObject(file) || !isObject(tokens) || accessToken === undefined) {
    throw new AppError('login_source_missing', `there is no ChatGPT login of the Codex CLI in ${path}`, {
      hint: 'run `codex login` first, or log in here',
    });
  }
  const now = clock.now();
  const isOwn = options['own'] === 'true';
  const credential = codexCredential({
    access_token: accessToken,
    refresh_token: textOf(tokens['refresh_token']),
    id_token: textOf(tokens['id_token']) ?? '',
    account_id: textOf(tokens['account_id']),
    last_refresh: rfc3339(instantOf(file['last_refresh']) ?? now),
    expired: codexEnd(accessToken, now),
    [READ_ONLY_FIELD]: isOwn ? undefined : true,
  });
  return { ...credential, warning: isOwn ? OWN_WARNING : SHARED_WARNING };
}

/** Each refresh token works once: who comes second loses the login (codex.md 2). */
const SHARED_WARNING =
  'the Codex CLI goes on owning this login: it is not renewed here, and ends with its access token';
const OWN_WARNING = 'this login is renewed here from now on, and the Codex CLI will be asked to log in again';
