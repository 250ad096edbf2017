import { join } from 'node:path';
import { AppError } from '../../../shared/errors.js';
import { isObject, parseJson } from '../../ir/json.js';
import type { LocalFiles } from '../../login/local-files.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import type { LoginOwner } from '../../login/owners-login.js';
import { READ_ONLY_FIELD } from '../../login/renew.js';
import { definedFields, rfc3339 } from '../../login/token-fields.js';
import { textOf } from '../../login/vendor-call.js';
import { instantOf } from '../account-fields.js';
import { codexCredential, codexEnd } from './new-credential.js';

/** The login that the Codex CLI made on this machine. */
export const codexImport: LoginMethod = { id: 'import', title: 'from the Codex CLI on this machine', run: takeOver };

/** Kept by the Codex CLI, which renews it. */
export const codexCliLogin: LoginOwner = {
  name: 'the Codex CLI',
  async read(local, now) {
    const file = parseJson((await local.read(pathOf(local))) ?? '');
    const tokens = isObject(file) ? file['tokens'] : undefined;
    const accessToken = isObject(tokens) ? textOf(tokens['access_token']) : undefined;
    if (!isObject(file) || !isObject(tokens) || accessToken === undefined) return undefined;
    return definedFields({
      access_token: accessToken,
      refresh_token: textOf(tokens['refresh_token']),
      id_token: textOf(tokens['id_token']) ?? '',
      account_id: textOf(tokens['account_id']),
      last_refresh: rfc3339(instantOf(file['last_refresh']) ?? now),
      expired: codexEnd(accessToken, now),
    });
  },
  isSame: (theirs, ours) => codexCredential(theirs).isSame(ours),
};

const pathOf = ({ env, home }: LocalFiles): string => join(env['CODEX_HOME'] || join(home, '.codex'), 'auth.json');

async function takeOver({ local, clock, options }: LoginContext): Promise<NewCredential> {
  const login = await codexCliLogin.read(local, clock.now());
  if (login === undefined) {
    throw new AppError('login_source_missing', `there is no ChatGPT login of the Codex CLI in ${pathOf(local)}`, {
      hint: 'run `codex login` first, or log in here',
    });
  }
  const isOwn = options['own'] === 'true';
  const credential = codexCredential({ ...login, [READ_ONLY_FIELD]: isOwn ? undefined : true });
  return { ...credential, warning: isOwn ? OWN_WARNING : SHARED_WARNING };
}

/** Each refresh token works once: who comes second loses the login (codex.md 2). */
const SHARED_WARNING =
  'the Codex CLI goes on owning this login: what it renews is taken over here, and nothing is renewed in its place';
const OWN_WARNING = 'this login is renewed here from now on, and the Codex CLI will be asked to log in again';
