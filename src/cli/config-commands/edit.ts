import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { hashConfig, parseConfig, readConfigFile } from '../../shared/config/load.js';
import { AppError } from '../../shared/errors.js';
import { EXIT } from '../../shared/exit.js';
import { problemText } from '../config-state.js';
import { reloadIfRunning, saveConfig } from '../config-write.js';
import type { CliContext } from '../context.js';
import { usageError } from '../ui/failure.js';

/** Opens a copy in the person's editor until it is valid or given up; the file itself only ever sees a valid config. */
export async function editConfigFile(context: CliContext, path: string): Promise<void> {
  const { output, prompts, env, paths } = context;
  const editor = (env['VISUAL'] || env['EDITOR'] || '').trim();
  if (editor === '') throw usageError('no editor is set', 'set $VISUAL or $EDITOR, such as EDITOR=nano');
  const before = await readConfigFile(path);
  // In our own folder, not the shared one: the copy holds the same secrets.
  const folder = await makePrivateFolder(paths.runDir);
  const copy = join(folder, basename(path));
  try {
    await writeFile(copy, before, { mode: 0o600 });
    for (;;) {
      await openEditor(editor, copy);
      const text = await readFile(copy, 'utf8');
      if (text === before) return output.result({ config_path: path, changed: false }, () => 'nothing changed');
      const { problems } = parseConfig(text, { path });
      if (problems.length === 0) {
        await saveConfig(path, text, hashConfig(before));
        const isReloaded = await reloadIfRunning(context.management, path);
        const also = isReloaded ? ', and reloaded' : '';
        return output.result({ config_path: path, changed: true, reloaded: isReloaded }, () => `saved ${path}${also}`);
      }
      for (const problem of problems) output.note(`${output.talkColor.red('problem:')} ${problemText(problem)}`);
      const again = prompts.isInteractive && (await askAgain(context));
      if (!again) {
        throw new AppError('config_invalid', 'the changes are discarded: they are no valid config', {
          hint: 'edit it again and correct them',
          exitCode: EXIT.usage,
          details: { config_path: path, changed: false, problems },
        });
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const askAgain = ({ prompts }: CliContext): Promise<boolean> =>
  prompts.select({
    message: 'This cannot be saved. What now?',
    flag: 'a terminal',
    choices: [
      { value: true, name: 'Edit it again' },
      { value: false, name: 'Discard my changes' },
    ],
  });

async function makePrivateFolder(runDir: string): Promise<string> {
  await mkdir(runDir, { recursive: true, mode: 0o700 });
  return mkdtemp(join(runDir, 'edit-'));
}

/** An editor may be given with arguments (`code --wait`), so it goes through the shell, with the file as its argument. */
function openEditor(editor: string, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const isWindows = process.platform === 'win32';
    const child = isWindows
      ? spawn(`${editor} "${file}"`, { stdio: 'inherit', shell: true })
      : spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    child.once('error', (error) =>
      reject(new AppError('editor_failed', `the editor cannot be started: ${error.message}`)),
    );
    child.once('exit', (code, signal) => {
      if (code === 0) return resolve();
      reject(
        new AppError('editor_failed', `the editor ended with ${signal ?? `code ${code}`}; nothing was changed`, {
          hint: 'check $VISUAL and $EDITOR',
        }),
      );
    });
  });
}
