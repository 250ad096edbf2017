import { describe, expect, test } from 'vitest';
import { openCatalog } from '../../../../src/daemon/models/catalog.js';
import { listCodexModels, planModels } from '../../../../src/daemon/providers/codex/models.js';
import { readCodexQuota, readQuotaHeaders } from '../../../../src/daemon/providers/codex/quota.js';
import { VERSION } from '../../../../src/shared/version.js';
import { accountContext, sideCalls } from '../../../support/accounts.js';
import { CODEX_ACCOUNT, codexFile } from '../../../support/vendors/codex.js';

describe('quota', () => {
  test('headers of the plan and of single models', () => {
    const facts = readQuotaHeaders(
      {
        'x-codex-primary-used-percent': '12.5',
        'x-codex-primary-window-minutes': '300',
        'x-codex-primary-reset-at': '1790001234',
        'x-codex-secondary-used-percent': '100',
        'x-codex-secondary-window-minutes': '10080',
        'x-codex-bengalfox-primary-used-percent': '70',
        'x-codex-bengalfox-primary-window-minutes': '15',
        'x-codex-bengalfox-limit-name': 'gpt-5.2-codex-sonic',
        'x-other-primary-used-percent': '0',
      },
      5,
    );
    expect(facts?.windows).toEqual([
      { id: 'five_hour', title: '5 hours', usedPercent: 12.5, exhausted: false, resetsAt: 1_790_001_234_000 },
      { id: 'seven_day', title: '7 days', usedPercent: 100, exhausted: true },
      {
        id: 'codex_bengalfox_primary',
        title: '15 minutes, gpt-5.2-codex-sonic',
        usedPercent: 70,
        exhausted: false,
        models: 'gpt-5.2-codex-sonic',
      },
    ]);
  });

  test('an answer without such headers tells nothing', () => {
    expect(readQuotaHeaders({ 'content-type': 'text/event-stream' }, 5)).toBeUndefined();
  });

  test('the usage call tells plan, windows, and which one is reached', async () => {
    const { http, calls } = sideCalls({
      '/backend-api/wham/usage': () => ({
        body: {
          plan_type: 'plus',
          rate_limit: {
            allowed: false,
            limit_reached: true,
            primary_window: { used_percent: 42, limit_window_seconds: 18_000, reset_at: 1_790_001_234 },
            secondary_window: { used_percent: 99, limit_window_seconds: 604_800, reset_at: 1_790_090_000 },
          },
          additional_rate_limits: [
            {
              limit_name: 'codex_other',
              metered_feature: 'codex_other',
              rate_limit: { primary_window: { used_percent: 70, limit_window_seconds: 900 } },
            },
            null,
          ],
        },
      }),
    });
    const context = accountContext({}, { http });
    const facts = await readCodexQuota('https://chatgpt.com/backend-api/wham/usage', codexFile(), context);
    expect(facts.plan).toBe('plus');
    expect(facts.windows.map(({ id, usedPercent, exhausted }) => [id, usedPercent, exhausted])).toEqual([
      ['five_hour', 42, false],
      ['seven_day', 99, true],
      ['codex_other_primary', 70, false],
    ]);
    expect(calls[0]?.headers).toMatchObject({ originator: 'cliproxyctl', 'chatgpt-account-id': CODEX_ACCOUNT });
  });

  test('a refused usage call is an error with its words', async () => {
    const { http } = sideCalls({ '/u': () => ({ status: 401, body: { error: { message: 'expired' } } }) });
    await expect(readCodexQuota('https://x/u', codexFile(), accountContext({}, { http }))).rejects.toMatchObject({
      code: 'quota_unavailable',
    });
  });
});

describe('models', () => {
  const catalogue = openCatalog().list('codex');
  const offered = (plan: string) =>
    planModels(codexFile(plan), catalogue).map(({ id, contextTokens }) => `${id} ${contextTokens}`);

  test.each([
    ['free', ['gpt-5.6-terra 372000', 'gpt-5.6-luna 272000', 'gpt-5.5 272000', 'gpt-5.4-mini 272000']],
    [
      'team',
      [
        'gpt-5.6-sol 372000',
        'gpt-5.6-terra 372000',
        'gpt-5.6-luna 272000',
        'gpt-5.5 272000',
        'gpt-5.4 272000',
        'gpt-5.4-mini 272000',
      ],
    ],
  ])('of the %s plan', (plan, expected) => {
    expect(offered(plan)).toEqual(expected);
  });

  test('an unknown plan counts as Plus, business as Team, prolite as Pro', () => {
    expect(offered('something new')).toEqual(offered('plus'));
    expect(offered('business')).toEqual(offered('team'));
    expect(offered('prolite')).toEqual(offered('pro'));
    expect(offered('pro')).toContain('gpt-5.6-sol 921000');
  });

  test('the backend’s own list is read item by item, asked with our own version', async () => {
    const { http, calls } = sideCalls({
      '/codex/models': () => ({
        body: {
          models: [
            {
              slug: 'gpt-6',
              display_name: 'GPT-6',
              context_window: 300_000,
              supported_reasoning_levels: [{ effort: 'low' }, { effort: 'ultra' }],
              input_modalities: ['text'],
            },
            { slug: 'hidden', visibility: 'hide' },
            { slug: 7 },
            'nonsense',
          ],
        },
      }),
    });
    const models = await listCodexModels('https://x/codex', codexFile(), accountContext({}, { http }));
    expect(models).toMatchObject([
      {
        id: 'gpt-6',
        displayName: 'GPT-6',
        contextTokens: 300_000,
        thinking: { levels: ['low'], zeroAllowed: false },
        inputModalities: ['text'],
      },
    ]);
    expect(calls[0]?.url).toBe(`https://x/codex/models?client_version=${VERSION}`);
  });

  test('an empty list is no list', async () => {
    const { http } = sideCalls({ '/codex/models': () => ({ body: { models: [] } }) });
    await expect(listCodexModels('https://x/codex', codexFile(), accountContext({}, { http }))).rejects.toMatchObject({
      code: 'models_unavailable',
    });
  });
});
