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
  const token = await findToken(context.local, enterprise ?? 'github.com');
  const isOwn = context.options['own'] === 'true';
  return copilotCredential(
    context,
    { access_token: token, scope: '', ...(isOwn ? {} : { [READ_ONLY_FIELD]: true }) },
    enterprise,
  );
}

async function findToken(local: LocalFiles, domain: string): Promise<string> {
  const folder = join(configDir(local), 'github-copilot');
  for (const file of ['apps.json', 'hosts.json']) {
    const logins = parseJson((await local.read(join(folder, file))) ?? '');
    for (const [host, login] of Object.entries(isObject(logins) ? logins : {})) {
      // `github.com`, or `github.com:<client id>` in the newer file.
      const isHost = host === domain || host.startsWith(`${domain}:`);
      const token = isHost && isObject(login) ? textOf(login['oauth_token']) : undefined;
      if (token !== undefined) return token;
    }
  }
  throw new AppError('login_source_missing', `there is no Copilot login for ${domain} in ${folder}`, {
    hint: 'sign in to Copilot in an editor first, or log in here',
  });
}

function configDir({ env, home }: LocalFiles): string {
  const windows = env['LOCALAPPDATA'];
  if (windows !== undefined && windows !== '') return windows;
  return env['XDG_CONFIG_HOME'] || join(home, '.config');
}
