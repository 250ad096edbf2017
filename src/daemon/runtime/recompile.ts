import type { LoadedConfig } from '../../shared/config/load.js';
import type { Credential } from '../pool/credential.js';
import type { Health } from '../pool/health.js';
import type { AccountCompiler, StoredAccount } from './accounts.js';
import { type CompileParts, compileSnapshot } from './compile.js';
import { compileCredentials } from './credentials.js';
import type { Snapshot } from './snapshot.js';

/** Without accounts: those of the last time. */
export type Compile = (loaded: LoadedConfig, accounts?: readonly StoredAccount[]) => Snapshot;

/** Compiles again and again, each time only what has changed. Throws `AppError`, and then forgets nothing. */
export function openCompiler({ parts, accounts }: { parts: CompileParts; accounts: AccountCompiler }): Compile {
  let last: { readonly loaded: LoadedConfig; readonly entries: readonly Credential[] } | undefined;
  let known: readonly StoredAccount[] = [];
  return (loaded, given = known) => {
    const entries = last?.loaded === loaded ? last.entries : compileCredentials(loaded.config, parts.catalog);
    const snapshot = compileSnapshot(loaded, parts, { entries, accounts: accounts.compile(loaded.config, given) });
    last = { loaded, entries };
    known = given;
    return snapshot;
  };
}

/** A 401 was about the token of then: another token starts without it. */
export function liftRefusals(before: Snapshot, after: Snapshot, health: Health, now: number): void {
  const tokens = new Map(before.credentials.map(({ id, account }) => [id, account?.tokenId]));
  const renewed = new Set(
    after.credentials.flatMap(({ id, account }) =>
      account !== undefined && tokens.get(id) !== undefined && tokens.get(id) !== account.tokenId ? [id] : [],
    ),
  );
  if (renewed.size === 0) return;
  for (const { credentialId, modelId, status } of health.records(now)) {
    if (status !== 401 || !renewed.has(credentialId)) continue;
    health.clear(credentialId, modelId === '' ? undefined : modelId);
  }
}
