import { join } from 'node:path';
import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonValue, parseJson } from '../../ir/json.js';
import type { LocalFiles, LoginMethod } from '../../login/method.js';
import { textOf } from '../../login/vendor-call.js';
import { type KiloGrant, kiloCredential } from './new-credential.js';

/** The login of Kilo's own command line. Its tokens do not rotate: both may use one. */
export const kiloImport: LoginMethod = {
  id: 'import',
  title: 'from the Kilo CLI on this machine',
  run: async (context) => kiloCredential(context, await findGrant(context.local)),
};

async function findGrant(local: LocalFiles): Promise<KiloGrant> {
  const places = placesOf(local);
  for (const { path, read } of places) {
    const grant = read(parseJson((await local.read(path)) ?? ''));
    if (grant !== undefined) return grant;
  }
  const looked = places.map(({ path }) => path).join(' or ');
  throw new AppError('login_source_missing', `there is no Kilo login in ${looked}`, {
    hint: 'log in with a code instead: `cliproxyctl login kilo`',
  });
}

/** The newer store first. Its path is that of the program it grew out of, and not documented. */
const placesOf = ({ home, env }: LocalFiles) => [
  { path: join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'kilo', 'auth.json'), read: readStore },
  { path: join(home, '.kilocode', 'cli', 'config.json'), read: readConfig },
];

/** `{kilo: {type: 'api', key}}` or `{kilo: {type: 'oauth', access, accountId}}`. */
function readStore(file: JsonValue | undefined): KiloGrant | undefined {
  const entry = isObject(file) ? file['kilo'] : undefined;
  if (!isObject(entry)) return undefined;
  const token = textOf(entry['key']) ?? textOf(entry['access']);
  return token === undefined ? undefined : { token, organization: textOf(entry['accountId']) };
}

/** `{providers: [{provider: 'kilocode', kilocodeToken, kilocodeOrganizationId}]}`. */
function readConfig(file: JsonValue | undefined): KiloGrant | undefined {
  const providers = isObject(file) ? file['providers'] : undefined;
  const list: readonly JsonValue[] = Array.isArray(providers) ? providers : [];
  for (const entry of list) {
    if (!isObject(entry) || entry['provider'] !== 'kilocode') continue;
    const token = textOf(entry['kilocodeToken']);
    if (token !== undefined) return { token, organization: textOf(entry['kilocodeOrganizationId']) };
  }
  return undefined;
}
