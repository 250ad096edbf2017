import { problemText, warningText } from '../../config-state.js';
import { type Check, type Finding, sumUp } from '../check.js';
import type { DoctorContext } from '../context.js';

export const configCheck: Check<DoctorContext> = {
  id: 'config',
  title: 'Config',
  async run({ state }) {
    const { path, error, problems, warnings } = state;
    const facts = { path, problems, warnings };
    // Client keys have a check of their own.
    const others = warnings.filter((warning) => !warning.path.startsWith('api-keys'));
    const noted = others.map((warning): Finding => ({ state: 'warning', message: warningText(warning) }));
    if (error === undefined) return sumUp(noted, path, facts);
    if (problems.length === 0) return { state: 'problem', message: error.message, hint: error.hint, facts };
    const found = problems.map(
      (problem): Finding => ({ state: 'problem', message: problemText(problem), hint: problem.hint }),
    );
    return sumUp([...found, ...noted], path, facts);
  },
};
