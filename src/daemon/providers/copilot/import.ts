import { join } from 'node:path';
import { AppError } from '../../../shared/errors.js';
import { isObject, parseJson } from '../../ir/json.js';
import type { LocalFiles, LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { READ_ONLY_FIELD } from '../../login/renew.js';
import { textOf } from '../../login/vendor-call.js';
import { copilotCredential } from './new-credential.js';
import { enterpriseOf } from './oauth.js';

/** The login of an editor's Copilot plugin on this machine. */
export const copilotImport: LoginMethod = { id: 'import', title: 'from an editor on this machine', run: takeOver };

async function takeOver(context: LoginContext): Promise<NewCredential> {
  const enterprise = enterpriseOf(context.options);
  const domain = enterprise ?? 'github.com';
  const token = await editorToken(context.local, domain);
  if (token === undefined) {
    throw new AppError(
      'login_source_missing',
      `there is no Copilot login for ${domain} in ${folderOf(context.local)}`,
      {
        hint: 'sign in to Copilot in an editor first, or log in here',
      },
    );
  }
  const isOwn = context.options['own'] === 'true';
  return copilotCredential(
    context,
    { access_token: token, scope: '', ...(isOwn ? {} : { [READ_ONLY_FIELD]: true }) },
    enterprise,
  );
}

/** `undefined`: no editor has a login there. */
export async function editorToken(local: LocalFiles, domain: string): Promise<string | undefined> {
  for (const file of ['apps.json', 'hosts.json']) {
    const logins = parseJson((await local.read(join(folderOf(local), file))) ?? '');
    for (const [host, login] of Object.entries(isObject(logins) ? logins : {})) {
      // `github.com`, or `github.com:<client id>` in the newer file.
      const isHost = host === domain || host.startsWith(`${domain}:`);
      const token = isHost && isObject(login) ? textOf(login['oauth_token']) : undefined;
      if (token !== undefined) return token;
    }
  }
  return undefined;
}

const folderOf = (local: LocalFiles): string => join(configDir(local), 'github-copilot');

function configDir({ env, home }: LocalFiles): string {
  const windows = env['LOCALAPPDATA'];
  if (windows !== undefined && windows !== '') return windows;
  return env['XDG_CONFIG_HOME'] || join(home, '.config');
}
