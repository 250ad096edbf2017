import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { endpointOf } from '../../login/endpoints.js';
import type { LoginContext } from '../../login/method.js';
import { textOf } from '../../login/vendor-call.js';
import { fieldText } from '../account-fields.js';

/** A desktop client may come back to any port of loopback. */
export const REDIRECT = { ports: [8085, 8086, 8087], path: '/' } as const;

/** The two of Google's quick start, and the e-mail, to tell one login from another. */
export const SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/generative-language.retriever',
  'openid',
  'https://www.googleapis.com/auth/userinfo.email',
] as const;

export interface GoogleAddresses {
  readonly authorize: string;
  readonly token: string;
  readonly revoke: string;
}

/** @throws AppError `endpoint_insecure` */
export const googleAddresses = ({ settings }: AccountContext): GoogleAddresses => ({
  authorize: endpointOf(settings, 'authorize', 'https://accounts.google.com/o/oauth2/v2/auth'),
  token: endpointOf(settings, 'token', 'https://oauth2.googleapis.com/token'),
  revoke: endpointOf(settings, 'revoke', 'https://oauth2.googleapis.com/revoke'),
});

/** The user's own client: there is none of ours, and none of anybody else's. */
export interface OwnClient {
  readonly id: string;
  readonly secret: string | undefined;
  /** The project it was made in, where its file says so. */
  readonly project: string | undefined;
}

/** From the `client_secret.json` that was named, else from the config. @throws AppError `oauth_client_missing` */
export async function ownClient({ settings, options, local }: LoginContext): Promise<OwnClient> {
  const path = options['client'];
  if (path !== undefined && path !== '') {
    const client = clientIn((await local.read(path)) ?? '');
    if (client !== undefined) return client;
    throw missing(`there is no OAuth client in ${path}`);
  }
  if (settings.clientId === undefined) throw missing('Google logins need an OAuth client of your own');
  return { id: settings.clientId, secret: settings.clientSecret, project: undefined };
}

const missing = (message: string): AppError =>
  new AppError('oauth_client_missing', message, {
    hint: 'make a desktop client in the Google Cloud console, then name its JSON file with --client-file, or set oauth-clients.gemini in the config',
  });

/** `{"installed": {client_id, client_secret, project_id}}`, as the console gives it. */
function clientIn(text: string): OwnClient | undefined {
  const file = parseJson(text);
  const inner = isObject(file) ? (file['installed'] ?? file['web']) : undefined;
  const id = isObject(inner) ? textOf(inner['client_id']) : undefined;
  if (!isObject(inner) || id === undefined) return undefined;
  return { id, secret: textOf(inner['client_secret']), project: textOf(inner['project_id']) };
}

/** The client that a stored login was made with; it alone may renew it. */
export function storedClient(
  fields: JsonObject,
  { settings }: AccountContext,
): Pick<OwnClient, 'id' | 'secret'> | undefined {
  const id = fieldText(fields, 'client_id') ?? settings.clientId;
  if (id === undefined) return undefined;
  const secret = fieldText(fields, 'client_secret') ?? (id === settings.clientId ? settings.clientSecret : undefined);
  return { id, secret };
}
