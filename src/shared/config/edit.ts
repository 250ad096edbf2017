import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import writeFileAtomic from 'write-file-atomic';
import { AppError } from '../errors.js';
import { type Step, stepsBetween } from './edit/changes.js';
import { entangledAlias, writeOut } from './edit/entangled.js';
import { flowText } from './edit/render.js';
import { rewriteSteps } from './edit/rewrite.js';
import { type Sheet, spliceStep } from './edit/splice.js';
import { plainCopy, withoutValue, withValue } from './edit/values.js';
import { hashConfig } from './load.js';
import { formatPath, type Path } from './path.js';
import { isRecord } from './plain.js';
import { readDocument } from './source.js';

/** One change of a config text. */
export type ConfigEdit =
  /** Afterwards the path holds exactly this value. Parts that are equal already keep their text and comments. */
  | { readonly type: 'set'; readonly path: Path; readonly value: unknown }
  /** Nothing happens when nothing stands there. */
  | { readonly type: 'remove'; readonly path: Path }
  /** Adds to the end of a list, and makes the list when there is none. */
  | { readonly type: 'append'; readonly path: Path; readonly value: unknown };

/** Above this many steps the changed part is written anew. */
const MAX_STEPS = 64;
const MAX_ALIASES = 100;

/**
 * Changes a config text and leaves every other sign as it is: comments, order, quotes, line ends, unknown keys. Throws `AppError`:
 * `config_edit_unreadable` when the text is no YAML, `config_edit_conflict` when the path leads through something else than
 * lists and mappings, `config_edit_invalid` for values that YAML cannot hold.
 */
export function editConfig(text: string, edits: readonly ConfigEdit[]): string {
  return edits.reduce(applyEdit, text);
}

function applyEdit(text: string, edit: ConfigEdit): string {
  const original = readSheet(text);
  const before = contentOf(original);
  const after = changed(before, edit);
  if (isDeepStrictEqual(before, after)) return text;
  if (!isRecord(after)) throw new AppError('config_edit_conflict', 'cannot edit the config: it is not a mapping');

  const { sheet, steps } = untangled(original, edit, after);
  const spliced = splice(sheet, steps);
  if (spliced !== undefined && holds(spliced, after)) return spliced;
  const rewritten = rewrite(sheet, steps, edit);
  if (holds(rewritten, after)) return rewritten;
  throw editFailed(edit);
}

function rewrite(sheet: Sheet, steps: readonly Step[], edit: ConfigEdit): string {
  try {
    return rewriteSteps(sheet.text, steps);
  } catch (cause) {
    throw editFailed(edit, cause);
  }
}

const editFailed = ({ path }: ConfigEdit, cause?: unknown): AppError =>
  new AppError('config_edit_failed', `cannot edit ${formatPath(path)} without changing something else`, {
    hint: 'write that part of the file without anchors and tags, or edit it by hand',
    cause,
  });

function changed(before: unknown, edit: ConfigEdit): unknown {
  switch (edit.type) {
    case 'set':
      return withValue(before, edit.path, () => plainCopy(edit.value));
    case 'remove':
      return withoutValue(before, edit.path);
    case 'append':
      return withValue(before, edit.path, (list) => {
        if (list === undefined || list === null) return [plainCopy(edit.value)];
        if (Array.isArray(list)) return [...list, plainCopy(edit.value)];
        throw new AppError('config_edit_conflict', `cannot append to ${formatPath(edit.path)}: it is not a list`);
      });
  }
}

/** The steps of an edit, and a text in which no alias elsewhere depends on what they change. */
function untangled(
  original: Sheet,
  edit: ConfigEdit,
  after: unknown,
): { readonly sheet: Sheet; readonly steps: readonly Step[] } {
  let sheet = original;
  for (let count = 0; ; count++) {
    const steps = stepsFor(sheet, edit, after);
    const alias = entangledAlias(
      sheet.document,
      steps.map(({ path }) => path),
    );
    if (alias === undefined || count > MAX_ALIASES) return { sheet, steps };
    sheet = readSheet(writeOut(sheet.text, sheet.document, alias, flowText));
  }
}

function stepsFor(sheet: Sheet, edit: ConfigEdit, after: unknown): readonly Step[] {
  const steps = stepsBetween({ node: sheet.document.contents, path: [], before: contentOf(sheet), after });
  if (steps.length <= MAX_STEPS || edit.path.length === 0) return steps;
  const value = edit.path.reduce<unknown>(
    (at, segment) => (isRecord(at) || Array.isArray(at) ? Reflect.get(at, segment) : undefined),
    after,
  );
  return [{ type: 'replace', path: edit.path, value }];
}

function splice(sheet: Sheet, steps: readonly Step[]): string | undefined {
  let current = sheet;
  for (const step of steps) {
    const next = spliceStep(current, step);
    if (next === undefined) return undefined;
    const document = readDocument(next);
    if (document.errors.length > 0) return undefined;
    current = { text: next, document };
  }
  return current.text;
}

function holds(text: string, content: unknown): boolean {
  const document = readDocument(text);
  return document.errors.length === 0 && isDeepStrictEqual(contentOf({ text, document }), content);
}

function readSheet(text: string): Sheet {
  const document = readDocument(text);
  if (document.errors.length > 0) {
    throw new AppError('config_edit_unreadable', 'cannot edit the config: it is not valid YAML', {
      hint: '`cliproxyctl doctor` names the place',
    });
  }
  return { text, document };
}

function contentOf({ document }: Sheet): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
  } catch (cause) {
    throw new AppError('config_edit_unreadable', 'cannot edit the config: its aliases cannot be resolved', { cause });
  }
}

export interface WriteOptions {
  /** Hash of the text that the new one was made from; absent = write in any case. */
  readonly expectedHash?: string | undefined;
}

/**
 * Replaces a config file in one go. A new file is readable by its owner only, an old one keeps its mode. Throws `AppError`
 * `config_changed` when the file no longer is what `expectedHash` says, `config_not_written` when the disk refuses.
 */
export async function writeConfigFile(
  path: string,
  text: string,
  { expectedHash }: WriteOptions = {},
): Promise<{ readonly hash: string }> {
  const current = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new AppError('config_not_written', `cannot read config file ${path} before writing`, { cause });
  });
  if (expectedHash !== undefined && (current === undefined || hashConfig(current) !== expectedHash)) {
    throw new AppError('config_changed', `config file ${path} was changed by someone else in the meantime`, {
      hint: 'read it again, and repeat the change',
    });
  }
  try {
    await writeFileAtomic(path, text, current === undefined ? { mode: 0o600 } : {});
  } catch (cause) {
    throw new AppError('config_not_written', `cannot write config file ${path}`, {
      cause,
      hint: 'check its folder and permissions',
    });
  }
  return { hash: hashConfig(text) };
}
