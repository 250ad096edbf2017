import { type Health, openHealth } from './health.js';
import { openSelector, type Selector, type SelectorName } from './selectors.js';
import { openStickySessions, type StickySessions } from './sticky.js';

/** What outlives a reload of the configuration. */
export interface PoolState {
  readonly health: Health;
  /** The same selector as before unless the strategy changed: cursors go on. */
  selector(name: SelectorName): Selector;
  /** The same bindings as before unless their life changed. */
  sessions(ttlMs: number): StickySessions;
}

export function openPoolState(): PoolState {
  let selector: { readonly name: SelectorName; readonly value: Selector } | undefined;
  let sessions: { readonly ttlMs: number; readonly value: StickySessions } | undefined;
  return {
    health: openHealth(),
    selector(name) {
      if (selector?.name !== name) selector = { name, value: openSelector(name) };
      return selector.value;
    },
    sessions(ttlMs) {
      if (sessions?.ttlMs !== ttlMs) sessions = { ttlMs, value: openStickySessions({ ttlMs }) };
      return sessions.value;
    },
  };
}
