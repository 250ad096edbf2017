import type { LoginContext, LoginMethod, NewCredential } from '../../login/method.js';
import { createPkce, createState } from '../../login/pkce.js';
import { codexDevice } from './device-login.js';
import { exchangeCode } from './exchange.js';
import { codexImport } from './import.js';
import { codexOAuth, REDIRECT, SCOPE } from './oauth.js';

const REDIRECT_WITHIN_MS = 5 * 60_000;
/** Our own name, as every client of this flow gives its own. */
const ORIGINATOR = 'cliproxyctl';

const codexBrowser: LoginMethod = { id: 'browser', title: 'in the browser', run: logIn };

export const codexLogins: readonly LoginMethod[] = [codexBrowser, codexDevice, codexImport];

async function logIn(context: LoginContext): Promise<NewCredential> {
  const { clientId, authorize } = codexOAuth(context);
  const { verifier, challenge } = createPkce(context.randomBytes);
  const state = createState(context.randomBytes);
  const { prompt, workspace } = context.options;
  const { code, redirectUri } = await context.awaitRedirect({
    ...REDIRECT,
    state,
    timeoutMs: REDIRECT_WITHIN_MS,
    url(redirect) {
      const url = new URL(authorize);
      const query = {
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirect,
        scope: SCOPE,
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        id_token_add_organizations: 'true',
        codex_cli_simplified_flow: 'true',
        originator: ORIGINATOR,
        ...(prompt === undefined ? {} : { prompt }),
        ...(workspace === undefined ? {} : { allowed_workspace_id: workspace }),
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return url.href;
    },
  });
  return exchangeCode(context, { code, redirectUri, verifier });
}
