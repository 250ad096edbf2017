import type { ModelInfo } from '../../src/daemon/ir/model.js';
import type { Credential, OfferedModel, Route } from '../../src/daemon/pool/credential.js';
import { openHealth } from '../../src/daemon/pool/health.js';
import { openLoads } from '../../src/daemon/pool/loads.js';
import { openPool, type Pool, type PoolPolicy } from '../../src/daemon/pool/pool.js';
import { openRoute } from '../../src/daemon/pool/route.js';
import { openSelector, type SelectorName } from '../../src/daemon/pool/selectors.js';
import { openStickySessions } from '../../src/daemon/pool/sticky.js';
import { PROVIDERS } from '../../src/daemon/providers/registry.js';

/** Time that only tests move. */
export function fakeClock(start = 1_000_000) {
  let at = start;
  const slept: number[] = [];
  return {
    /** Runs before a sleep, which then ends at once if its signal is aborted. */
    onSleep: undefined as (() => void) | undefined,
    now: () => at,
    advance(ms: number): void {
      at += ms;
    },
    slept,
    async sleep(ms: number, signal?: AbortSignal): Promise<void> {
      this.onSleep?.();
      signal?.throwIfAborted();
      slept.push(ms);
      at += ms;
    },
  };
}

/** A ticker that ticks when a test says so. */
export function fakeTicker() {
  const ticks = new Set<() => void>();
  return {
    add(tick: () => void): () => void {
      ticks.add(tick);
      return () => ticks.delete(tick);
    },
    tick(): void {
      for (const each of ticks) each();
    },
    get size(): number {
      return ticks.size;
    },
  };
}

const modelInfo = (id: string, more: Partial<ModelInfo> = {}): ModelInfo => ({
  id,
  userDefined: true,
  traits: new Set(),
  ...more,
});

export const offer = (id: string, alias = id): OfferedModel => ({ alias, model: modelInfo(id), forceMapping: false });

export function credential(id: string, more: Partial<Credential> = {}): Credential {
  const provider = PROVIDERS['openai-compatibility'];
  const baseUrl = 'http://127.0.0.1:9';
  return {
    id,
    provider,
    providerName: 'test',
    label: id,
    baseUrl,
    upstream: provider.bind({ baseUrl, apiKey: id }),
    priority: 0,
    weight: 1,
    disabled: false,
    rules: [],
    models: [offer('m')],
    ...more,
  };
}

/** A route over credentials that each offer their own models under one name. */
export const routeOf = (credentials: readonly Credential[], name = 'm'): Route =>
  openRoute(
    name,
    credentials.map((each) => ({ credential: each, offers: each.models })),
  );

export function testPool(
  options: {
    clock?: ReturnType<typeof fakeClock>;
    strategy?: SelectorName;
    policy?: Partial<PoolPolicy>;
    sticky?: boolean;
  } = {},
): Pool & { readonly health: ReturnType<typeof openHealth>; readonly clock: ReturnType<typeof fakeClock> } {
  const clock = options.clock ?? fakeClock();
  const health = openHealth();
  const loads = openLoads();
  const pool = openPool({
    policy: {
      requestRetry: 0,
      maxRetryCredentials: 0,
      maxRetryIntervalMs: 0,
      disableCooling: false,
      ...options.policy,
    },
    health,
    loads,
    selector: openSelector(options.strategy ?? 'round-robin'),
    sessions: options.sticky ? openStickySessions({ ttlMs: 3_600_000 }) : undefined,
    now: clock.now,
    random: () => 0,
  });
  return { ...pool, health, clock };
}
