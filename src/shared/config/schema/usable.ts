import { readFlag, readText } from './fields.js';

type Entry = Readonly<Record<string, unknown>>;

/** What an entry must hold, one of them at least, to be of any use. */
export const REQUIRED_FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['gemini-api-key', ['api-key', 'base-url']],
  ['interactions-api-key', ['api-key', 'base-url']],
  ['codex-api-key', ['base-url']],
  ['xai-api-key', ['base-url']],
  ['vertex-api-key', ['api-key']],
  ['openai-compatibility', ['base-url']],
  ['kiro', ['token-file', 'access-token', 'refresh-token']],
  ['kilo', ['api-key', 'anonymous']],
]);

const COLLAPSING: ReadonlySet<string> = new Set(['gemini-api-key', 'interactions-api-key']);
const IDENTITY = ['api-key', 'base-url', 'proxy-url', 'prefix', 'headers'];

export type Uselessness = 'incomplete' | 'duplicate';

/** Why each entry of a provider list is left out, or undefined for those that stay. Takes entries as written or as parsed. */
export function uselessness(section: string, entries: readonly Entry[]): (Uselessness | undefined)[] {
  const required = REQUIRED_FIELDS.get(section) ?? [];
  const seen = new Set<string>();
  return entries.map((entry) => {
    if (required.length > 0 && required.every((field) => isBlank(entry[field]))) return 'incomplete';
    if (!COLLAPSING.has(section)) return undefined;
    const identity = JSON.stringify(IDENTITY.map((field) => (isBlank(entry[field]) ? '' : readText(entry[field]))));
    if (seen.has(identity)) return 'duplicate';
    seen.add(identity);
    return undefined;
  });
}

/** The entries that are of use. */
export function usableEntries<Item extends Entry>(section: string, entries: readonly Item[]): Item[] {
  const reasons = uselessness(section, entries);
  return entries.filter((_, index) => reasons[index] === undefined);
}

function isBlank(value: unknown): boolean {
  if (value === undefined || value === null || readText(value) === '') return true;
  if (readFlag(value) === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
