import type { Path } from '../path.js';
import { membersOf, type RawConfig, rawEntries, recordsOf, textOf } from '../raw.js';
import type { Report } from '../report.js';

const PROXY_PROTOCOLS = ['http:', 'https:', 'socks5:', 'socks5h:'];

/** Addresses of upstreams, vendors and proxies. None is ever quoted: it may hold a password. */
export function checkUrls(raw: RawConfig, report: Report): void {
  const base = (path: Path, value: unknown): void => {
    const text = textOf(value);
    if (text !== undefined && !isHttpUrl(text)) wrong(report, path, 'an http or https URL');
  };
  const proxy = (path: Path, value: unknown): void => {
    const text = textOf(value);
    if (text !== undefined && !isProxy(text))
      wrong(report, path, 'an http, https, socks5 or socks5h URL, direct or none');
  };

  proxy(['proxy-url'], raw['proxy-url']);
  for (const { section, index, entry } of rawEntries(raw)) {
    base([section, index, 'base-url'], entry['base-url']);
    base([section, index, 'cursor-api-url'], entry['cursor-api-url']);
    proxy([section, index, 'proxy-url'], entry['proxy-url']);
    for (const [position, key] of recordsOf(entry['api-key-entries'])) {
      proxy([section, index, 'api-key-entries', position, 'proxy-url'], key['proxy-url']);
    }
  }
  for (const [channel, url] of membersOf(raw['oauth-upstream'])) base(['oauth-upstream', channel], url);
  for (const [provider, endpoints] of membersOf(raw['oauth-endpoints'])) {
    for (const [kind, url] of membersOf(endpoints)) {
      const text = textOf(url);
      if (text !== undefined && !isSafeUrl(text)) {
        wrong(report, ['oauth-endpoints', provider, kind], 'an https URL, or an http URL on loopback');
      }
    }
  }
}

function wrong(report: Report, path: Path, expected: string): void {
  report.problem(path, { code: 'wrong_url', expected, found: 'another text' });
}

function isHttpUrl(text: string): boolean {
  const url = urlOf(text);
  return url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '';
}

/** Tokens travel there: in clear text only where nobody can listen. */
function isSafeUrl(text: string): boolean {
  const url = urlOf(text);
  if (url === undefined) return false;
  return (
    url.protocol === 'https:' || (url.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname))
  );
}

function isProxy(text: string): boolean {
  if (/^(direct|none)$/i.test(text)) return true;
  const url = urlOf(text);
  return url !== undefined && PROXY_PROTOCOLS.includes(url.protocol) && url.hostname !== '';
}

/** `URL.parse` came with Node 22. */
export const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);
