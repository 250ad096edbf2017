import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { openClaudeAccount } from '../../../../src/daemon/providers/claude/account-upstream.js';
import { askProfile } from '../../../../src/daemon/providers/claude/profile.js';
import { accountContext, sendThrough, sideCalls } from '../../../support/accounts.js';

const FILE = { access_token: 'sk-ant-oat01-x', email: 'ann@example.com' };
const BODY = { model: 'm-1', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] };

describe('the betas of a login', () => {
  const betas = (client: string, body: JsonObject = {}, stream = false): string[] => {
    const upstream = openClaudeAccount(FILE, accountContext());
    const ask = { body: { ...BODY, ...body }, client: { 'anthropic-beta': client }, stream };
    return sendThrough(upstream, 'anthropic-messages', ask).headers['anthropic-beta']?.split(',') ?? [];
  };

  test.each(['oauth-2026-01-01', 'oauth-2025-04-20-x', 'oauth'])(
    'hold its own, although the client sends the look-alike %s',
    (client) => {
      expect(betas(client)).toEqual([client, 'oauth-2025-04-20']);
    },
  );

  test.each([true, false])('follow what the body holds, streaming %j', (stream) => {
    const body = { speed: 'fast', context_management: { edits: [] } };
    expect(betas('mine-1', body, stream)).toEqual(
      expect.arrayContaining(['mine-1', 'oauth-2025-04-20', 'fast-mode-2026-02-01', 'context-management-2025-06-27']),
    );
  });
});

describe('a profile', () => {
  const asked = async (body: JsonObject) => {
    const { http } = sideCalls({ '/api/oauth/profile': () => ({ body }) });
    return (await askProfile(accountContext({}, { http }), 'sk-ant-oat01-x'))?.profile;
  };

  test.each<{ name: string; body: JsonObject; plan: string | undefined }>([
    { name: 'Max before Pro', body: { account: { has_claude_max: true, has_claude_pro: true } }, plan: 'max' },
    { name: 'Pro', body: { account: { has_claude_max: false, has_claude_pro: true } }, plan: 'pro' },
    {
      name: 'an active team',
      body: { account: {}, organization: { organization_type: 'claude_team', subscription_status: 'active' } },
      plan: 'team',
    },
    {
      name: 'a team that has stopped paying',
      body: { account: {}, organization: { organization_type: 'claude_team', subscription_status: 'canceled' } },
      plan: undefined,
    },
    { name: 'nothing', body: {}, plan: undefined },
  ])('of $name tells the plan $plan', async ({ body, plan }) => {
    expect((await asked(body))?.plan).toBe(plan);
  });

  test('has another name for the e-mail than the token’s answer', async () => {
    const profile = await asked({ account: { email: 'ann@example.com', email_address: 'old@example.com' } });
    expect(profile?.email).toBe('ann@example.com');
  });
});
