import { AppError } from '../../../shared/errors.js';
import { chooseProvider } from '../../login/providers.js';
import { policyWords } from '../../login/words.js';
import type { Check } from '../check.js';
import type { DoctorContext } from '../context.js';

/** What the vendors' terms say of the logins that are in use; a fact, and nothing to mend. */
export const policiesCheck: Check<DoctorContext> = {
  id: 'policies',
  title: 'Terms',
  async run({ credentialFiles, loginProviders }) {
    const types = new Set((await credentialFiles()).flatMap(({ type }) => (type === undefined ? [] : [type])));
    if (types.size === 0) return { state: 'skipped', message: 'nobody has logged in' };
    const providers = await loginProviders();
    if (providers instanceof AppError) return { state: 'skipped', message: 'known while the daemon runs' };
    const names = new Set([...types].map((type) => chooseProvider(type).name));
    const used = providers.filter(({ id }) => names.has(chooseProvider(id).name));
    const lines = used.map((provider) => ({ state: 'ok' as const, message: policyWords(provider) }));
    const facts = { policies: used.map(({ id, policy }) => ({ provider: id, ...policy })) };
    const [only] = lines;
    if (only === undefined) return { state: 'skipped', message: 'no vendor that is known here' };
    if (lines.length === 1) return { ...only, facts };
    return { state: 'ok', message: 'what the vendors say of gateways', findings: lines, areFindingsShown: true, facts };
  },
};
