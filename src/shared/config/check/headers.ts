import type { Path } from '../path.js';
import { membersOf, type RawConfig, rawEntries, textOf } from '../raw.js';
import type { Report } from '../report.js';

/** They hold what authenticates the client to us. */
const FORBIDDEN_COPIES: ReadonlySet<string> = new Set([
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'cookie',
  'proxy-authorization',
]);
// RFC 9110 §5.6.2: the signs a header name may have.
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Headers that entries send upstream. */
export function checkHeaders(raw: RawConfig, report: Report): void {
  for (const { section, index, entry } of rawEntries(raw)) {
    for (const [name, value] of membersOf(entry['headers']))
      checkHeader([section, index, 'headers', name], name, textOf(value), report);
  }
}

function checkHeader(path: Path, name: string, value: string | undefined, report: Report): void {
  if (value === undefined) return;
  if (!NAME.test(name.trim())) {
    return report.problem(path, {
      code: 'header_invalid',
      expected: 'a header name',
      found: 'signs that none may have',
    });
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
    return report.problem(path, {
      code: 'header_invalid',
      expected: 'one line of text',
      found: 'a line break or another control sign',
    });
  }
  if (value.startsWith('$') && FORBIDDEN_COPIES.has(value.slice(1).trim().toLowerCase())) {
    report.problem(path, {
      code: 'header_forbidden',
      expected: 'a header that does not hold a client key',
      found: `a copy of ${value.slice(1).trim().toLowerCase()}`,
      hint: 'client keys never go upstream; write the key of the upstream as api-key',
    });
  }
}
