import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../../src/daemon/ir/json.js';
import { readServiceAccount } from '../../../../src/daemon/login/google/service-account.js';
import { makeServiceAccount } from '../../../support/vendors/google.js';

const { file } = makeServiceAccount();
const PEM = String(file['private_key']);
const PKCS1 = createPrivateKey(PEM).export({ type: 'pkcs1', format: 'pem' }).toString();
const ESCAPE = String.fromCharCode(0x1b);

/** Only the base64 may be broken: the marks stand as they are. */
function wrapped(pem: string): string {
  const [, mark = '', body = ''] = /(-----BEGIN [^-]+-----)([\s\S]+)-----END/.exec(pem) ?? [];
  const lines = body.replaceAll('\n', '').replaceAll(/(.{17})/g, '$1 \n\t');
  return `${mark}\n${lines}\n${mark.replace('BEGIN', 'END')}\n`;
}

test.each([
  { name: 'as the console gives it', pem: PEM },
  { name: 'in the older form', pem: PKCS1 },
  { name: 'with the line ends of Windows', pem: PEM.replaceAll('\n', '\r\n') },
  { name: 'with line ends that were escaped twice', pem: PEM.replaceAll('\n', '\\n') },
  {
    name: 'with the colours of a terminal',
    pem: `${ESCAPE}[32m${PEM}${ESCAPE}[0m`.replace('MII', `M${ESCAPE}[1;31mII`),
  },
  { name: 'on one line', pem: PEM.replaceAll('\n', '') },
  { name: 'wrapped elsewhere', pem: wrapped(PEM) },
  { name: 'with bytes that were no UTF-8', pem: PEM.replace('\n', '\uFFFD\n') },
])('a key is taken $name', ({ pem }) => {
  const account = readServiceAccount({ ...file, private_key: pem });
  expect(account.file['private_key']).toBe(PEM);
  expect(account).toMatchObject({ projectId: 'demo-project', keyId: 'key-0001' });
});

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });

describe('a file is refused, without a word of the key', () => {
  test.each<{ name: string; value: JsonValue; says: string }>([
    { name: 'no JSON', value: 'hello', says: 'no JSON object' },
    { name: 'a list', value: [], says: 'no JSON object' },
    { name: 'no key', value: { ...file, private_key: '' }, says: 'private_key missing' },
    { name: 'no project', value: { ...file, project_id: '' }, says: 'project_id missing' },
    { name: 'no e-mail', value: { ...file, client_email: undefined }, says: 'client_email missing' },
    { name: 'no PEM', value: { ...file, private_key: PEM.replace('BEGIN', 'BEGUN') }, says: 'no PEM key' },
    {
      name: 'half a key',
      value: { ...file, private_key: `${PEM.slice(0, 300)}\n-----END PRIVATE KEY-----` },
      says: 'no RSA key',
    },
    { name: 'another kind of key', value: { ...file, private_key: ec.toString() }, says: 'no RSA key' },
  ])('$name', ({ value, says }) => {
    let message = '';
    try {
      readServiceAccount(value);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(says);
    expect(message).not.toContain(PEM.slice(40, 80));
  });
});

test.each([
  { uri: 'https://oauth2.googleapis.com/token', taken: true },
  { uri: 'https://oauth2.googleapis.com.evil.example/token', taken: false },
  { uri: 'https://evil@oauth2.googleapis.com/token', taken: false },
  { uri: 'http://oauth2.googleapis.com/token', taken: false },
  { uri: 'https://oauth2.googleapis.com:8443/token', taken: false },
  { uri: 'not an address', taken: false },
])('the token endpoint $uri of a file counts: $taken', ({ uri, taken }) => {
  expect(readServiceAccount({ ...file, token_uri: uri }).tokenUrl).toBe(taken ? uri : undefined);
});
