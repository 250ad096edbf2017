import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Config } from './schema.js';

/** Text of each prompt file, by its name in the config. */
export type PromptTexts = Readonly<Record<string, string>>;

export interface PromptWarning {
  readonly code: 'prompt_left_out';
  readonly message: string;
}

export interface ReadPrompts {
  readonly texts: PromptTexts;
  /** Files that are left out, and why. */
  readonly warnings: readonly PromptWarning[];
}

/** A system prompt longer than this fits no model beside a conversation. */
const MAX_PROMPT_BYTES = 1024 * 1024;

/** Where the prompt files of a config are. */
export const promptPaths = (config: Config, configPath: string): readonly string[] =>
  promptFiles(config).map((file) => resolve(dirname(configPath), file));

/** Reads the files of `payload.system-prompts`, which stay in the config's folder, links included. Never throws. */
export async function readPrompts(config: Config, configPath: string): Promise<ReadPrompts> {
  const texts: Record<string, string> = {};
  const warnings: PromptWarning[] = [];
  for (const file of promptFiles(config)) {
    const read = await readPrompt(file, dirname(resolve(configPath)));
    if ('text' in read) texts[file] = read.text;
    else warnings.push({ code: 'prompt_left_out', message: `system prompt "${file}" is left out: ${read.problem}` });
  }
  return { texts, warnings };
}

const promptFiles = ({ payload }: Config): readonly string[] => [
  ...new Set(payload['system-prompts'].map((prompt) => prompt['prompt-file'])),
];

type Read = { readonly text: string } | { readonly problem: string };

async function readPrompt(file: string, folder: string): Promise<Read> {
  try {
    const path = await realpath(resolve(folder, file));
    const way = relative(await realpath(folder), path);
    if (isAbsolute(way) || way.split(/[\\/]/)[0] === '..')
      return { problem: 'it leads out of the folder of the config' };
    const { size } = await stat(path);
    if (size > MAX_PROMPT_BYTES) return { problem: 'it is larger than 1 MiB' };
    const text = (await readFile(path, 'utf8')).trim();
    return text === '' ? { problem: 'it is empty' } : { text };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return { problem: code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})` };
  }
}
