import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AccountQuota } from '../../../../src/shared/contract/credentials.js';
import { type KiroPagesStand, openKiroPagesStand, summaryOf } from '../../../support/kiro-pages.js';
import { openTestManagement, type TestManagement } from '../../../support/management.js';

const BASE = '/v0/management';

describe('a Kiro login of a web UI', () => {
  let stand: KiroPagesStand;
  beforeEach(async () => {
    stand = await openKiroPagesStand();
  });
  afterEach(() => stand.close());
  const get = async (path: string) => stand.api.ask(`${BASE}${path}`);
  const statusOf = async (state: string) => (await get(`/get-auth-status?state=${state}`)).body;

  test.each(['', '?method=aws', '?method=builder-id'])('begins by code, and the status tells it: %s', async (query) => {
    const { status, body } = await get(`/kiro-auth-url${query}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ok', method: 'device_code', state: expect.stringMatching(/^kiro-\w+$/) });
    const { state } = body as { state: string };
    expect(await statusOf(state)).toEqual({
      status: 'device_code',
      verification_url: expect.stringMatching(/^https:\/\/device\.sso\..*user_code=ABCD-/),
      user_code: expect.stringMatching(/^ABCD-/),
    });
  });

  test('is over when somebody agreed', async () => {
    const { state, user_code: code } = (await get('/kiro-auth-url')).body as { state: string; user_code: string };
    stand.vendor.approveDevice(code);
    await stand.logins.clock.someoneSleeps(15_000);
    stand.logins.clock.advance(6_000);
    let told = await statusOf(state);
    while ((told as { status: string }).status === 'device_code') {
      await new Promise((resolve) => setImmediate(resolve));
      told = await statusOf(state);
    }
    expect(told).toEqual({ status: 'ok' });
    expect(Object.keys(await stand.logins.stored())).toEqual(['kiro-aws-ann@example.com.json']);
  });

  test.each([
    ['google', 'leads back to the Kiro IDE only'],
    ['github', 'leads back to the Kiro IDE only'],
    ['other', 'unsupported method'],
  ])('by %s is refused with the reason', async (method, error) => {
    expect(await get(`/kiro-auth-url?method=${method}`)).toMatchObject({
      status: 400,
      body: { status: 'error', error: expect.stringContaining(error) },
    });
    expect(stand.vendor.requests).toEqual([]);
  });
});

describe('the quota of a Kiro login', () => {
  const ARN = 'arn:aws:codewhisperer:us-east-1:1:profile/ONE';
  const window = (used: number, limit: number) => ({
    ...{ id: 'credit', title: 'credit', unit: 'credits', used, limit, usedPercent: (used / limit) * 100 },
    ...{ exhausted: used >= limit, resetsAt: Date.parse('2026-12-01T00:00:00Z') },
  });
  const open = (quota: Partial<AccountQuota>, names: readonly string[] = ['kiro-aws-a.json']): TestManagement => {
    const files = names.map((name) => [name, { type: 'kiro', access_token: 'aoa-secret', profile_arn: ARN }] as const);
    const api = openTestManagement({
      files: { 'claude-a.json': { type: 'claude' }, ...Object.fromEntries(files) },
      quota: async ({ id = '' }) => [{ credential: id, label: 'a', provider: 'kiro', windows: [], ...quota }],
    });
    api.summaries = names.map((name) => summaryOf({ id: `kiro:${name}`, name }));
    return api;
  };
  const indexOf = async (api: TestManagement, name: string): Promise<string> => {
    const { body } = await api.ask(`${BASE}/auth-files?name=${name}`);
    return (body as { files: { auth_index: string }[] }).files[0]?.auth_index ?? '';
  };

  test('tells what is left, and no secret', async () => {
    const api = open({ plan: 'KIRO PRO', windows: [window(250, 1000)] });
    const index = await indexOf(api, 'kiro-aws-a.json');
    const { status, body, text } = await api.ask(`${BASE}/kiro-quota?auth_index=${index}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ auth_index: index, profile_arn: ARN, remaining_quota: 750, usage_percentage: 25, quota_exhausted: false },
      usage: { plan: 'KIRO PRO', windows: [{ type: 'credit', resets_at: '2026-12-01T00:00:00.000Z' }] },
    });
    expect(text).not.toContain('aoa-secret');
  });

  test('that is spent, or overspent, leaves nothing', async () => {
    const { body } = await open({ windows: [window(1100, 1000)] }).ask(`${BASE}/kiro-quota`);
    expect(body).toMatchObject({ remaining_quota: 0, usage_percentage: 110, quota_exhausted: true });
  });

  test('needs the index where there are several, and knows no other provider’s', async () => {
    const api = open({ windows: [window(1, 2)] }, ['kiro-a.json', 'kiro-b.json']);
    expect(await api.ask(`${BASE}/kiro-quota`)).toMatchObject({ status: 400 });
    expect(await api.ask(`${BASE}/kiro-quota?auth_index=nobody`)).toMatchObject({ status: 404 });
    const claude = await indexOf(api, 'claude-a.json');
    expect(await api.ask(`${BASE}/kiro-quota?auth_index=${claude}`)).toMatchObject({ status: 404 });
  });

  test('that Kiro does not tell is an error with its words, not zero', async () => {
    const { status, body } = await open({ error: 'Kiro does not tell the usage: no' }).ask(`${BASE}/kiro-quota`);
    expect(status).toBe(502);
    expect(body).toEqual({ error: 'quota_unavailable', message: 'Kiro does not tell the usage: no' });
  });
});
