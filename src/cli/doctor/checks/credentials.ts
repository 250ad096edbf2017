import type { Check } from '../check.js';
import type { DoctorContext } from '../context.js';

export const credentialsCheck: Check<DoctorContext> = {
  id: 'credentials',
  title: 'Credentials',
  async run({ config, providerCounts }) {
    if (config === undefined) return { state: 'skipped', message: 'the config cannot be read' };
    const counts = Object.entries(providerCounts()).filter(([, amount]) => amount > 0);
    const facts = { provider_counts: Object.fromEntries(counts) };
    if (counts.length === 0) {
      return {
        state: 'problem',
        message: 'none is configured',
        hint: 'add a provider with `cliproxyctl setup`',
        facts,
      };
    }
    return { state: 'ok', message: counts.map(([name, amount]) => `${amount} ${name}`).join(', '), facts };
  },
};
