import { Command } from 'commander';
import { EXIT } from '../../shared/exit.js';
import type { CliContext } from '../context.js';
import { needsLogin } from '../credentials/render.js';
import { ID_HELP, resolveCredential } from '../credentials/resolve.js';
import { loginCommandFor } from '../login/providers.js';
import { wholeNumber } from '../option-values.js';
import { renderQuota } from '../quota/render.js';
import { usageError } from '../ui/failure.js';

interface QuotaFlags {
  readonly refresh?: boolean;
  readonly watch?: boolean;
  readonly interval: number;
}

/** Asking several vendors, one of them slow. */
const ASK_TIMEOUT_MS = 60_000;
/** Vendors limit how often they may be asked. */
const MIN_REFRESH_SECONDS = 60;

export const quotaCommand = (context: CliContext): Command =>
  new Command('quota')
    .argument('[id]', `only of one: ${ID_HELP}`)
    .option('--refresh', 'ask the vendor now, rather than show what is known')
    .option('--watch', 'show it again and again until interrupted')
    .option('--interval <seconds>', 'how often, with --watch', wholeNumber('interval', 1, 86_400), 5)
    .option('--json', 'print one JSON envelope on stdout, with --watch one a time')
    .action(async (text: string | undefined, flags: QuotaFlags) => {
      const { interval, refresh = false, watch = false } = flags;
      if (watch && refresh && interval < MIN_REFRESH_SECONDS) {
        throw usageError('vendors may not be asked that often', `give --interval ${MIN_REFRESH_SECONDS} or more`);
      }
      const credential = text === undefined ? undefined : await resolveCredential(context.management, text);
      const query = { id: credential?.id, ...(refresh ? { refresh } : {}) };
      if (watch) return keepShowing(context, query, interval * 1000);
      await show(context, query);
      if (credential === undefined || !needsLogin(credential)) return;
      context.output.note(`log in again with \`${loginCommandFor(credential.provider)}\``);
      context.exit(EXIT.loginNeeded);
    });

interface Query {
  readonly id: string | undefined;
  readonly refresh?: boolean;
}

async function show(context: CliContext, query: Query, before = ''): Promise<void> {
  const { management, output, clock } = context;
  const spinner = query.refresh === true && before === '' ? await output.spinner('asking for the quota') : undefined;
  const { accounts } = await management
    .getQuota(query, { timeoutMs: ASK_TIMEOUT_MS, signal: context.interrupted() })
    .finally(() => spinner?.stop());
  output.result({ accounts }, () => {
    const { color, width } = output;
    if (accounts.length > 0) return before + renderQuota(accounts, { color, width, now: clock.now() });
    output.note('there is no login whose quota could be known: log in with `cliproxyctl login`');
    return before;
  });
}

/** To the upper left corner, and all below it gone. */
const CLEAR = '\u001b[H\u001b[2J';

async function keepShowing(context: CliContext, query: Query, intervalMs: number): Promise<void> {
  const { output, clock } = context;
  const signal = context.interrupted();
  // Only a terminal has a screen to clear; elsewhere one follows the other.
  const before = output.width === undefined ? '' : CLEAR;
  try {
    for (;;) {
      await show(context, query, before);
      await clock.sleep(intervalMs, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
