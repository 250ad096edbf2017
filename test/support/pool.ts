import type { ModelInfo } from '../../src/daemon/ir/model.js';
import type { Candidate, Credential, OfferedModel, Route } from '../../src/daemon/pool/credential.js';
import { openHealth } from '../../src/daemon/pool/health.js';
import { openPool, type Pool, type PoolPolicy } from '../../src/daemon/pool/pool.js';
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
export function routeOf(credentials: readonly Credential[], name = 'm'): Route {
  const candidates = credentials
    .map((each): Candidate => ({ credential: each, offers: each.models }))
    .sort((a, b) => b.credential.priority - a.credential.priority || (a.credential.id < b.credential.id ? -1 : 1));
  const priorities = [...new Set(candidates.map((each) => each.credential.priority))];
  return {
    name,
    candidates,
    groups: priorities.map((priority) => candidates.filter((each) => each.credential.priority === priority)),
  };
}

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
  const pool = openPool({
    policy: {
      requestRetry: 0,
      maxRetryCredentials: 0,
      maxRetryIntervalMs: 0,
      disableCooling: false,
      ...options.policy,
    },
    health,
    selector: openSelector(options.strategy ?? 'round-robin'),
    sessions: options.sticky ? openStickySessions({ ttlMs: 3_600_000 }) : undefined,
    now: clock.now,
    random: () => 0,
  });
  return { ...pool, health, clock };
}
