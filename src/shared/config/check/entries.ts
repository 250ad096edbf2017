import { isRecord } from '../plain.js';
import { type RawConfig, rawEntries, recordsOf, textOf } from '../raw.js';
import type { Report } from '../report.js';
import { providerShape } from '../schema/providers.js';
import { REQUIRED_FIELDS, uselessness } from '../schema/usable.js';

/** Entries and prefixes that the schema leaves out, and provider names that occur twice. */
export function checkEntries(raw: RawConfig, report: Report): void {
  for (const section of Object.keys(providerShape)) {
    const entries = recordsOf(raw[section]);
    const reasons = uselessness(
      section,
      entries.map(([, entry]) => entry),
    );
    for (const [position, [index]] of entries.entries()) {
      const reason = reasons[position];
      if (reason === 'duplicate')
        report.warn([section, index], 'entry_dropped', 'left out: the same entry stands above');
      if (reason === 'incomplete') {
        const needed = REQUIRED_FIELDS.get(section)?.join(' or ');
        report.warn([section, index], 'entry_dropped', `left out: it has no ${needed}`);
      }
    }
  }
  for (const { section, index, entry } of rawEntries(raw)) {
    if (
      textOf(entry['prefix'])
        ?.replace(/^\/+|\/+$/g, '')
        .includes('/')
    ) {
      report.warn([section, index, 'prefix'], 'prefix_dropped', 'left out: a prefix is one path segment');
    }
    for (const [row, model] of recordsOf(entry['models'])) {
      if (textOf(model['name']) === undefined && textOf(model['alias']) === undefined) {
        report.warn([section, index, 'models', row], 'entry_dropped', 'left out: the model has no name');
      }
    }
  }
  checkNames(raw, report);
}

function checkNames(raw: RawConfig, report: Report): void {
  const seen = new Set<string>();
  for (const [index, entry] of recordsOf(raw['openai-compatibility'])) {
    const name = isRecord(entry) ? textOf(entry['name'])?.toLowerCase() : undefined;
    if (name === undefined) continue;
    if (seen.has(name)) {
      const message = 'a provider above has this name; usage and models of the two cannot be told apart';
      report.warn(['openai-compatibility', index, 'name'], 'duplicate_provider_name', message);
    }
    seen.add(name);
  }
}
