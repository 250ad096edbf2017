import { isIP } from 'node:net';
import { isRecord } from '../plain.js';
import { type RawConfig, textOf } from '../raw.js';
import type { Report } from '../report.js';
import { readFlag } from '../schema/fields.js';
import { urlOf } from './urls.js';

/** TLS, origins, trusted proxies. */
export function checkNetwork(raw: RawConfig, report: Report): void {
  const { tls } = raw;
  if (isRecord(tls) && readFlag(tls['enable']) === true) {
    for (const key of ['cert', 'key']) {
      if (textOf(tls[key]) === undefined) {
        report.problem(['tls', key], { code: 'tls_incomplete', expected: 'the path of a PEM file', found: 'nothing' });
      }
    }
  }
  for (const [index, range] of textsOf(raw['trusted-proxies'])) {
    if (!isAddressRange(range)) {
      report.problem(['trusted-proxies', index], {
        code: 'wrong_value',
        expected: 'an address or a CIDR range such as 10.0.0.0/8',
        found: 'another text',
      });
    }
  }
  for (const [index, origin] of textsOf(raw['allowed-origins'])) {
    if (!isOrigin(origin)) {
      report.problem(['allowed-origins', index], {
        code: 'wrong_value',
        expected: 'one origin such as https://app.example:8080',
        found: origin === '*' ? 'a wildcard' : 'another text',
        ...(origin === '*' ? { hint: 'with a wildcard any web page could use your accounts' } : {}),
      });
    }
  }
}

function textsOf(value: unknown): [number, string][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item, index): [number, string][] => {
    const text = textOf(item);
    return text === undefined ? [] : [[index, text]];
  });
}

function isAddressRange(range: string): boolean {
  const [address = '', bits, ...rest] = range.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function isOrigin(text: string): boolean {
  const url = urlOf(text);
  return (
    url !== undefined &&
    url.host !== '' &&
    url.pathname.length <= 1 &&
    url.search === '' &&
    url.hash === '' &&
    url.username === ''
  );
}
