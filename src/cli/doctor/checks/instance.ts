import { AppError } from '../../../shared/errors.js';
import { readInstance } from '../../../shared/instance.js';
import { isGone, readLock } from '../../../shared/lock.js';
import { VERSION } from '../../../shared/version.js';
import { type Check, type CheckResult, sumUp } from '../check.js';
import type { DoctorContext } from '../context.js';

const TOLD_WITH_LOGINS: ReadonlySet<string> = new Set(['credential_login_needed', 'credential_refresh_failed']);

export const instanceCheck: Check<DoctorContext> = {
  id: 'instance',
  title: 'Daemon',
  async run({ status, paths }) {
    const answer = await status();
    if (!(answer instanceof AppError)) {
      const facts = {
        running: true,
        pid: answer.pid,
        version: answer.version,
        url: answer.listen.url,
        state: answer.state,
      };
      return sumUp(
        [
          ...answer.problems
            .filter(({ code }) => !TOLD_WITH_LOGINS.has(code))
            .map(({ message, hint }) => ({ state: 'warning' as const, message, hint })),
          ...(answer.version === VERSION
            ? []
            : [
                {
                  state: 'warning' as const,
                  message: `it runs version ${answer.version}, this is ${VERSION}`,
                  hint: 'run `cliproxyctl restart`',
                },
              ]),
          ...(answer.restartNeeded.length === 0
            ? []
            : [
                {
                  state: 'warning' as const,
                  message: `changed settings wait for a restart: ${answer.restartNeeded.join(', ')}`,
                  hint: 'run `cliproxyctl restart`',
                },
              ]),
        ],
        `${answer.state} at ${answer.listen.url} (pid ${answer.pid})`,
        facts,
      );
    }
    if (answer.code !== 'not_running') {
      return { state: 'problem', message: answer.message, hint: answer.hint, facts: { code: answer.code } };
    }
    return notAnswering(paths.runDir);
  },
};

/** Nobody answers on the socket: that is fine unless somebody holds the lock. */
async function notAnswering(runDir: string): Promise<CheckResult> {
  const owner = await readLock(runDir);
  if (owner !== undefined && !isGone(owner)) {
    return {
      state: 'problem',
      message: `process ${owner.pid} holds the lock, but does not answer on its socket`,
      hint: `it may be starting or stopping; if it stays so, end process ${owner.pid} and start again`,
      facts: { running: false, pid: owner.pid },
    };
  }
  const left = owner !== undefined || (await readInstance(runDir)) !== undefined;
  return {
    state: 'ok',
    message: left ? 'not running (the last one ended without cleaning up; the next start does)' : 'not running',
    facts: { running: false, stale_files: left },
  };
}
