import type { Path } from '../path.js';
import { membersOf, type RawConfig, rawEntries, recordsOf, textOf } from '../raw.js';
import type { Report } from '../report.js';

/** One name for two models: nobody could say which answers. The rows of a compatible provider may share one, as a pool. */
export function checkAliases(raw: RawConfig, report: Report): void {
  for (const { section, index, entry } of rawEntries(raw)) {
    if (section !== 'openai-compatibility') checkRows(entry['models'], [section, index, 'models'], report);
  }
  for (const [channel, aliases] of membersOf(raw['oauth-model-alias'])) {
    checkRows(aliases, ['oauth-model-alias', channel], report);
  }
}

function checkRows(rows: unknown, path: Path, report: Report): void {
  const seen = new Map<string, { readonly name: string; readonly line: number }>();
  for (const [row, model] of recordsOf(rows)) {
    const name = textOf(model['name']) ?? textOf(model['alias']);
    const alias = textOf(model['alias']) ?? name;
    if (name === undefined || alias === undefined) continue;
    const first = seen.get(alias.toLowerCase());
    const field = textOf(model['alias']) === undefined ? 'name' : 'alias';
    if (first === undefined) seen.set(alias.toLowerCase(), { name: name.toLowerCase(), line: row });
    else if (first.name === name.toLowerCase()) {
      report.warn([...path, row], 'duplicate_model', `says the same as row ${first.line + 1} of the list`);
    } else {
      report.problem([...path, row, field], {
        code: 'duplicate_alias',
        expected: 'a name that no other model of the list has',
        found: `the name of row ${first.line + 1}`,
        hint: 'only models of one openai-compatibility provider may share an alias',
      });
    }
  }
}
