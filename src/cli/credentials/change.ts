import { Command, InvalidArgumentError } from 'commander';
import type { CredentialChange, CredentialSummary } from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { CliContext } from '../context.js';
import { loginCommandFor } from '../login/providers.js';
import { usageError } from '../ui/failure.js';
import { clean } from '../ui/text.js';
import { needsLogin, refreshText } from './render.js';
import { ID_HELP, nameOf, resolveCredential } from './resolve.js';

/** A refresh may have to wait for a vendor. */
const REFRESH_TIMEOUT_MS = 90_000;

/** Commands that change one credential where it is kept: its file, or its entry in config.yaml. */
export const changeCommands = (context: CliContext): readonly Command[] => [
  new Command('enable')
    .description('use it again')
    .argument('<id>', ID_HELP)
    .action((text: string) => change(context, text, { disabled: false }, () => 'is used again')),
  new Command('disable')
    .description('leave it unused until it is enabled')
    .argument('<id>', ID_HELP)
    .action((text: string) => change(context, text, { disabled: true }, () => 'is not used until it is enabled')),
  new Command('priority')
    .description('set its priority; those of the highest are used first')
    .argument('<id>', ID_HELP)
    .argument('<n>', 'a whole number, or "default"', numberOrDefault)
    .action((text: string, { value }: Given) =>
      change(context, text, { priority: value }, ({ priority }) => `has priority ${priority}`),
    ),
  new Command('weight')
    .description('set its share among those of one priority')
    .argument('<id>', ID_HELP)
    .argument('<n>', 'a whole number, or "default"', numberOrDefault)
    .action((text: string, { value }: Given) =>
      change(context, text, { weight: value }, ({ weight }) => `has weight ${weight}`),
    ),
  new Command('note')
    .description('keep a note with it; without a text it is taken away')
    .argument('<id>', ID_HELP)
    .argument('[text]', 'the note')
    .action((text: string, note: string | undefined) =>
      change(context, text, { note: blankAsNull(note) }, (now) =>
        now.note === undefined ? 'has no note' : `is noted as "${clean(now.note)}"`,
      ),
    ),
  new Command('prefix')
    .description('offer its models as prefix/model; without a prefix, by their own names')
    .argument('<id>', ID_HELP)
    .argument('[prefix]', 'the prefix')
    .action((text: string, prefix: string | undefined) =>
      change(context, text, { prefix: blankAsNull(prefix) }, (now) =>
        now.prefix === undefined ? 'has no prefix' : `offers its models as ${clean(now.prefix)}/...`,
      ),
    ),
  new Command('rename')
    .description('give its file another name')
    .argument('<id>', ID_HELP)
    .argument('<name>', 'the new file name; .json is added where it is missing')
    .action(async (text: string, name: string) => {
      const credential = await requireFile(context, text, 'renamed');
      const summary = await context.management.renameCredential({
        id: credential.id,
        name: name.endsWith('.json') ? name : `${name}.json`,
      });
      context.output.result(summary, () => `${nameOf(credential)} is now ${clean(summary.name ?? name)}`);
    }),
  new Command('refresh')
    .description('renew its access token now')
    .argument('<id>', ID_HELP)
    .action(async (text: string) => {
      const credential = await requireFile(context, text, 'renewed');
      const spinner = await context.output.spinner(`renewing ${nameOf(credential)}`);
      try {
        const summary = await context.management.refreshCredential(
          { id: credential.id },
          { timeoutMs: REFRESH_TIMEOUT_MS, signal: context.interrupted() },
        );
        reportRefresh(context, summary);
      } finally {
        spinner.stop();
      }
    }),
];

/** What was typed; commander passes over a bare `null`. */
interface Given {
  readonly value: number | null;
}

function numberOrDefault(text: string): Given {
  if (text === 'default') return { value: null };
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || Math.abs(value) > 1_000_000) {
    throw new InvalidArgumentError('it must be a whole number up to 1000000, or "default".');
  }
  return { value };
}

const blankAsNull = (text: string | undefined): string | null =>
  text === undefined || text.trim() === '' ? null : text.trim();

async function change(
  context: CliContext,
  text: string,
  wanted: Omit<CredentialChange, 'id'>,
  words: (after: CredentialSummary) => string,
): Promise<void> {
  const { id } = await resolveCredential(context.management, text);
  const summary = await context.management.updateCredential({ id, ...wanted });
  context.output.result(summary, () => `${nameOf(summary)} ${words(summary)}`);
}

/** The credential, which must be one of a login: a key in the config has no file and no token to renew. */
export async function requireFile(context: CliContext, text: string, done: string): Promise<CredentialSummary> {
  const credential = await resolveCredential(context.management, text);
  if (credential.source === 'file') return credential;
  throw usageError(
    `${nameOf(credential)} is a key in config.yaml: it cannot be ${done}`,
    'change it with `cliproxyctl config edit`, or leave it unused with `cliproxyctl credentials disable`',
  );
}

function reportRefresh(context: CliContext, summary: CredentialSummary): void {
  const { refresh, provider } = summary;
  const isGood = refresh === undefined || refresh.state === 'ok' || refresh.state === 'due';
  if (isGood) {
    const how = refresh === undefined ? 'needs no renewal' : refreshText(refresh, context.clock.now());
    return context.output.result(summary, () => `${nameOf(summary)}: ${how}`);
  }
  const why = refresh.reason ?? 'the vendor gave no reason';
  const isLost = needsLogin(summary);
  throw new AppError(isLost ? 'login_needed' : 'refresh_failed', `${nameOf(summary)} was not renewed: ${clean(why)}`, {
    exitCode: isLost ? EXIT.loginNeeded : EXIT.failed,
    hint: isLost ? `log in again with \`${loginCommandFor(provider)}\`` : 'it is tried again by itself',
    details: { ...summary },
  });
}
