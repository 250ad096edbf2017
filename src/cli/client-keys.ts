import { isScalar, isSeq } from 'yaml';
import { checkNewKey, describeKey, type KeySummary, keyToRevoke, newClientKey } from '../shared/client-keys.js';
import type { ConfigEdit } from '../shared/config/edit.js';
import { AppError } from '../shared/errors.js';
import type { ConfigState } from './config-state.js';
import { applyEdits, requireConfigState } from './config-write.js';
import type { CliContext } from './context.js';

// Through the daemon where one runs, so that it and the file never differ; else in the file itself.

export async function listKeys(context: CliContext, config: string | undefined): Promise<readonly KeySummary[]> {
  return viaDaemon(
    async () => (await context.management.listKeys({})).keys,
    async () => (await offline(context, config)).keys.map(describeKey),
  );
}

/** Adds `own`, or a random key, and returns it whole. */
export async function addKey(
  context: CliContext,
  config: string | undefined,
  own: string | undefined,
): Promise<KeySummary & { readonly key: string }> {
  return viaDaemon(
    () => context.management.addKey(own === undefined ? {} : { key: own }),
    async () => {
      const { keys, edit } = await offline(context, config);
      const key = own ?? newClientKey(context.randomBytes);
      checkNewKey(key, keys);
      await edit({ type: 'append', path: ['api-keys'], value: key });
      return { ...describeKey(key), key };
    },
  );
}

/** Removes the key with this id, or this key. Throws `key_unknown`, and `key_last` for the only one. */
export async function revokeKey(context: CliContext, config: string | undefined, idOrKey: string): Promise<KeySummary> {
  return viaDaemon(
    () => context.management.revokeKey({ idOrKey }),
    async () => {
      const { keys, state, edit } = await offline(context, config);
      const key = keyToRevoke(idOrKey, keys);
      await edit({ type: 'remove', path: ['api-keys', positionOf(key, state)] });
      return describeKey(key);
    },
  );
}

async function viaDaemon<T>(ask: () => Promise<T>, without: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_running') return without();
    throw error;
  }
}

async function offline(
  context: CliContext,
  config: string | undefined,
): Promise<{ keys: readonly string[]; state: ConfigState; edit: (edit: ConfigEdit) => Promise<void> }> {
  const { path } = await context.findConfig(config);
  const state = await requireConfigState(path, context.env);
  return { keys: state.config?.['api-keys'] ?? [], state, edit: (edit) => applyEdits(state, [edit]) };
}

/** Where a key stands in the file, which may hold blank rows that the checked config leaves out. */
function positionOf(key: string, { document }: ConfigState): number {
  const rows: unknown = document?.get('api-keys');
  if (!isSeq(rows)) return -1;
  return rows.items.findIndex((row) => isScalar(row) && (row.source ?? String(row.value)).trim() === key);
}
