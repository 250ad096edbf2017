import type { Check } from '../check.js';
import type { DoctorContext } from '../context.js';
import { PROBE_PATIENCE_MS } from '../upstreams.js';

/** Signed requests and token lifetimes bear this much. */
const MAX_OFFSET_MS = 60_000;

export const clockCheck: Check<DoctorContext> = {
  id: 'clock',
  title: 'Clock',
  timeoutMs: PROBE_PATIENCE_MS,
  async run({ probes }) {
    const offsets = (await probes()).flatMap(({ result }) =>
      result.clockOffsetMs === undefined ? [] : [{ url: result.url, offsetMs: result.clockOffsetMs }],
    );
    const [first] = offsets;
    if (first === undefined) return { state: 'skipped', message: 'no upstream told the time' };
    // One upstream's clock may be wrong itself: the smallest difference is ours.
    const best = offsets.reduce(
      (least, one) => (Math.abs(one.offsetMs) < Math.abs(least.offsetMs) ? one : least),
      first,
    );
    const seconds = Math.round(Math.abs(best.offsetMs) / 1000);
    const facts = { offset_ms: best.offsetMs, source: best.url };
    if (Math.abs(best.offsetMs) <= MAX_OFFSET_MS) {
      return { state: 'ok', message: `within ${Math.max(1, seconds)} s of ${best.url}`, facts };
    }
    return {
      state: 'warning',
      message: `this machine's clock is ${seconds} s ${best.offsetMs > 0 ? 'behind' : 'ahead of'} ${best.url}`,
      hint: 'switch on time synchronisation; certificates and tokens fail with a wrong clock',
      facts,
    };
  },
};
