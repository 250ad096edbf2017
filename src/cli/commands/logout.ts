import { Command } from 'commander';
import type { CliContext } from '../context.js';
import { ID_HELP } from '../credentials/resolve.js';
import { removeCredential } from '../credentials/transfer.js';

export const logoutCommand = (context: CliContext): Command =>
  new Command('logout')
    .argument('<id>', ID_HELP)
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\n`cliproxyctl credentials` lists the logins; `cliproxyctl credentials disable` only pauses one.',
    )
    .action((text: string, { yes }: { yes?: boolean }) =>
      removeCredential(context, text, { isAgreed: yes === true, isRevoking: true }),
    );
