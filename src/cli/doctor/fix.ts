import { mkdir } from 'node:fs/promises';
import { newClientKey } from '../../shared/client-keys.js';
import { readConfigState } from '../config-state.js';
import { saveConfig } from '../config-write.js';
import type { CliContext } from '../context.js';
import { newConfigText } from '../setup/new-config.js';
import { closeExposed, findExposed, octal } from './permissions.js';

/** Creates what is missing and makes private what is open; touches nothing else. Returns what it did, in words. */
export async function fix(context: CliContext, configPath: string): Promise<readonly string[]> {
  const done: string[] = [];
  let state = await readConfigState(configPath, context.env);
  if (!state.exists) {
    await saveConfig(configPath, newConfigText(newClientKey(context.randomBytes)));
    done.push(`created ${configPath}`);
    state = await readConfigState(configPath, context.env);
  }
  if (state.config !== undefined) {
    const created = await mkdir(state.authDir, { recursive: true, mode: 0o700 });
    if (created !== undefined) done.push(`created ${state.authDir}`);
  }
  if (process.platform === 'win32') return done;
  for (const exposed of await findExposed({ configPath, authDir: state.authDir })) {
    await closeExposed(exposed);
    done.push(`${exposed.path} is now ${octal(exposed.mode & exposed.wanted)}`);
  }
  return done;
}
