import type { Check, CheckReport, CheckResult } from './check.js';

const DEFAULT_TIMEOUT_MS = 5_000;

/** Runs all checks at once, each within its time limit, and yields the reports in the checks' order. */
export async function* runChecks<Context>(
  checks: readonly Check<Context>[],
  context: Context,
): AsyncGenerator<CheckReport> {
  const running = checks.map((check) => runOne(check, context));
  for (const report of running) yield await report;
}

async function runOne<Context>(check: Check<Context>, context: Context): Promise<CheckReport> {
  const timeoutMs = check.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => {
      stop.abort();
      resolve({ state: 'warning', message: `no answer within ${timeoutMs / 1000} s` });
    }, timeoutMs);
  });
  try {
    const result = await Promise.race([check.run(context, stop.signal), late]);
    return { id: check.id, title: check.title, ...result };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id: check.id, title: check.title, state: 'warning', message: `could not be checked: ${message}` };
  } finally {
    clearTimeout(timer);
  }
}
