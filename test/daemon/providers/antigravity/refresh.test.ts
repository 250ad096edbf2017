import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { AccountContext } from '../../../../src/daemon/login/account-context.js';
import { refreshAntigravity, revokeAntigravity } from '../../../../src/daemon/providers/antigravity/refresh.js';
import { openRenewal, type Renewal } from '../../../support/oauth/renewal.js';
import {
  ANTIGRAVITY_PROJECT,
  antigravityFile,
  callsOf,
  type FakeAntigravity,
  ownClient,
  startFakeAntigravity,
} from '../../../support/vendors/antigravity.js';

let vendor: FakeAntigravity;
let renewal: Renewal;
let context: AccountContext;
beforeEach(async () => {
  vendor = await startFakeAntigravity();
  renewal = openRenewal(vendor.endpoints);
  context = { ...renewal.context, settings: { ...renewal.context.settings, ...ownClient } };
});
afterEach(async () => {
  await renewal.close();
  await vendor.close();
});

const without = (name: string): JsonObject =>
  Object.fromEntries(Object.entries(antigravityFile()).filter(([each]) => each !== name));

describe('a renewal', () => {
  test('writes the members that related gateways read, and keeps the refresh token', async () => {
    const now = renewal.clock.now();
    expect(await refreshAntigravity(antigravityFile(), context)).toEqual({
      kind: 'renewed',
      fields: {
        type: 'antigravity',
        access_token: expect.stringMatching(/^ya29\.[0-9a-f]+$/),
        expires_in: 3599,
        timestamp: now,
        expired: new Date(now + 3_599_000).toISOString(),
      },
    });
    expect(callsOf(vendor)).toEqual([]);
  });

  test('is by the client that stands in the file, whatever the config has', async () => {
    const fields = antigravityFile({ client_id: ownClient.clientId, client_secret: ownClient.clientSecret });
    const other = { ...context, settings: { ...context.settings, clientId: 'other', clientSecret: 'other' } };
    expect(await refreshAntigravity(fields, other)).toMatchObject({ kind: 'renewed' });
    expect(await refreshAntigravity(antigravityFile(), other)).toMatchObject({ kind: 'login-needed' });
  });

  test('finds the project where it is not known yet', async () => {
    const outcome = await refreshAntigravity(without('project_id'), context);
    expect(outcome).toMatchObject({ kind: 'renewed', fields: { project_id: ANTIGRAVITY_PROJECT } });
  });

  test.each<{ name: string; account: JsonObject }>([
    { name: 'as an object', account: { cloudaicompanionProject: { id: 'p-1' } } },
    { name: 'under an older name', account: { projectId: 'p-1' } },
    { name: 'under the shortest name', account: { project: { id: 'p-1' } } },
  ])('reads a project $name', async ({ account }) => {
    vendor.account = account;
    const outcome = await refreshAntigravity(without('project_id'), context);
    expect(outcome).toMatchObject({ fields: { project_id: 'p-1' } });
  });

  test.each<{ name: string; account: JsonObject; tier: string }>([
    {
      name: 'the default one',
      account: { allowedTiers: [{ id: 'a' }, { id: 'b', isDefault: true }], currentTier: { id: 'c' } },
      tier: 'b',
    },
    { name: 'the present one', account: { allowedTiers: [{ id: 'a' }], currentTier: { id: 'c' } }, tier: 'c' },
    { name: 'the free one', account: {}, tier: 'free-tier' },
  ])('has a project made of $name of its tiers', async ({ account, tier }) => {
    vendor.account = account;
    expect(await refreshAntigravity(without('project_id'), context)).toMatchObject({
      fields: { project_id: ANTIGRAVITY_PROJECT },
    });
    expect(vendor.seen.at(-1)?.body['tierId']).toBe(tier);
  });

  test('is kept without a project that takes too long to be made', async () => {
    vendor.account = {};
    vendor.pendingRounds = 100;
    const outcome = await refreshAntigravity(without('project_id'), context);
    expect(outcome).toMatchObject({ kind: 'renewed' });
    expect(JSON.stringify(outcome)).not.toContain('project_id');
    expect(callsOf(vendor).filter((call) => call.endsWith('onboardUser'))).toHaveLength(6);
    expect(renewal.clock.now() - 1_790_000_000_000).toBe(5 * 2_000);
  });

  test.each<{ name: string; fields: JsonObject }>([
    { name: 'the login was revoked', fields: antigravityFile({ refresh_token: '1//gone' }) },
    { name: 'there is nothing to renew it with', fields: without('refresh_token') },
  ])('needs a login where $name', async ({ fields }) => {
    const outcome = await refreshAntigravity(fields, context);
    expect(outcome).toMatchObject({ kind: 'login-needed' });
    expect(JSON.stringify(outcome)).not.toContain('1//gone');
  });

  test('without a client lets a token serve to its end, and then needs a login', async () => {
    const end = renewal.clock.now() + 90_000;
    const fields = antigravityFile({ expired: new Date(end).toISOString() });
    const alone = renewal.context;
    expect(await refreshAntigravity(fields, alone)).toMatchObject({ kind: 'failed', retryAfterMs: 90_000 });
    renewal.clock.advance(90_000);
    expect(await refreshAntigravity(fields, alone)).toMatchObject({
      kind: 'login-needed',
      reason: expect.stringContaining('oauth-clients.antigravity'),
    });
    expect(vendor.seen).toEqual([]);
  });
});

describe('the end of a login', () => {
  test('is told for one that was made here, and for no other', async () => {
    await expect(revokeAntigravity(antigravityFile(), context)).rejects.toMatchObject({ code: 'revoke_failed' });
    const own = antigravityFile({ client_id: ownClient.clientId });
    await revokeAntigravity(own, context);
    expect(vendor.google.refreshTokens.size).toBe(0);
    await expect(revokeAntigravity(own, context)).rejects.toMatchObject({
      message: expect.not.stringContaining('1//antigravity-test'),
    });
  });
});
