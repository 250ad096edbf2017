import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import { fieldText } from '../../providers/account-fields.js';
import type { AccountContext } from '../account-context.js';
import type { LoginContext } from '../method.js';
import { textOf } from '../vendor-call.js';

/** The user's own client at Google: there is none of ours, and none of anybody else's. */
export interface OwnClient {
  readonly id: string;
  readonly secret: string | undefined;
  /** The project it was made in, where its file says so. */
  readonly project: string | undefined;
}

/**
 * From the `client_secret.json` that was named, else from the config. `key`: where the config has it, for the hint.
 * @throws AppError `oauth_client_missing`
 */
export async function ownClient({ settings, options, local }: LoginContext, key: string): Promise<OwnClient> {
  const missing = (message: string): AppError =>
    new AppError('oauth_client_missing', message, {
      hint: `make a desktop client in the Google Cloud console, then name its JSON file with --client-file, or set ${key} in the config`,
    });
  const path = options['client'];
  if (path !== undefined && path !== '') {
    const client = clientIn((await local.read(path)) ?? '');
    if (client !== undefined) return client;
    throw missing(`there is no OAuth client in ${path}`);
  }
  if (settings.clientId === undefined) throw missing('Google logins need an OAuth client of your own');
  return { id: settings.clientId, secret: settings.clientSecret, project: undefined };
}

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
