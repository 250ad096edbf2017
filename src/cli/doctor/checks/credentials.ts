import { count } from '../../ui/text.js';
import type { Check } from '../check.js';
import type { DoctorContext } from '../context.js';

export const credentialsCheck: Check<DoctorContext> = {
  id: 'credentials',
  title: 'Credentials',
  async run({ config, providerCounts, credentialFiles }) {
    if (config === undefined) return { state: 'skipped', message: 'the config cannot be read' };
    const logins = (await credentialFiles()).filter(({ type }) => type !== undefined).length;
    // Kinds that the summary of old does not count.
    const others = { vertex: config['vertex-api-key'].length, kilo: config.kilo.length };
    const counts = Object.entries({ ...providerCounts(), ...others }).filter(([, amount]) => amount > 0);
    const facts = { provider_counts: Object.fromEntries(counts) };
    if (counts.length === 0 && logins === 0) {
      return {
        state: 'problem',
        message: 'none is configured',
        hint: 'add a key with `cliproxyctl setup`, or log in with `cliproxyctl login`',
        facts,
      };
    }
    const words = [
      ...counts.map(([name, amount]) => `${amount} ${name}`),
      ...(logins === 0 ? [] : [count(logins, 'login')]),
    ];
    return { state: 'ok', message: words.join(', '), facts: { ...facts, logins } };
  },
};
