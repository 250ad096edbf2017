import { readFileSync } from 'node:fs';
import { openCatalog } from '../../src/daemon/models/catalog.js';
import { openPoolState } from '../../src/daemon/pool/state.js';
import { compileSnapshot } from '../../src/daemon/runtime/compile.js';
import type { Snapshot } from '../../src/daemon/runtime/snapshot.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';
import type { Config } from '../../src/shared/config/schema.js';

export const configOf = (yaml: string): Config =>
  requireConfig(parseConfig(yaml, { path: '/home/me/config.yaml' })).config;

/** What a config file comes to. */
export function snapshotOf(yaml: string): Snapshot {
  const loaded = requireConfig(parseConfig(yaml, { path: '/home/me/config.yaml' }));
  return compileSnapshot(loaded, {
    catalog: openCatalog(),
    state: openPoolState(),
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    random: () => 0,
  });
}

/** A config as users of a related gateway have it, with everything in it. */
export const bigFixture = (): string =>
  readFileSync(new URL('../fixtures/config/cliproxyapi.yaml', import.meta.url), 'utf8');
