import type { Clock } from '../../shared/clock.js';
import { AppError } from '../../shared/errors.js';

/** What one poll found out. */
export type DevicePoll<T> =
  | { readonly kind: 'granted'; readonly value: T }
  | { readonly kind: 'pending' }
  /** Asked too often; `intervalMs`: the new interval, where the vendor names it. */
  | { readonly kind: 'slow-down'; readonly intervalMs?: number }
  /** The vendor cannot answer right now. */
  | { readonly kind: 'unreachable'; readonly retryAfterMs?: number };

export interface DevicePolling<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Between two polls, and before the first. */
  readonly intervalMs: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** Throws `AppError` for what ends the login: denied, refused. */
  readonly poll: () => Promise<DevicePoll<T>>;
}

/** RFC 8628, 3.5: each `slow_down` adds this to the interval, for good. */
const SLOW_DOWN_MS = 5_000;
const MAX_INTERVAL_MS = 60_000;

/** Polls until the person has agreed. @throws AppError `login_expired`, and what `poll` throws. */
export async function pollDevice<T>({ clock, signal, intervalMs, expiresAt, poll }: DevicePolling<T>): Promise<T> {
  let interval = intervalMs;
  let extra = 0;
  for (;;) {
    const left = expiresAt - clock.now();
    if (left <= 0) throw expired();
    await clock.sleep(Math.min(interval + extra, left), signal);
    signal.throwIfAborted();
    if (clock.now() >= expiresAt) throw expired();
    const outcome = await poll();
    extra = 0;
    switch (outcome.kind) {
      case 'granted':
        return outcome.value;
      case 'pending':
        break;
      case 'slow-down':
        interval = Math.min(MAX_INTERVAL_MS, Math.max(interval, outcome.intervalMs ?? interval + SLOW_DOWN_MS));
        break;
      case 'unreachable':
        extra = Math.max(interval, outcome.retryAfterMs ?? 0);
        break;
      default:
        outcome satisfies never;
    }
  }
}

const expired = (): AppError =>
  new AppError('login_expired', 'the code was not confirmed in time', { hint: 'start the login again' });

/** Milliseconds from seconds, which vendors send as a number or as text; anything else is the default. Bounds are in seconds. */
export function readDurationMs(value: unknown, { least, fallback }: { least: number; fallback: number }): number {
  const seconds = typeof value === 'number' ? value : typeof value === 'string' ? Number.parseFloat(value) : Number.NaN;
  return Math.max(least, Number.isFinite(seconds) && seconds > 0 ? seconds : fallback) * 1000;
}
