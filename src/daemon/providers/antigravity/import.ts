import { isAbsolute } from 'node:path';
import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import { storedClient } from '../../login/google/own-client.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { fieldText } from '../account-fields.js';
import { ANTIGRAVITY_TYPE, antigravityExpiry, projectOf } from './fields.js';
import { antigravityCredential } from './new-credential.js';
import { refreshAntigravity } from './refresh.js';

/** A credential file of this or a related gateway: no OAuth client is needed while its token lasts. */
export const antigravityImport: LoginMethod = {
  id: 'import',
  title: 'from a JSON file with its tokens',
  run: takeOver,
};

async function takeOver(context: LoginContext): Promise<NewCredential> {
  const file = await readFile(context);
  const { clock } = context;
  if (fieldText(file, 'access_token') !== undefined && antigravityExpiry(file) > clock.now()) {
    const credential = await antigravityCredential(context, file);
    if (storedClient(file, context) !== undefined || credential.warning !== undefined) return credential;
    const end = new Date(antigravityExpiry(file)).toISOString();
    return {
      ...credential,
      warning: `it cannot be renewed, since the OAuth client that it was made with is not configured: it ends at ${end}`,
    };
  }
  const outcome = await refreshAntigravity(file, context);
  if (outcome.kind === 'renewed') return antigravityCredential(context, { ...file, ...outcome.fields });
  throw new AppError('login_refused', `the token in that file has ended: ${outcome.reason}`, {
    hint: 'import a file with a fresh token, or log in in the browser with a client of your own',
  });
}

/** @throws AppError `login_option_invalid`, `login_source_missing`, `credential_malformed` */
async function readFile(context: LoginContext): Promise<JsonObject> {
  const path =
    context.options['file'] ??
    (await context.ask({ id: 'file', message: 'Credential file (JSON), with its whole path' }));
  if (!isAbsolute(path)) {
    throw new AppError('login_option_invalid', 'the path of the credential file does not begin at the root', {
      hint: 'give the whole path: the gateway may run in another folder',
    });
  }
  const file = parseJson((await context.local.read(path)) ?? '');
  const type = isObject(file) ? (fieldText(file, 'type')?.toLowerCase() ?? ANTIGRAVITY_TYPE) : undefined;
  const token = isObject(file) ? (fieldText(file, 'access_token') ?? fieldText(file, 'refresh_token')) : undefined;
  if (!isObject(file) || type !== ANTIGRAVITY_TYPE || token === undefined) {
    throw new AppError('login_source_missing', `there is no Antigravity credential in ${path}`, {
      hint: 'it is a JSON object with "access_token" or "refresh_token", and "type": "antigravity"',
    });
  }
  projectOf(file);
  return file;
}
