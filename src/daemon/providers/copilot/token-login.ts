import { AppError } from '../../../shared/errors.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { copilotCredential } from './new-credential.js';
import { enterpriseOf } from './oauth.js';

/** GitHub documents the fine-grained token for its Copilot CLI; the others are tokens that some login issued. */
export const copilotToken: LoginMethod = {
  id: 'token',
  title: 'with a GitHub token (fine-grained, permission "Copilot Requests")',
  run: enterToken,
};

async function enterToken(context: LoginContext): Promise<NewCredential> {
  const enterprise = enterpriseOf(context.options);
  const token = await context.ask({ id: 'token', message: 'GitHub token (github_pat_...)', secret: true });
  checkShape(token);
  const isFineGrained = token.startsWith('github_pat_');
  return copilotCredential(
    context,
    { access_token: token, scope: '', ...(isFineGrained ? { auth_mode: 'direct' } : {}) },
    enterprise,
  );
}

function checkShape(token: string): void {
  if (/^(github_pat_|gho_|ghu_)\w+$/.test(token)) return;
  const isClassic = token.startsWith('ghp_');
  throw new AppError(
    'login_refused',
    isClassic ? 'Copilot takes no classic tokens (ghp_...)' : 'this is no GitHub token that Copilot takes',
    { hint: 'make a fine-grained token of your own account with the permission "Copilot Requests"' },
  );
}
