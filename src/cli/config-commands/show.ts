import { readConfigFile } from '../../shared/config/load.js';
import type { CliContext } from '../context.js';
import { maskConfigText } from './mask.js';

/** Prints the file as it stands, comments included, with its secrets masked unless they are asked for. */
export async function showConfig({ output }: CliContext, path: string, isRevealed: boolean): Promise<void> {
  const text = await readConfigFile(path);
  const shown = isRevealed ? text : maskConfigText(text);
  output.result({ config_path: path, masked: !isRevealed, text: shown }, () => shown.trimEnd());
}
