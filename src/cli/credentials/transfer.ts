import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import type { CredentialImport, ImportResult } from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { CliContext } from '../context.js';
import { loginCommandFor } from '../login/providers.js';
import { clean, count } from '../ui/text.js';
import { requireFile } from './change.js';
import { type Gathered, gatherCredentials } from './gather.js';
import { ID_HELP, nameOf } from './resolve.js';

/** Commands that bring credential files in, hand them out and take them away. */
export const transferCommands = (context: CliContext): readonly Command[] => [
  new Command('import')
    .description('take over credential files of another gateway, or the login of another tool')
    .argument('<path...>', 'files, or folders of them')
    .option('--own', 'renew them from now on; else those of another tool stay its own, and are read only')
    .option('--read-only', 'never renew any of them')
    .option('--replace', 'replace files of the same name')
    .addHelpText(
      'after',
      '\n  cliproxyctl credentials import ~/.cli-proxy-api\n  cliproxyctl credentials import ~/.codex/auth.json',
    )
    .action((paths: string[], flags: ImportFlags) => importCredentials(context, paths, flags)),
  new Command('export')
    .description('print the whole file of a login, tokens included')
    .argument('<id>', ID_HELP)
    .option('--output <file>', 'write it there instead, readable by you only')
    .option('--force', 'overwrite that file')
    .action((text: string, flags: ExportFlags) => exportCredential(context, text, flags)),
  new Command('remove')
    .description('remove the file of a login; the vendor is not told (`cliproxyctl logout` does)')
    .argument('<id>', ID_HELP)
    .option('-y, --yes', 'do not ask')
    .action((text: string, { yes }: { yes?: boolean }) => removeCredential(context, text, { isAgreed: yes === true })),
];

interface ImportFlags {
  readonly own?: boolean;
  readonly readOnly?: boolean;
  readonly replace?: boolean;
}

async function importCredentials(context: CliContext, paths: readonly string[], flags: ImportFlags): Promise<void> {
  if (flags.own === true && flags.readOnly === true) {
    throw new AppError('usage', '--own and --read-only cannot both be', { exitCode: EXIT.usage });
  }
  const { found, skipped } = await gatherCredentials(paths);
  if (found.length === 0) throw nothingFound(skipped);
  const isReadOnly = (owner: string | undefined): boolean =>
    flags.readOnly === true || (owner !== undefined && flags.own !== true);
  const files = found.map(({ name, fields, owner }) => ({
    name,
    content: JSON.stringify(fields),
    ...(isReadOnly(owner) ? { readOnly: true } : {}),
  }));
  const { imported, failed } = await send(context, files, flags.replace === true);
  const { output } = context;
  const shared = found.filter(({ owner }) => owner !== undefined && isReadOnly(owner));
  output.result(
    {
      imported,
      failed,
      skipped,
      ...(failed.length === 0
        ? {}
        : { error: `${failed.length} of ${found.length} could not be imported: ${failed[0]?.error ?? ''}` }),
    },
    () =>
      [
        ...imported.map(({ name, id, label }) => `${output.color.green('imported')} ${clean(label)}  ${name} (${id})`),
        ...failed.map(({ name, error }) => `${output.color.red('failed')} ${clean(name)}: ${clean(error)}`),
      ].join('\n'),
    failed.length === 0,
  );
  for (const { path, reason } of skipped) output.note(`${output.talkColor.dim('skipped')} ${clean(path)}: ${reason}`);
  for (const owner of new Set(shared.map((one) => one.owner))) {
    output.note(
      `${owner} goes on renewing its login, and this one is read only; with --own this gateway renews it, and ${owner} must log in anew`,
    );
  }
  if (failed.length > 0 && flags.replace !== true) {
    output.note(`${output.talkColor.dim('hint:')} --replace overwrites those that are there already`);
  }
  if (failed.length > 0) context.exit(EXIT.failed);
}

/** Few enough for one message to the daemon. */
const FILES_A_MESSAGE = 20;

async function send(context: CliContext, files: CredentialImport['files'], replace: boolean): Promise<ImportResult> {
  const sent: ImportResult = { imported: [], failed: [] };
  for (let at = 0; at < files.length; at += FILES_A_MESSAGE) {
    const part = files.slice(at, at + FILES_A_MESSAGE);
    const { imported, failed } = await context.management.importCredentials({
      files: part,
      ...(replace ? { replace } : {}),
    });
    sent.imported.push(...imported);
    sent.failed.push(...failed);
  }
  return sent;
}

function nothingFound(skipped: Gathered['skipped']): AppError {
  const [first] = skipped;
  const message =
    first === undefined
      ? 'there are no .json files'
      : `none of ${count(skipped.length, 'file')} is a credential: ${first.path}: ${first.reason}`;
  return new AppError('import_nothing', message, {
    hint: 'known are the files of CLIProxyAPI and its forks, and the logins of Codex CLI, Claude Code and Copilot plugins',
    details: { skipped },
  });
}

interface ExportFlags {
  readonly output?: string;
  readonly force?: boolean;
}

async function exportCredential(context: CliContext, text: string, flags: ExportFlags): Promise<void> {
  const credential = await requireFile(context, text, 'exported');
  const { name, content } = await context.management.exportCredential({ id: credential.id });
  const { output } = context;
  if (flags.output === undefined) {
    if (output.width !== undefined) output.warn('this holds tokens: whoever has them is you');
    return output.result({ name, content }, () => content.trimEnd());
  }
  await writePrivate(flags.output, `${content.trimEnd()}\n`, flags.force === true);
  output.result({ name, output: flags.output }, () => `wrote ${nameOf(credential)} to ${flags.output}`);
}

async function writePrivate(path: string, text: string, isForced: boolean): Promise<void> {
  if (isForced) {
    const { default: writeFileAtomic } = await import('write-file-atomic');
    return writeFileAtomic(path, text, { mode: 0o600 });
  }
  await writeFile(path, text, { flag: 'wx', mode: 0o600 }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') {
      throw new AppError('export_unwritable', `${path} cannot be written: ${cause.code ?? cause.message}`, { cause });
    }
    throw new AppError('export_exists', `${path} exists already`, { hint: 'overwrite it with --force', cause });
  });
}

export interface RemoveOptions {
  readonly isAgreed: boolean;
  /** Whether the vendor is told that the login is over. */
  readonly isRevoking?: boolean;
}

/** What a vendor may take to end a login. */
const REVOKE_TIMEOUT_MS = 60_000;

/** Removes a login's file, after asking where somebody can be asked. */
export async function removeCredential(context: CliContext, text: string, options: RemoveOptions): Promise<void> {
  const credential = await requireFile(context, text, options.isRevoking === true ? 'logged out' : 'removed');
  const { output } = context;
  await confirmRemoval(context, nameOf(credential), options);
  const spinner = await output.spinner(`removing ${nameOf(credential)}`);
  const { removed, revoked } = await context.management
    .removeCredential(
      { id: credential.id, ...(options.isRevoking === true ? { revoke: true } : {}) },
      { timeoutMs: REVOKE_TIMEOUT_MS },
    )
    .finally(() => spinner.stop());
  output.result({ id: credential.id, removed, revoked, label: credential.label }, () =>
    options.isRevoking === true
      ? `${output.color.green('logged out')} ${nameOf(credential)}: ${clean(removed)} is removed`
      : `removed ${clean(removed)}`,
  );
  if (options.isRevoking === true && !revoked) {
    output.note('the vendor was not told, or has no way to be told: its tokens end by themselves');
  }
  output.note(`to have it again: \`${loginCommandFor(credential.provider)}\``);
}

async function confirmRemoval(context: CliContext, name: string, options: RemoveOptions): Promise<void> {
  if (options.isAgreed) return;
  const { output, prompts } = context;
  output.note('It cannot be undone, only logged in again; `cliproxyctl credentials disable` pauses it instead.');
  const isGoingOn = await prompts.confirm({
    message: options.isRevoking === true ? `Log out ${name}?` : `Remove ${name}?`,
    flag: '--yes',
    default: false,
  });
  if (!isGoingOn) throw new AppError('cancelled', 'cancelled, nothing was changed');
}
