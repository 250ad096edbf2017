import { type Check, type Finding, sumUp } from '../check.js';
import type { DoctorContext } from '../context.js';

/** What people write when they mean to change it later; the first thing a stranger tries. */
const SAMPLE =
  /^(your[-_](?!api-key-[123]$)|sk-(your|demo|example|xxx)|change[-_]?me|dummy|example|test[-_]?key|api[-_]?key|password|123456|<)|your-(?!api-key-[123]$)(api-)?key|x{6,}/i;
const SHORT = 16;

export const clientKeysCheck: Check<DoctorContext> = {
  id: 'client-keys',
  title: 'Client keys',
  async run({ config, state }) {
    if (config === undefined) return { state: 'skipped', message: 'the config cannot be read' };
    const keys = config['api-keys'].filter((key) => key !== '');
    const facts = { count: keys.length };
    if (keys.length === 0) {
      const isLocal = /^(127\.|localhost$|::1$)/.test(config.host);
      return {
        state: 'warning',
        message: isLocal
          ? 'none: any program on this machine may use the gateway'
          : 'none: only this machine may use the gateway',
        hint: 'add one with `cliproxyctl keys add`',
        facts,
      };
    }
    const findings: Finding[] = [];
    if (state.warnings.some(({ code }) => code === 'unsafe_example_api_key')) {
      findings.push({
        state: 'problem',
        message: 'one is a sample from the documentation: requests are refused until it is gone',
        hint: 'add a random one with `cliproxyctl keys add`, and revoke the sample',
      });
    }
    const samples = keys.filter((key) => SAMPLE.test(key)).length;
    if (samples > 0) {
      findings.push({
        state: 'warning',
        message: `${samples} of ${keys.length} can be guessed: it looks like a sample`,
        hint: 'add a random one with `cliproxyctl keys add`, and revoke that one',
      });
    }
    const short = keys.filter((key) => !SAMPLE.test(key) && key.length < SHORT).length;
    if (short > 0) {
      findings.push({
        state: 'warning',
        message: `${short} of ${keys.length} is shorter than ${SHORT} signs and can be guessed`,
        hint: 'add a random one with `cliproxyctl keys add`, and revoke the short one',
      });
    }
    return sumUp(findings, `${keys.length} configured`, facts);
  },
};
