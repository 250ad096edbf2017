import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { geminiAccount } from '../../../../src/daemon/providers/gemini/account.js';
import { accountContext, sendThrough } from '../../../support/accounts.js';
import type { Ask } from '../../../support/provider.js';
import { makeServiceAccount } from '../../../support/vendors/google.js';

const FILE: JsonObject = {
  type: 'gemini',
  access_token: 'ya29.x',
  refresh_token: '1//x',
  expired: '2026-12-01T00:00:00Z',
  email: 'ann@example.com',
  project_id: 'my-project',
};
const service = makeServiceAccount();
const send = (ask: Ask, fields: JsonObject = FILE, upstreamUrl?: string) =>
  sendThrough(
    geminiAccount.open(fields, accountContext(upstreamUrl === undefined ? {} : { upstreamUrl })),
    'gemini-generate',
    { body: {}, model: { id: 'gemini-2.5-pro' }, ...ask },
  );

describe('a request', () => {
  test('carries the token and who pays, and no key', () => {
    const { headers, url } = send({});
    expect(url).toBe('https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent');
    expect(headers).toMatchObject({ authorization: 'Bearer ya29.x', 'x-goog-user-project': 'my-project' });
    expect(headers).not.toHaveProperty('x-goog-api-key');
  });

  test.each<{ ask: Ask; path: string }>([
    { ask: { stream: true }, path: ':streamGenerateContent?alt=sse' },
    { ask: { operation: 'count-tokens' }, path: ':countTokens' },
    { ask: { operation: 'embed' }, path: ':batchEmbedContents' },
  ])('goes to $path', ({ ask, path }) => {
    const { url } = send(ask, FILE, 'https://gemini.example/v1beta/');
    expect(url).toBe(`https://gemini.example/v1beta/models/gemini-2.5-pro${path}`);
  });

  test('names nobody to pay where the file does not', () => {
    expect(send({}, { ...FILE, project_id: '' }).headers).not.toHaveProperty('x-goog-user-project');
  });
});

test.each([
  { project: 'my-project', says: 'is the Generative Language API enabled in my-project' },
  { project: '', says: 'set "project_id"' },
])('a refusal for want of a quota project says what to do ($project)', ({ project, says }) => {
  const upstream = geminiAccount.open({ ...FILE, project_id: project }, accountContext());
  const failure = { reason: 'forbidden', status: 403, message: 'requires a quota project' } as const;
  expect(upstream.explain?.(failure, {}, 0)?.message).toContain(says);
  const other = { ...failure, message: 'Permission denied' };
  expect(upstream.explain?.(other, {}, 0)).toEqual(other);
});

describe('the file', () => {
  test('is read', () => {
    expect(geminiAccount.read(FILE)).toEqual({
      label: 'ann@example.com',
      canRefresh: true,
      refreshLeadMs: 5 * 60_000,
      expiresAt: Date.parse('2026-12-01T00:00:00Z'),
      tokenId: expect.stringMatching(/^\w{16}$/),
    });
  });

  test('may be a service account, whose tokens are made as they are needed', () => {
    const fields = { type: 'gemini', project_id: 'demo-project', email: service.email, service_account: service.file };
    expect(geminiAccount.read(fields)).toMatchObject({ label: service.email, canRefresh: false });
    expect(geminiAccount.open(fields, accountContext()).ready).toBeDefined();
  });

  test.each<{ name: string; fields: JsonObject; says: string }>([
    { name: 'of Gemini CLI', fields: { type: 'gemini', token: { access_token: 'x' } }, says: 'Gemini CLI' },
    { name: 'without a token', fields: { type: 'gemini' }, says: 'access_token' },
    { name: 'with a project that is none', fields: { ...FILE, project_id: 'a b' }, says: 'project_id' },
    { name: 'with a broken key', fields: { type: 'gemini', service_account: {} }, says: 'private_key' },
  ])('$name is none of ours', ({ fields, says }) => {
    expect(() => geminiAccount.read(fields)).toThrow(says);
  });
});
