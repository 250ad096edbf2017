import { askBrowserConsent } from '../../login/browser-consent.js';
import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { codexDevice } from './device-login.js';
import { exchangeCode } from './exchange.js';
import { codexImport } from './import.js';
import { codexOAuth, REDIRECT, SCOPE } from './oauth.js';

/** Our own name, as every client of this flow gives its own. */
const ORIGINATOR = 'cliproxyctl';

const codexBrowser: LoginMethod = { id: 'browser', title: 'in the browser', run: logIn };

export const codexLogins: readonly LoginMethod[] = [codexBrowser, codexDevice, codexImport];

async function logIn(context: LoginContext): Promise<NewCredential> {
  const { clientId, authorize } = codexOAuth(context);
  const { prompt, workspace } = context.options;
  const consent = await askBrowserConsent(context, {
    authorizeUrl: authorize,
    clientId,
    scope: SCOPE,
    redirect: REDIRECT,
    more: {
      id_token_add_organizations: 'true',
      codex_cli_simplified_flow: 'true',
      originator: ORIGINATOR,
      ...(prompt === undefined ? {} : { prompt }),
      ...(workspace === undefined ? {} : { allowed_workspace_id: workspace }),
    },
  });
  return exchangeCode(context, consent);
}
