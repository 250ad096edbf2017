import { afterEach, beforeEach, expect, test } from 'vitest';
import { refreshClaude } from '../../../../src/daemon/providers/claude/refresh.js';
import { type ClaudeFake, startClaudeFake } from '../../../support/oauth/claude.js';
import { openRenewal, type Renewal } from '../../../support/oauth/renewal.js';

const TOKEN = 'POST /v1/oauth/token';
const MINUTE = 60_000;

let vendor: ClaudeFake;
let renewal: Renewal;

beforeEach(async () => {
  vendor = await startClaudeFake();
  renewal = openRenewal(vendor.endpoints);
});
afterEach(async () => {
  await renewal.close();
  await vendor.close();
});

const refresh = (fields = {}) =>
  refreshClaude({ type: 'claude', refresh_token: vendor.grants.startChain(), ...fields }, renewal.context);

test('gives the new tokens and when they end, and nothing else that it was not told', async () => {
  const outcome = await refresh();
  expect(outcome).toEqual({
    kind: 'renewed',
    fields: {
      access_token: expect.stringMatching(/^sk-ant-oat01-/),
      refresh_token: expect.stringMatching(/^sk-ant-ort01-/),
      expired: new Date(renewal.clock.now() + 28_800_000).toISOString(),
      last_refresh: new Date(renewal.clock.now()).toISOString(),
      email: 'ann@example.com',
      account_uuid: 'acc-1',
      organization_uuid: 'org-1',
      organization_name: "Ann's Org",
    },
  });
});

test('an answer without a new refresh token, or with an empty e-mail, leaves the old ones', async () => {
  vendor.next(TOKEN, {
    body: { access_token: 'sk-ant-oat01-new', expires_in: '3600', account: { email_address: '' } },
  });
  const outcome = await refresh();
  expect(outcome).toEqual({
    kind: 'renewed',
    fields: {
      access_token: 'sk-ant-oat01-new',
      expired: new Date(renewal.clock.now() + 3_600_000).toISOString(),
      last_refresh: new Date(renewal.clock.now()).toISOString(),
    },
  });
});

test('a spent refresh token needs a login, and is not named', async () => {
  const token = vendor.grants.startChain();
  expect(await refresh({ refresh_token: token })).toMatchObject({ kind: 'renewed' });
  const outcome = await refresh({ refresh_token: token });
  expect(outcome).toMatchObject({ kind: 'login-needed', reason: 'refresh token *** is reused (HTTP 400)' });
});

test.each([
  { name: '400 invalid_grant', answer: { status: 400, body: { error: 'invalid_grant' } }, kind: 'login-needed' },
  { name: '401 invalid_grant', answer: { status: 401, body: { error: 'invalid_grant' } }, kind: 'login-needed' },
  { name: '400 of another kind', answer: { status: 400, body: { error: 'invalid_request' } }, after: 5 * MINUTE },
  { name: '403', answer: { status: 403, body: '<html>' }, after: 5 * MINUTE },
  { name: 'a 200 without a token', answer: { body: {} }, after: 5 * MINUTE },
  { name: '429 without a time', answer: { status: 429 }, after: 5_000 },
  { name: '429 in seconds', answer: { status: 429, headers: { 'retry-after': '90' } }, after: 90_000 },
  { name: '429 in milliseconds', answer: { status: 429, headers: { 'retry-after-ms': '7000' } }, after: 7_000 },
  { name: '429 for a day', answer: { status: 429, headers: { 'retry-after': '86400' } }, after: 5 * MINUTE },
  { name: '429 at once', answer: { status: 429, headers: { 'retry-after': '0' } }, after: 5_000 },
])('$name is asked once and means what it says', async ({ answer, kind = 'failed', after }) => {
  vendor.next(TOKEN, answer);
  const outcome = await refresh();
  expect(outcome.kind).toBe(kind);
  expect(outcome.kind === 'failed' ? outcome.retryAfterMs : undefined).toBe(after);
  expect(vendor.requests).toHaveLength(1);
  expect(renewal.clock.slept).toEqual([]);
});

test('429 until a date is reckoned by our clock', async () => {
  vendor.next(TOKEN, {
    status: 429,
    headers: { 'retry-after': new Date(renewal.clock.now() + 2 * MINUTE).toUTCString() },
  });
  expect(await refresh()).toMatchObject({ kind: 'failed', retryAfterMs: 2 * MINUTE });
});

test.each([
  { name: 'a 5xx', answer: { status: 502 } },
  { name: 'a broken connection', answer: { breaks: true } },
])('$name is tried again after one and two seconds, and then no more', async ({ answer }) => {
  vendor.next(TOKEN, answer, answer, answer);
  expect(await refresh()).toMatchObject({ kind: 'failed', retryAfterMs: 5 * MINUTE });
  expect(renewal.clock.slept).toEqual([1_000, 2_000]);
  expect(vendor.requests).toHaveLength(3);
  vendor.next(TOKEN, answer, answer);
  expect((await refresh()).kind).toBe('renewed');
});

test.each([
  { name: 'no refresh token', fields: { refresh_token: '' } },
  { name: 'a login that another program owns', fields: { cliproxyctl_read_only: true } },
])('$name asks nobody', async ({ fields }) => {
  expect((await refresh(fields)).kind).toBe('login-needed');
  expect(vendor.requests).toEqual([]);
});

test('a caller that goes away does not break off a rotation', async () => {
  const gone = AbortSignal.abort(new Error('gone'));
  const fields = { refresh_token: vendor.grants.startChain() };
  expect((await refreshClaude(fields, { ...renewal.context, signal: gone })).kind).toBe('renewed');
});

test('an address that is neither https nor on loopback is refused before a secret is sent', async () => {
  const context = {
    ...renewal.context,
    settings: { ...renewal.context.settings, endpoints: { token: 'http://192.0.2.1/t' } },
  };
  await expect(refreshClaude({ refresh_token: 'x' }, context)).rejects.toMatchObject({ code: 'endpoint_insecure' });
});
