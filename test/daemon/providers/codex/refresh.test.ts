import { afterEach, beforeEach, expect, test } from 'vitest';
import { refreshCodex } from '../../../../src/daemon/providers/codex/refresh.js';
import { revokeCodex } from '../../../../src/daemon/providers/codex/revoke.js';
import { type CodexFake, startCodexFake } from '../../../support/oauth/codex.js';
import { unsignedJwt } from '../../../support/oauth/grants.js';
import { openRenewal, type Renewal } from '../../../support/oauth/renewal.js';

const TOKEN = 'POST /oauth/token';
const MINUTE = 60_000;

let vendor: CodexFake;
let renewal: Renewal;

beforeEach(async () => {
  vendor = await startCodexFake();
  renewal = openRenewal(vendor.endpoints);
});
afterEach(async () => {
  await renewal.close();
  await vendor.close();
});

const stored = (fields = {}) => ({
  type: 'codex',
  refresh_token: vendor.grants.startChain(),
  access_token: 'a',
  ...fields,
});

test('gives the new tokens; the chosen workspace stays', async () => {
  const outcome = await refreshCodex(stored({ account_id: 'acc-chosen' }), renewal.context);
  expect(outcome).toEqual({
    kind: 'renewed',
    fields: {
      access_token: expect.any(String),
      refresh_token: expect.stringMatching(/^rt-/),
      id_token: expect.any(String),
      email: 'ann@example.com',
      expired: new Date(renewal.clock.now() + 864_000_000).toISOString(),
      last_refresh: new Date(renewal.clock.now()).toISOString(),
    },
  });
});

test.each([
  { name: 'the refresh token only', body: { refresh_token: 'rt-2' }, fields: { refresh_token: 'rt-2' } },
  {
    name: 'an empty refresh token',
    body: { access_token: unsignedJwt({ iat: 1_000, exp: 4_600 }), refresh_token: '' },
    fields: { access_token: unsignedJwt({ iat: 1_000, exp: 4_600 }), expired: 3_600_000 },
  },
  {
    name: 'an unreadable id token',
    body: { access_token: unsignedJwt({ iat: 1_000, exp: 4_600 }), id_token: 'garbage' },
    fields: { access_token: unsignedJwt({ iat: 1_000, exp: 4_600 }), expired: 3_600_000 },
  },
])('an answer with $name changes nothing else', async ({ body, fields: { expired, ...fields } }) => {
  vendor.next(TOKEN, { body });
  const now = renewal.clock.now();
  expect(await refreshCodex(stored({ account_id: 'acc', email: 'ann' }), renewal.context)).toEqual({
    kind: 'renewed',
    fields: {
      ...fields,
      ...(expired === undefined ? {} : { expired: new Date(now + expired).toISOString() }),
      last_refresh: new Date(now).toISOString(),
    },
  });
});

test('a refresh token used twice needs a login, is not named, and is not tried again', async () => {
  const fields = stored();
  expect(await refreshCodex(fields, renewal.context)).toMatchObject({ kind: 'renewed' });
  expect(await refreshCodex(fields, renewal.context)).toEqual({
    kind: 'login-needed',
    reason: 'refresh token *** is reused (HTTP 401)',
  });
  expect(vendor.requests).toHaveLength(2);
});

test.each([
  {
    name: 'an object code',
    answer: { status: 400, body: { error: { code: 'refresh_token_expired', message: 'old' } } },
  },
  { name: 'a text code', answer: { status: 400, body: { error: 'invalid_grant', error_description: 'no' } } },
  { name: 'a code beside', answer: { status: 403, body: { code: 'refresh_token_invalidated' } } },
  { name: 'any 401', answer: { status: 401, body: { error: { code: 'something_new' } } } },
])('$name that is final needs a login', async ({ answer }) => {
  vendor.next(TOKEN, answer);
  expect((await refreshCodex(stored(), renewal.context)).kind).toBe('login-needed');
});

test.each([
  { name: 'another 400', answer: { status: 400, body: { error: 'invalid_request' } }, after: 5 * MINUTE },
  { name: '429 for an hour', answer: { status: 429, headers: { 'retry-after': '3600' } }, after: 60 * MINUTE },
  { name: 'no tokens', answer: { body: { hello: 1 } }, after: 5 * MINUTE },
])('$name may pass', async ({ answer, after }) => {
  vendor.next(TOKEN, answer);
  expect(await refreshCodex(stored(), renewal.context)).toMatchObject({ kind: 'failed', retryAfterMs: after });
});

test('a vendor that is away is asked three times', async () => {
  vendor.next(TOKEN, { status: 500 }, { breaks: true }, { status: 503 });
  expect(await refreshCodex(stored(), renewal.context)).toMatchObject({ kind: 'failed', retryAfterMs: 5 * MINUTE });
  expect(renewal.clock.slept).toEqual([1_000, 2_000]);
});

test('a login that another program owns is neither renewed nor revoked', async () => {
  const fields = stored({ cliproxyctl_read_only: true });
  expect((await refreshCodex(fields, renewal.context)).kind).toBe('login-needed');
  await expect(revokeCodex(fields, renewal.context)).rejects.toMatchObject({ code: 'revoke_failed' });
  expect(vendor.requests).toEqual([]);
});

test('revoking ends the login at the vendor', async () => {
  const fields = stored();
  await revokeCodex(fields, renewal.context);
  expect(vendor.grants.isRevoked(fields.refresh_token)).toBe(true);
});

test('a revocation that is refused says so without the token', async () => {
  const failure = await revokeCodex(stored({ refresh_token: 'rt-foreign' }), renewal.context).catch((error) => error);
  expect(failure).toMatchObject({ code: 'revoke_failed', message: expect.stringContaining('no ***') });
});
