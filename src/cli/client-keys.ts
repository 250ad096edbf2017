import { createHash } from 'node:crypto';
import { isScalar, isSeq } from 'yaml';
import type { ConfigEdit } from '../shared/config/edit.js';
import { AppError } from '../shared/errors.js';
import type { ConfigState } from './config-state.js';
import { applyEdits, requireConfigState } from './config-write.js';
import type { CliContext } from './context.js';
import { newClientKey } from './setup/new-config.js';

export interface KeySummary {
  /** First 8 hex digits of the SHA-256. */
  readonly id: string;
  readonly masked: string;
}

// Through the daemon where one runs, so that it and the file never differ; else in the file itself.

export async function listKeys(context: CliContext, config: string | undefined): Promise<readonly KeySummary[]> {
  return viaDaemon(
    async () => (await context.management.listKeys({})).keys,
    async () => (await offline(context, config)).keys.map(describe),
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
      if (key.length < 8) throw new AppError('key_too_short', 'a client key needs at least 8 signs', { exitCode: 2 });
      if (keys.includes(key)) throw new AppError('key_exists', `the client key ${describe(key).id} exists already`);
      await edit({ type: 'append', path: ['api-keys'], value: key });
      return { ...describe(key), key };
    },
  );
}

/** Removes the key with this id, or this key. Throws `key_unknown`, and `key_last` for the only one. */
export async function revokeKey(context: CliContext, config: string | undefined, idOrKey: string): Promise<KeySummary> {
  return viaDaemon(
    () => context.management.revokeKey({ idOrKey }),
    async () => {
      const { keys, state, edit } = await offline(context, config);
      const key = keys.find((one) => one === idOrKey || describe(one).id === idOrKey.toLowerCase());
      if (key === undefined) {
        throw new AppError('key_unknown', 'there is no such client key', {
          hint: '`cliproxyctl keys list` shows the ids',
        });
      }
      if (keys.length === 1) {
        throw new AppError(
          'key_last',
          'this is the last client key: without one the gateway is open to every local program',
          {
            hint: 'add another key first, with `cliproxyctl keys add`',
          },
        );
      }
      await edit({ type: 'remove', path: ['api-keys', positionOf(key, state)] });
      return describe(key);
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

const describe = (key: string): KeySummary => ({
  id: createHash('sha256').update(key).digest('hex').slice(0, 8),
  masked: maskSecret(key),
});

/** Enough to recognise a key by, never enough to guess a short one. */
export const maskSecret = (secret: string): string =>
  secret.length < 16 ? `${secret.slice(0, 2)}…` : `${secret.slice(0, 7)}…${secret.slice(-4)}`;
