import type { Warning } from '../dialects/dialect.js';
import type { ClientHeaders } from '../providers/provider.js';

/** Request header of a client that wants to hear what its request lost on the way; `0` is no. */
const ASKED = 'x-cliproxy-warnings';

/** A header this long still passes every common proxy. */
const MAX_CHARS = 4096;

/** How a client is told what its request lost: a header, and at the end of an event stream a comment. */
export interface WarningNotes {
  readonly headers: Readonly<Record<string, string>>;
  readonly comment: string;
}

const SILENT: WarningNotes = { headers: {}, comment: '' };

/** The notes of one answer; nothing for a client that did not ask. */
export function warningNotes(clientHeaders: ClientHeaders, warnings: readonly Warning[]): WarningNotes {
  const asked = clientHeaders[ASKED];
  if (asked === undefined || asked === '' || asked === '0') return SILENT;
  const list = printWarnings(warnings);
  return { headers: { [ASKED]: list }, comment: `: warnings ${list}\n\n` };
}

/** A JSON list in ASCII of at most 4096 characters; what does not fit is counted in a last entry. */
export function printWarnings(warnings: readonly Warning[]): string {
  const entries: string[] = [];
  let length = 2;
  for (const { path, reason } of warnings) {
    const entry = toAscii(JSON.stringify({ path, reason }));
    if (length + entry.length + 1 > MAX_CHARS - REST_CHARS) {
      entries.push(JSON.stringify({ path: '', reason: `${warnings.length - entries.length} more warnings` }));
      break;
    }
    entries.push(entry);
    length += entry.length + 1;
  }
  return `[${entries.join(',')}]`;
}

/** Room for the last entry. */
const REST_CHARS = 64;

const toAscii = (json: string): string =>
  json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
