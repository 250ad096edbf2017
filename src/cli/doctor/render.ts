import type { ChalkInstance } from 'chalk';
import { clean } from '../ui/text.js';
import type { CheckReport, CheckState, Finding } from './check.js';

const TITLE_WIDTH = 12;

/** A check as one line, with the single findings and their hints below it. */
export function renderReport(report: CheckReport, color: ChalkInstance): string {
  const lines = [
    `${mark(report.state, color)} ${report.title.padEnd(TITLE_WIDTH)}  ${tint(report.message, report.state, color)}`,
  ];
  // What is fine needs no second line; `--json` has it all.
  const isQuiet = report.state === 'ok' && report.areFindingsShown !== true;
  for (const finding of isQuiet ? [] : (report.findings ?? [])) {
    lines.push(`  ${mark(finding.state, color)} ${clean(finding.message)}`, ...hint(finding, '    ', color));
  }
  lines.push(...hint(report, '  ', color));
  return lines.join('\n');
}

const hint = (finding: Finding, indent: string, color: ChalkInstance): string[] =>
  finding.hint === undefined || finding.state === 'ok' ? [] : [`${indent}${color.dim(`hint: ${clean(finding.hint)}`)}`];

const tint = (message: string, state: CheckState, color: ChalkInstance): string =>
  state === 'skipped' ? color.dim(`skipped: ${clean(message)}`) : clean(message);

function mark(state: CheckState, color: ChalkInstance): string {
  switch (state) {
    case 'ok':
      return color.green('✓');
    case 'warning':
      return color.yellow('!');
    case 'problem':
      return color.red('✗');
    case 'skipped':
      return color.dim('-');
  }
}

/** The last line: whether requests can be served. */
export const renderVerdict = (state: CheckState, configPath: string, color: ChalkInstance): string =>
  state === 'warning'
    ? color.yellow(`doctor ok, with findings (config=${configPath})`)
    : color.green(`doctor ok (config=${configPath})`);
