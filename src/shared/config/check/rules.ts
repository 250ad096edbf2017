import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Path } from '../path.js';
import { patternOf } from '../pattern.js';
import { isRecord } from '../plain.js';
import { membersOf, type RawConfig, rawEntries, recordsOf, textOf } from '../raw.js';
import type { Report } from '../report.js';
import { errorRule, usableRule } from '../schema/models.js';
import { hasJsonParams, payloadItems, usablePrompt } from '../schema/payload.js';

/** Error rules and payload rules that the schema leaves out, patterns that are none, and prompt files out of reach. */
export function checkRules(raw: RawConfig, report: Report, file: string): void {
  for (const { section, index, entry } of rawEntries(raw)) {
    checkErrorRules(entry['request-scoped-errors'], [section, index, 'request-scoped-errors'], report);
  }
  for (const [channel, rules] of membersOf(raw['oauth-request-scoped-errors'])) {
    checkErrorRules(rules, ['oauth-request-scoped-errors', channel], report);
  }
  const { payload } = raw;
  if (!isRecord(payload)) return;
  for (const kind of ['default-raw', 'override-raw']) {
    for (const [index, rule] of recordsOf(payload[kind])) {
      const parsed = payloadItems.setRule.safeParse(rule);
      if (parsed.success && !hasJsonParams(parsed.data)) {
        report.warn(['payload', kind, index], 'rule_dropped', 'left out: a value is not JSON');
      }
    }
  }
  for (const [index, prompt] of recordsOf(payload['system-prompts'])) checkPrompt(prompt, index, report, file);
}

function checkErrorRules(rules: unknown, path: Path, report: Report): void {
  for (const [index, rule] of recordsOf(rules)) {
    const parsed = errorRule.safeParse(rule);
    if (!parsed.success) continue;
    if (usableRule(parsed.data) === undefined) {
      const message = 'left out: a rule needs a status, something to match, and a known action';
      report.warn([...path, index], 'rule_dropped', message);
    }
    for (const [position, pattern] of parsed.data['match-regexr'].entries()) {
      if (patternOf(pattern) === undefined) {
        report.warn(
          [...path, index, 'match-regexr', position],
          'invalid_pattern',
          'not a regular expression; it never matches',
        );
      }
    }
  }
}

function checkPrompt(prompt: Readonly<Record<string, unknown>>, index: number, report: Report, file: string): void {
  const path = ['payload', 'system-prompts', index];
  const parsed = payloadItems.systemPrompt.safeParse(prompt);
  if (parsed.success && usablePrompt(parsed.data) === undefined) {
    const message = 'left out: a system prompt needs models, a file, and a known mode';
    report.warn(path, 'rule_dropped', message);
  }
  const promptFile = textOf(prompt['prompt-file']);
  if (promptFile !== undefined && !isInside(dirname(resolve(file)), promptFile)) {
    report.problem([...path, 'prompt-file'], {
      code: 'prompt_file_outside',
      expected: 'a file in the folder of the config',
      found: 'a path that leads elsewhere',
      hint: 'move the file beside the config',
    });
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, resolve(folder, path));
  return way !== '' && !isAbsolute(way) && way.split(/[\\/]/)[0] !== '..';
}
