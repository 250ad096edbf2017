import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { isFailureReason } from '../ir/error.js';
import { isQuotaRecord, type QuotaRecord } from '../pool/quota.js';
import type { PoolRecords, PoolState } from '../pool/state.js';

/** Cooldowns and bindings on disk, so that a restart does not ask a spent account again or lose a warm cache. */
export interface PoolStore {
  /** Saves what has changed since the last time. */
  save(): Promise<void>;
  /** Saves for the last time. */
  close(): Promise<void>;
}

export interface PoolStoreParts {
  readonly path: string;
  readonly state: PoolState;
  readonly now: () => number;
  /** A file that cannot be read or written: routing goes on without it. */
  readonly onProblem: (error: unknown) => void;
  readonly everyMs?: number;
}

const EVERY_MS = 30_000;

const recordsSchema = z.object({
  version: z.literal(1),
  cooldowns: z.array(
    z.object({
      credentialId: z.string(),
      modelId: z.string(),
      until: z.number(),
      level: z.number(),
      reason: z.string().refine(isFailureReason),
      status: z.number().optional(),
      probeAt: z.number().optional(),
    }),
  ),
  bindings: z.array(z.object({ key: z.string(), credentialId: z.string(), usedAt: z.number() })),
  quotas: z.array(z.custom<QuotaRecord>(isQuotaRecord)).default([]),
});

/**
 * Reads the file into the state and writes it every 30 s when something changed. Several workers share the file and do
 * not merge what they know: the last one to write is what the next start begins with.
 */
export function openPoolStore({ path, state, now, onProblem, everyMs = EVERY_MS }: PoolStoreParts): PoolStore {
  try {
    const records = readRecords(path);
    if (records !== undefined) state.restore(records, now());
  } catch (error) {
    onProblem(error);
  }
  let saved = state.revision();
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    const revision = state.revision();
    if (revision === saved) return;
    try {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFileAtomic(path, JSON.stringify({ version: 1, ...state.records(now()) }), { mode: 0o600 });
      saved = revision;
    } catch (error) {
      onProblem(error);
    }
  };
  const save = (): Promise<void> => {
    writing = writing.then(write);
    return writing;
  };
  const timer = setInterval(() => void save(), everyMs);
  timer.unref();
  return {
    save,
    close() {
      clearInterval(timer);
      return save();
    },
  };
}

function readRecords(path: string): PoolRecords | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const { cooldowns, bindings, quotas } = recordsSchema.parse(JSON.parse(text));
  return {
    bindings,
    quotas,
    cooldowns: cooldowns.map(({ status, probeAt, ...rest }) => ({
      ...rest,
      ...(status === undefined ? {} : { status }),
      ...(probeAt === undefined ? {} : { probeAt }),
    })),
  };
}
