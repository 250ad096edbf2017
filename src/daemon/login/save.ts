import { AppError } from '../../shared/errors.js';
import type { JsonObject } from '../ir/json.js';
import type { CredentialStore, StoredCredential } from '../storage/ports.js';
import type { NewCredential } from './method.js';
import { READ_ONLY_FIELD } from './renew.js';

export interface SavedCredential {
  readonly name: string;
  readonly replaced: boolean;
  readonly warning?: string;
}

/** What a login brings anew: nothing old of it may stay behind. All spellings that readers accept. */
const LOGIN_FIELDS: ReadonlySet<string> = new Set([
  ...[
    'id_token',
    'access_token',
    'accessToken',
    'refresh_token',
    'refreshToken',
    'token',
    'token_type',
    'scope',
    'scopes',
  ],
  ...['expired', 'expire', 'expires_at', 'expiresAt', 'expiry', 'expires', 'expires_in', 'timestamp'],
  ...['last_refresh', 'lastRefresh', 'last_refreshed_at', 'lastRefreshedAt', 'api_token_expires_at', 'plan'],
  ...['is_setup_token', 'setup_token', 'skip_account_profile', 'auth_mode', 'client_id', READ_ONLY_FIELD],
  ...['client_secret', 'service_account', 'authorized_user'],
]);

const MAX_TRIES = 5;

/**
 * Keeps a finished login. The file of the same account is replaced, whatever its name, and what the user put into it stays;
 * another account's file is never touched. `commit` is called right before each write, and may throw to prevent it.
 */
export async function saveCredential(
  store: CredentialStore,
  credential: NewCredential,
  commit: () => void,
): Promise<SavedCredential> {
  const taken = new Set<string>();
  for (let tries = 1; ; tries++) {
    const { credentials, unreadable } = await store.list();
    for (const { name } of [...credentials, ...unreadable]) taken.add(name.toLowerCase());
    const old = credentials.find(({ fields }) => credential.isSame(fields));
    const name = old?.name ?? freeName(credential.name, taken);
    try {
      return await store.withLock(name, async () => {
        const stored = await store.read(name);
        if (stored !== undefined && !credential.isSame(stored.fields)) throw changed(name);
        commit();
        await store.write(name, merge(stored, credential.fields), stored?.revision ?? null);
        return described(name, stored, credential.warning);
      });
    } catch (error) {
      // Somebody wrote in between: what stands there now decides.
      const isLostRace = error instanceof AppError && error.code === 'credential_changed';
      if (!isLostRace || tries === MAX_TRIES) throw error;
      taken.add(name.toLowerCase());
    }
  }
}

function merge(stored: StoredCredential | undefined, fields: JsonObject): JsonObject {
  const kept = Object.entries(stored?.fields ?? {}).filter(([name]) => !LOGIN_FIELDS.has(name));
  return { ...Object.fromEntries(kept), ...fields };
}

function described(name: string, stored: StoredCredential | undefined, warning: string | undefined): SavedCredential {
  const isDisabled = stored?.fields['disabled'] === true;
  const warnings = [warning, isDisabled ? 'the credential is still disabled' : undefined];
  const said = warnings.filter((text) => text !== undefined).join('; ');
  return { name, replaced: stored !== undefined, ...(said === '' ? {} : { warning: said }) };
}

/** The name as wanted, or with a number where it is taken. File systems may ignore case. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  const stem = wanted.replace(/\.json$/, '');
  for (let number = 1; ; number++) {
    const name = number === 1 ? `${stem}.json` : `${stem}-${number}.json`;
    if (!taken.has(name.toLowerCase())) return name;
  }
}

const changed = (name: string): AppError =>
  new AppError('credential_changed', `${name} was changed by another program at the same time`);
