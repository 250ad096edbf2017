import { afterEach, beforeEach, expect, test } from 'vitest';
import { refreshCopilot } from '../../../../src/daemon/providers/copilot/refresh.js';
import { type GitHubFake, startGitHubFake } from '../../../support/oauth/github.js';
import { openRenewal, type Renewal } from '../../../support/oauth/renewal.js';

let vendor: GitHubFake;
let renewal: Renewal;

beforeEach(async () => {
  vendor = await startGitHubFake(() => renewal.clock.now());
  renewal = openRenewal(vendor.endpoints);
});
afterEach(async () => {
  await renewal.close();
  await vendor.close();
});

const refresh = () => refreshCopilot({ type: 'github-copilot', access_token: 'ghu_1' }, renewal.context);

test('a token that GitHub knows stays as it is', async () => {
  vendor.addToken('ghu_1');
  expect(await refresh()).toEqual({ kind: 'renewed', fields: {} });
});

test('a token that GitHub no longer knows needs a login', async () => {
  expect(await refresh()).toEqual({ kind: 'login-needed', reason: 'Bad credentials (HTTP 401)' });
});

test.each([
  { name: '403', answer: { status: 403, headers: { 'retry-after': '600' } }, after: 600_000 },
  { name: '404', answer: { status: 404 }, after: 300_000 },
])('$name says nothing of the token', async ({ answer, after }) => {
  vendor.next('GET /api/user', answer);
  expect(await refresh()).toMatchObject({ kind: 'failed', retryAfterMs: after });
});
