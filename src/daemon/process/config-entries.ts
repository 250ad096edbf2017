import { stringify } from 'yaml';
import type { ConfigEdit } from '../../shared/config/edit.js';
import { parseConfig, requireConfig } from '../../shared/config/load.js';
import { isRecord } from '../../shared/config/plain.js';
import { readDocument } from '../../shared/config/source.js';
import type { CredentialChange } from '../../shared/contract/credentials.js';
import { AppError } from '../../shared/errors.js';
import { openCatalog } from '../models/catalog.js';
import { compileCredentials } from '../runtime/credentials.js';

const SECTIONS = ['claude-api-key', 'gemini-api-key', 'codex-api-key', 'openai-compatibility'] as const;
const MAX_ALIASES = 100;

/** Where a credential stands in the config file. */
export interface EntryPlace {
  readonly section: (typeof SECTIONS)[number];
  readonly index: number;
  /** Which of the entry's keys, where it has several. */
  readonly key: number;
}

/** Finds a credential's entry in the text of a config: each is compiled alone, so that left-out neighbours do not count. */
export function placeOf(text: string, id: string): EntryPlace | undefined {
  for (const place of placesIn(text)) if (place.ids.includes(id)) return { ...place, key: place.ids.indexOf(id) };
  return undefined;
}

/** The id of what stands at a place; its settings are part of it, and may have changed. */
export const idAt = (text: string, { section, index, key }: EntryPlace): string | undefined =>
  placesIn(text).find((place) => place.section === section && place.index === index)?.ids[key];

function placesIn(text: string): { section: EntryPlace['section']; index: number; ids: string[] }[] {
  const content: unknown = readDocument(text).toJS({ maxAliasCount: MAX_ALIASES });
  if (!isRecord(content)) return [];
  const catalog = openCatalog();
  return SECTIONS.flatMap((section) => {
    const entries = content[section];
    if (!Array.isArray(entries)) return [];
    return entries.map((entry, index) => {
      const { config } = requireConfig(parseConfig(stringify({ [section]: [entry] }), { path: 'config.yaml' }));
      return { section, index, ids: compileCredentials(config, catalog).map((credential) => credential.id) };
    });
  });
}

/** The edits that make a change in a config. @throws AppError `setting_not_in_config` for what an entry cannot hold. */
export function editsFor(text: string, place: EntryPlace, change: CredentialChange): ConfigEdit[] {
  if (change.note !== undefined) {
    throw new AppError('setting_not_in_config', 'an entry of the config file has no note', {
      hint: 'write a comment beside it in the file',
    });
  }
  const { section, index, key } = place;
  const at = [section, index] as const;
  const content: unknown = readDocument(text).toJS({ maxAliasCount: MAX_ALIASES });
  const entries = isRecord(content) ? content[section] : undefined;
  const entry: unknown = Array.isArray(entries) ? entries[index] : undefined;
  const edits: ConfigEdit[] = [];
  const put = (path: readonly (string | number)[], value: unknown): void => {
    edits.push(value === null ? { type: 'remove', path: [...path] } : { type: 'set', path: [...path], value });
  };
  if (change.priority !== undefined) put([...at, 'priority'], change.priority);
  if (change.prefix !== undefined) put([...at, 'prefix'], change.prefix);
  if (change.weight !== undefined) {
    const keys = isRecord(entry) ? entry['api-key-entries'] : undefined;
    if (section === 'openai-compatibility' && !Array.isArray(keys)) {
      throw new AppError('setting_not_in_config', 'this entry has no key that could have a weight');
    }
    put(
      section === 'openai-compatibility' ? [...at, 'api-key-entries', key, 'weight'] : [...at, 'weight'],
      change.weight,
    );
  }
  if (change.disabled !== undefined) edits.push(...switchEdits(at, entry, change.disabled));
  return edits;
}

/** `*` among the excluded models switches an entry off, here as in the related gateways. */
function switchEdits(at: readonly [string, number], entry: unknown, disabled: boolean): ConfigEdit[] {
  const path = [...at, 'excluded-models'];
  const excluded: unknown = isRecord(entry) ? entry['excluded-models'] : undefined;
  const patterns: readonly unknown[] = Array.isArray(excluded) ? excluded : [];
  if (disabled) return patterns.includes('*') ? [] : [{ type: 'append', path, value: '*' }];
  const rest = patterns.filter((pattern) => pattern !== '*');
  const isOff = isRecord(entry) && entry['disabled'] === true;
  return [
    ...(isOff ? [{ type: 'set', path: [...at, 'disabled'], value: false } as const] : []),
    rest.length === 0 ? { type: 'remove', path } : { type: 'set', path, value: rest },
  ];
}
