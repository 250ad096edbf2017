import { join } from 'node:path';
import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { LocalFiles } from '../method.js';
import { textOf } from '../vendor-call.js';
import { readServiceAccount } from './service-account.js';
import type { GoogleSource } from './tokens.js';

/** A Google credential of this machine: what to keep of it, and what it says of its project. */
export interface LocalGoogle {
  readonly source: GoogleSource;
  /** As the file has it. */
  readonly file: JsonObject;
  /** Which project is billed, where the file says so. */
  readonly project: string | undefined;
}

/** Ids go into addresses and headers; older ones have a domain in front, `example.com:my-project`. */
export const isProjectId = (text: string): boolean => /^[a-z0-9][a-z0-9.:-]{1,98}$/i.test(text);

/** Google's application-default credentials, or the key file at `path`. @throws AppError `login_source_missing`, `credential_malformed` */
export async function readApplicationDefault(local: LocalFiles, path?: string): Promise<LocalGoogle> {
  const place = path ?? (local.env['GOOGLE_APPLICATION_CREDENTIALS'] || wellKnownPath(local));
  const file = parseJson((await local.read(place)) ?? '');
  const google = isObject(file) ? readGoogleSource(file) : undefined;
  if (google !== undefined) return google;
  throw new AppError('login_source_missing', `there are no Google credentials in ${place}`, {
    hint: 'run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a key file',
  });
}

/** `undefined`: neither a key of a service account nor a login of gcloud. @throws AppError `credential_malformed` */
export function readGoogleSource(file: JsonObject): LocalGoogle | undefined {
  if (file['type'] === 'service_account' || textOf(file['private_key']) !== undefined) {
    const account = readServiceAccount(file);
    return { source: { kind: 'service-account', account }, file: account.file, project: account.projectId };
  }
  const [clientId, clientSecret] = [textOf(file['client_id']), textOf(file['client_secret'])];
  const refreshToken = textOf(file['refresh_token']);
  if (file['type'] !== 'authorized_user' || clientId === undefined || clientSecret === undefined) return undefined;
  if (refreshToken === undefined) return undefined;
  return {
    source: { kind: 'authorized-user', clientId, clientSecret, refreshToken },
    file,
    project: textOf(file['quota_project_id']),
  };
}

function wellKnownPath({ env, home }: LocalFiles): string {
  const folder = env['CLOUDSDK_CONFIG'] || (env['APPDATA'] ? join(env['APPDATA'], 'gcloud') : undefined);
  return join(folder ?? join(home, '.config', 'gcloud'), 'application_default_credentials.json');
}
