import { AppError } from '../../../shared/errors.js';
import type { JsonObject } from '../../ir/json.js';
import type { LoginContext, NewCredential } from '../../login/method.js';
import { definedFields, fileNamePart } from '../../login/token-fields.js';
import { callVendor, readVendorError, textOf } from '../../login/vendor-call.js';
import { fieldText } from '../account-fields.js';
import { identityHeaders } from './headers.js';
import { copilotOAuth } from './oauth.js';
import { openCopilotSession } from './session.js';

/** As other gateways call their files. */
const TYPES: ReadonlySet<string> = new Set(['github-copilot', 'copilot', 'github']);
const USER_TIMEOUT_MS = 10_000;
const MODELS_TIMEOUT_MS = 5_000;
/** The model list is long, and only its status counts here. */
const MAX_MODELS_BYTES = 2 * 1024 * 1024;

/** Makes a credential of a GitHub token: whose it is, and whether Copilot takes it. @throws AppError `login_refused` */
export async function copilotCredential(
  context: LoginContext,
  tokens: JsonObject & { readonly access_token: string },
  enterprise: string | undefined,
): Promise<NewCredential> {
  const user = await askUser(context, tokens.access_token, enterprise);
  const fields = definedFields({
    type: 'github-copilot',
    token_type: 'bearer',
    expires_at: '',
    ...tokens,
    ...user,
    enterprise_url: enterprise,
    timestamp: context.clock.now(),
  });
  const warning = await findTrouble(context, fields);
  const { username } = user;
  return {
    name: `github-copilot-${fileNamePart(username ?? 'github-user')}.json`,
    label: username ?? user.email ?? 'GitHub login',
    fields,
    isSame: (stored) => isSameAccount(fields, stored),
    ...(warning === undefined ? {} : { warning }),
  };
}

interface GitHubUser {
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
}

/** A lookup that fails costs the name only; a token that GitHub does not know ends the login. */
async function askUser(context: LoginContext, token: string, enterprise: string | undefined): Promise<GitHubUser> {
  const reply = await callVendor(context, {
    method: 'GET',
    url: copilotOAuth(context, enterprise).user,
    headers: { authorization: `Bearer ${token}` },
    timeoutMs: USER_TIMEOUT_MS,
    signal: context.signal,
  }).catch(unlessUnreachable);
  if (reply?.status === 401) {
    throw new AppError('login_refused', 'GitHub does not know this token', {
      hint: 'it may have expired or been revoked',
    });
  }
  if (reply?.status !== 200) return {};
  const { login, email, name } = reply.body;
  return { username: textOf(login), email: textOf(email), name: textOf(name) };
}

/** Why this account cannot use Copilot, in words for the person; `undefined`: it can. */
async function findTrouble(context: LoginContext, fields: JsonObject): Promise<string | undefined> {
  const session = openCopilotSession(fields, context);
  const failure = await unlessAborted(session.ready(), context.signal);
  if (failure !== undefined) return `login ok, but no Copilot access: ${failure.message}`;
  const reply = await callVendor(context, {
    method: 'GET',
    url: `${session.baseUrl()}/models`,
    headers: { ...identityHeaders(fields), authorization: `Bearer ${session.token()}` },
    timeoutMs: MODELS_TIMEOUT_MS,
    maxBytes: MAX_MODELS_BYTES,
    signal: context.signal,
  }).catch(unlessUnreachable);
  if (reply === undefined) return 'login ok, but Copilot was not reached to check its access';
  if (reply.status === 200) return undefined;
  return `login ok, but no Copilot access: ${readVendorError(reply, [session.token()]).message}`;
}

/** The session is made for requests, and knows nothing of logins that are cancelled. */
function unlessAborted<T>(work: Promise<T> | T, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}

function unlessUnreachable(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
  throw error;
}

function isSameAccount(fields: JsonObject, stored: JsonObject): boolean {
  if (!TYPES.has(String(stored['type']))) return false;
  const enterpriseOfFile = (file: JsonObject): string => fieldText(file, 'enterprise_url', 'enterprise_domain') ?? '';
  if (enterpriseOfFile(fields) !== enterpriseOfFile(stored)) return false;
  const [mine, theirs] = [fieldText(fields, 'username'), fieldText(stored, 'username', 'login')];
  if (mine === undefined || theirs === undefined) return fields['access_token'] === stored['access_token'];
  return mine.toLowerCase() === theirs.toLowerCase();
}
