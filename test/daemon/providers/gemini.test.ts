import { expect, test } from 'vitest';
import { gemini } from '../../../src/daemon/providers/gemini/provider.js';
import { endpointOf, send } from '../../support/provider.js';

const SECRET = { apiKey: 'AIza-1', baseUrl: '' };
const OFFICIAL = 'https://generativelanguage.googleapis.com/v1beta/models/m-1';

test.each([
  ['', OFFICIAL],
  ['https://g.test', 'https://g.test/v1beta/models/m-1'],
  ['https://g.test/v1beta/', 'https://g.test/v1beta/models/m-1'],
  ['https://g.test/v1', 'https://g.test/v1beta/models/m-1'],
  ['https://g.test/root', 'https://g.test/root/v1beta/models/m-1'],
])('base URL "%s" leads to %s', (baseUrl, url) => {
  expect(send(gemini, { ...SECRET, baseUrl }).url).toBe(`${url}:generateContent`);
});

test('method and framing stand in the URL', () => {
  expect(send(gemini, SECRET, { stream: true }).url).toBe(`${OFFICIAL}:streamGenerateContent?alt=sse`);
  expect(send(gemini, SECRET, { operation: 'count-tokens' }).url).toBe(`${OFFICIAL}:countTokens`);
  expect(send(gemini, SECRET, { operation: 'embed' }).url).toBe(`${OFFICIAL}:batchEmbedContents`);
  expect(endpointOf(gemini.bind(SECRET), { operation: 'image' })).toBeUndefined();
});

test('a model name cannot leave its place in the URL', () => {
  expect(send(gemini, SECRET, { model: { id: 'a/../b?c' } }).url).toContain('/models/a%2F..%2Fb%3Fc:generateContent');
});

test('the key goes in its own header, never in the URL, and none as no header', () => {
  const sent = send(gemini, SECRET, { client: { 'x-goog-api-key': 'mine' } });
  expect(sent.headers['x-goog-api-key']).toBe('AIza-1');
  expect(sent.url).not.toContain('AIza-1');
  expect(send(gemini, { baseUrl: '' }, { client: { 'x-goog-api-key': 'mine' } }).headers).not.toHaveProperty(
    'x-goog-api-key',
  );
});

test('configured headers are sent, copies of the client’s included', () => {
  const secret = { ...SECRET, headers: { 'X-Team': 'a', 'X-Trace': '$X-Request-Id', 'X-Key': '$x-goog-api-key' } };
  const { headers } = send(gemini, secret, { client: { 'x-request-id': 'r-1', 'x-goog-api-key': 'mine' } });
  expect(headers).toMatchObject({ 'x-team': 'a', 'x-trace': 'r-1' });
  expect(headers).not.toHaveProperty('x-key');
});

test('the body loses what stands in the URL and keeps the rest', () => {
  const { text } = send(gemini, SECRET, { body: { model: 'alias', contents: [], stream: true } });
  expect(text).toBe('{"contents":[]}');
});
