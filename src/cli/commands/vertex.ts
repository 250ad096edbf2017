import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import type { CliContext } from '../context.js';
import { logInToAccount, PLAIN_LOGIN, renderDone, tryLine } from '../login/account.js';

interface ImportFlags {
  readonly config?: string;
  readonly location?: string;
  readonly prefix?: string;
  readonly projectId?: string;
  readonly yes?: boolean;
}

const CHANNEL = 'vertex';

export const vertexCommand = (context: CliContext): Command =>
  new Command('vertex').helpCommand(false).addCommand(importCommand(context));

const importCommand = (context: CliContext): Command =>
  new Command('import')
    .description('take a Google Cloud credential into use')
    .argument(
      '[file]',
      'JSON key of a service account; without it: the application-default credentials of this machine',
    )
    .option('--location <region>', 'where the models are asked: a region, us, eu or global (default: us-central1)')
    .option('--prefix <name>', 'serve its models as name/model')
    .option('--project-id <id>', 'the project that is billed, where the credential names none')
    .option('--config <file>', 'the config file')
    .option('-y, --yes', 'do not ask whether to go on')
    .addHelpText(
      'after',
      '\n  cliproxyctl vertex import key.json\n  cliproxyctl vertex import key.json --location global --prefix team-a\n  cliproxyctl vertex import --project-id my-project',
    )
    .action(async (file: string | undefined, flags: ImportFlags) => {
      const { location, prefix, projectId } = flags;
      const options = { location, prefix, project: projectId };
      const done = await logInToAccount(context, {
        ...PLAIN_LOGIN,
        channel: CHANNEL,
        config: flags.config,
        method: file === undefined ? 'import' : 'token',
        options: Object.fromEntries(Object.entries(options).flatMap(([key, value]) => (value ? [[key, value]] : []))),
        isAgreed: flags.yes === true,
        secret: file === undefined ? undefined : await readKey(file),
      });
      const { result, models, clientKey } = done;
      context.output.result(
        {
          credential: result.credential,
          name: result.name,
          label: result.label,
          replaced: result.replaced,
          ...(result.warning === undefined ? {} : { warning: result.warning }),
          ...(models === undefined ? {} : { models: models.length }),
          ...(clientKey === undefined ? {} : { client_key: clientKey }),
          try: tryLine(CHANNEL, done),
          stdout: `Vertex credentials imported: ${result.name}\n`,
        },
        () => renderDone(context, CHANNEL, done),
      );
      if (result.warning !== undefined) context.output.warn(result.warning);
    });

/** On one line, so that it is the answer to a question. */
async function readKey(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('key_unreadable', `key file "${path}" cannot be read`, { exitCode: EXIT.usage, cause });
  });
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The parser's own words quote the file.
    throw new AppError('key_unreadable', `key file "${path}" is no JSON`, { exitCode: EXIT.usage });
  }
}
