import { AppError } from '../../../shared/errors.js';
import { readApplicationDefault } from '../../login/google/application-default.js';
import { checkGoogleSource } from '../../login/google/tokens.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { chooseProject, geminiCredential } from './new-credential.js';
import { refreshGemini } from './refresh.js';

/** What the Google Cloud CLI and Google's libraries use on this machine. These tokens do not rotate: both may use them. */
export const geminiImport: LoginMethod = {
  id: 'import',
  title: 'from the application-default credentials of this machine',
  run: takeOver,
};

async function takeOver(context: LoginContext): Promise<NewCredential> {
  const { source, file, project } = await readApplicationDefault(context.local, context.options['file']);
  const payer = await chooseProject(context, project);
  if (source.kind === 'service-account') {
    await checkGoogleSource(source, context);
    return geminiCredential({ project_id: payer, email: source.account.email, service_account: file });
  }
  const login = {
    refresh_token: source.refreshToken,
    client_id: source.clientId,
    client_secret: source.clientSecret,
    project_id: payer,
  };
  const outcome = await refreshGemini(login, context);
  if (outcome.kind === 'renewed') return geminiCredential({ ...login, ...outcome.fields });
  throw new AppError('login_refused', `Google gives no token for this login: ${outcome.reason}`, {
    hint: 'run `gcloud auth application-default login` again',
  });
}
