import type { Check } from '../check.js';
import type { DoctorContext } from '../context.js';

const OLDEST = [20, 19] as const;

export const nodeCheck: Check<DoctorContext> = {
  id: 'node',
  title: 'Node',
  async run({ nodeVersion }) {
    const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
    const facts = { version: nodeVersion };
    if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
      return { state: 'ok', message: nodeVersion, facts };
    }
    return {
      state: 'problem',
      message: `Node ${nodeVersion} is too old`,
      hint: `install Node ${OLDEST.join('.')} or newer`,
      facts,
    };
  },
};
