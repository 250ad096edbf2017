import { AppError } from '../../shared/errors.js';
import { problemText, readConfigState, warningText } from '../config-state.js';
import type { CliContext } from '../context.js';
import { count } from '../ui/text.js';

/** Names every problem of the config with its place; throws `config_invalid` (exit code 2) when there is one. */
export async function validateConfig({ output, env }: CliContext, path: string): Promise<void> {
  const { exists, problems, warnings, error } = await readConfigState(path, env);
  for (const warning of warnings) output.warn(warningText(warning));
  if (error === undefined) {
    return output.result(
      { config_path: path, config_exists: exists, valid: true, problems, warnings },
      () => `valid: ${path}`,
    );
  }
  const details = { config_path: path, config_exists: exists, valid: false, problems, warnings };
  if (problems.length === 0) {
    throw new AppError(error.code, error.message, {
      hint: error.hint ?? 'check the path',
      exitCode: error.exitCode,
      details,
    });
  }
  for (const problem of problems) {
    output.note(`${path}: ${problemText(problem)}`);
    if (problem.hint !== undefined) output.note(`  ${output.talkColor.dim('hint:')} ${problem.hint}`);
  }
  throw new AppError('config_invalid', `${count(problems.length, 'problem')} in ${path}`, {
    hint: '`cliproxyctl config edit` opens it; `cliproxyctl config schema` describes it',
    exitCode: error.exitCode,
    details,
  });
}
