import { hash } from 'node:crypto';
import { basename } from 'node:path';
import { secretId } from '../../shared/client-keys.js';
import type { Config } from '../../shared/config/schema.js';
import type { JsonObject, JsonValue } from '../ir/json.js';

/** An account that stands in the config rather than in a file that a login made. */
export interface ConfigAccount {
  /** As its file would be called; changes with the secret only. */
  readonly name: string;
  /** Where it stands, for people: `kiro[0]`. */
  readonly place: string;
  /** As its file would hold it. */
  readonly fields: JsonObject;
  /** A file of another program that has the tokens. */
  readonly tokenFile?: string;
}

/** What `configAccounts` calls its accounts; no login does. */
export const isConfigAccountName = (name: string): boolean => /^config-(kiro|kilo)-[0-9a-f]{12}\.json$/.test(name);

/** The accounts of `kiro` and `kilo`, in the shape of credential files. */
export function configAccounts(config: Config): readonly ConfigAccount[] {
  const all = [...config.kiro.map(kiroAccount), ...config.kilo.map(kiloAccount)];
  // The same secret twice is one account: the first entry counts, as for files of one name.
  return [...new Map(all.toReversed().map((account) => [account.name, account])).values()].reverse();
}

/** Stands in until the refresh token, all that an entry may have, has been traded for an access token. */
const NO_TOKEN_YET = 'none-yet';
const BUILDER_HOST = 'view.awsapps.com';

function kiroAccount(entry: Config['kiro'][number], index: number): ConfigAccount {
  const tokenFile = entry['token-file'];
  const [accessToken, refreshToken] = [entry['access-token'], entry['refresh-token']];
  const token = refreshToken ?? accessToken ?? '';
  return {
    name: nameOf('kiro', tokenFile ?? token),
    place: `kiro[${index}]`,
    fields: defined({
      type: 'kiro',
      label: tokenFile === undefined ? `token ${secretId(token)}` : basename(tokenFile),
      ...(tokenFile === undefined ? { access_token: accessToken ?? NO_TOKEN_YET, refresh_token: refreshToken } : {}),
      auth_method: methodOf(entry['start-url']),
      profile_arn: entry['profile-arn'],
      region: entry.region,
      start_url: entry['start-url'],
      client_id: entry['client-id'],
      client_secret: entry['client-secret'],
      proxy_url: entry['proxy-url'],
      agent_task_type: entry['agent-task-type'],
      preferred_endpoint: entry['preferred-endpoint'],
      origin: entry.origin,
      optout: entry.optout,
    }),
    ...(tokenFile === undefined ? {} : { tokenFile }),
  };
}

/** Who has a start page logged in at AWS; who has none came by Google or GitHub. */
function methodOf(startUrl: string | undefined): string | undefined {
  if (startUrl === undefined) return undefined;
  return URL.canParse(startUrl) && new URL(startUrl).hostname === BUILDER_HOST ? 'builder-id' : 'idc';
}

function kiloAccount(entry: Config['kilo'][number], index: number): ConfigAccount {
  const key = entry['api-key'];
  const baseUrl = entry['base-url'];
  const organization = entry['organization-id'];
  const aliases = entry.models.flatMap(({ name, alias, 'display-name': displayName, 'force-mapping': mapping }) =>
    alias === undefined ? [] : [defined({ name, alias, display_name: displayName, force_mapping: mapping })],
  );
  return {
    name: nameOf('kilo', JSON.stringify([key, baseUrl ?? '', organization ?? '', entry.prefix ?? ''])),
    place: `kilo[${index}]`,
    fields: defined({
      type: 'kilo',
      label: key === '' ? 'no key' : `key ${secretId(key)}`,
      kilocodeToken: key === '' ? undefined : key,
      anonymous: key === '' ? true : undefined,
      kilocodeOrganizationId: organization,
      base_url: baseUrl,
      data_collection: entry['data-collection'],
      free_only: entry['free-only'] ? true : undefined,
      only_models: entry.models.length === 0 ? undefined : entry.models.map(({ name }) => name),
      model_aliases: aliases,
      excluded_models: entry['excluded-models'],
      prefix: entry.prefix,
      priority: entry.priority,
      weight: entry.weight,
      proxy_url: entry['proxy-url'],
      headers: entry.headers,
      request_retry: entry['request-retry'],
      disable_cooling: entry['disable-cooling'],
      max_concurrent: entry['max-concurrent'],
      request_scoped_errors: entry['request-scoped-errors'].map((rule) => defined({ ...rule })),
    }),
  };
}

const nameOf = (type: string, seed: string): string =>
  `config-${type}-${hash('sha256', seed, 'hex').slice(0, 12)}.json`;

const defined = (fields: Readonly<Record<string, JsonValue | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
