import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { fitReasoning } from '../../../../src/daemon/models/reasoning.js';
import { openCopilotAccount } from '../../../../src/daemon/providers/copilot/account-upstream.js';
import { copilotAliases, readModels } from '../../../../src/daemon/providers/copilot/models.js';
import { readCopilotQuota, readQuotaHeaders } from '../../../../src/daemon/providers/copilot/quota.js';
import { USER_AGENT } from '../../../../src/shared/version.js';
import { accountContext, sendThrough, sideCalls } from '../../../support/accounts.js';
import { type Ask, modelNamed } from '../../../support/provider.js';
import { copilotFile } from '../../../support/vendors/copilot.js';

const at = (path: string) => ({ endpoints: [path] });
const CHAT = { id: 'gpt-4.1', ...at('/chat/completions') };
const CLAUDE_CHAT = { id: 'claude-x', ...at('/chat/completions') };
const RESPONSES = { id: 'gpt-5.4', ...at('/responses') };
const MESSAGES = { id: 'claude-x', ...at('/v1/messages') };

const send = (ask: Ask, dialect = 'openai-chat', fields: JsonObject = {}) =>
  sendThrough(openCopilotAccount(copilotFile({ access_token: 'gho_x', ...fields }), accountContext()), dialect, ask);

describe('headers', () => {
  test('name us, and nobody else', () => {
    const { headers } = send({
      model: CHAT,
      body: { messages: [] },
      client: { 'x-initiator': 'agent', 'user-agent': 'GitHubCopilotChat/1' },
    });
    expect(headers).toMatchObject({
      authorization: 'Bearer gho_x',
      'user-agent': USER_AGENT,
      'editor-version': USER_AGENT,
      'x-initiator': 'user',
      accept: 'application/json',
    });
    for (const name of ['copilot-integration-id', 'anthropic-version', 'copilot-vision-request']) {
      expect(headers).not.toHaveProperty(name);
    }
  });

  test('have an integration id only where the operator has one', () => {
    const { headers } = send({ model: CHAT, body: {} }, 'openai-chat', { copilot_integration_id: 'mine' });
    expect(headers['copilot-integration-id']).toBe('mine');
  });

  test('drop the betas that are Anthropic’s own matter', () => {
    const client = { 'anthropic-beta': 'context-1m-2025-08-07,claude-code-20250219,fine-grained-1,oauth-2025-04-20' };
    const thinking = { min: 1024, max: 31_999, zeroAllowed: true, dynamicAllowed: false, levels: [] };
    const body = {
      betas: ['context-1m-2025-08-07'],
      metadata: { betas: ['x'], user_id: 'u' },
      thinking: { type: 'enabled' },
      messages: [],
    };
    const sent = send({ model: { ...MESSAGES, thinking }, body, client }, 'anthropic-messages');
    expect(sent.headers['anthropic-beta']).toBe('fine-grained-1,interleaved-thinking-2025-05-14');
    expect(sent.headers['anthropic-version']).toBe('2023-06-01');
    expect(sent.body).not.toHaveProperty('betas');
    expect(sent.body['metadata']).toEqual({ user_id: 'u' });
  });
});

describe('body', () => {
  test.each<{ name: string; model: Ask['model']; given: JsonObject; member: string; expected: unknown; ask?: Ask }>([
    {
      name: 'chat: an assistant’s texts are one text',
      model: CHAT,
      given: {
        messages: [
          {
            role: 'assistant',
            content: [
              { type: 'text', text: 'a' },
              { type: 'text', text: 'b' },
            ],
          },
        ],
      },
      member: 'messages',
      expected: [{ role: 'assistant', content: 'ab' }],
    },
    {
      name: 'chat: a user’s parts stay',
      model: CHAT,
      given: { messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }] },
      member: 'messages',
      expected: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }],
    },
    {
      name: 'chat: only functions are tools',
      model: CHAT,
      given: { tools: [{ type: 'web_search' }, { type: 'function', function: { name: 'f' } }] },
      member: 'tools',
      expected: [{ type: 'function', function: { name: 'f' } }],
    },
    {
      name: 'chat: a stream tells its usage',
      model: CHAT,
      given: { stream: true },
      ask: { stream: true },
      member: 'stream_options',
      expected: { include_usage: true },
    },
    {
      name: 'chat: GPT gets no limit of ours',
      model: { ...CHAT, maxOutputTokens: 9 },
      given: {},
      member: 'max_tokens',
      expected: undefined,
    },
    {
      name: 'chat: others do',
      model: { ...CLAUDE_CHAT, maxOutputTokens: 9 },
      given: {},
      member: 'max_tokens',
      expected: 9,
    },
    {
      name: 'chat: Claude’s tool ids are plain',
      model: CLAUDE_CHAT,
      given: {
        messages: [
          { role: 'assistant', tool_calls: [{ id: 'a:b', type: 'function' }] },
          { role: 'tool', tool_call_id: 'a:b' },
        ],
      },
      member: 'messages',
      expected: [
        { role: 'assistant', tool_calls: [{ id: 'a_b', type: 'function' }] },
        { role: 'tool', tool_call_id: 'a_b' },
      ],
    },
    {
      name: 'chat: Claude thinks by budget',
      model: {
        ...CLAUDE_CHAT,
        thinking: { min: 1024, max: 3000, zeroAllowed: true, dynamicAllowed: false, levels: [] },
      },
      given: { reasoning_effort: 'high' },
      member: 'thinking_budget',
      expected: 3000,
    },
    {
      name: 'chat: Claude gets no effort',
      model: CLAUDE_CHAT,
      given: { reasoning_effort: 'high' },
      member: 'reasoning_effort',
      expected: undefined,
    },
    {
      name: 'responses: nothing is stored',
      model: RESPONSES,
      given: { store: true },
      member: 'store',
      expected: false,
    },
    {
      name: 'responses: reasoning comes encrypted',
      model: RESPONSES,
      given: {},
      member: 'include',
      expected: ['reasoning.encrypted_content'],
    },
    {
      name: 'responses: an effort is shown',
      model: RESPONSES,
      given: { reasoning: { effort: 'low' } },
      member: 'reasoning',
      expected: { effort: 'low', summary: 'auto' },
    },
    {
      name: 'responses: no tier',
      model: RESPONSES,
      given: { service_tier: 'auto' },
      member: 'service_tier',
      expected: undefined,
    },
    {
      name: 'responses: no earlier response',
      model: RESPONSES,
      given: { previous_response_id: 'x' },
      member: 'previous_response_id',
      expected: undefined,
    },
    {
      name: 'responses: no limit for GPT',
      model: RESPONSES,
      given: { max_output_tokens: 5 },
      member: 'max_output_tokens',
      expected: undefined,
    },
    {
      name: 'responses: developers, not systems',
      model: RESPONSES,
      given: { input: [{ role: 'system', content: 'x' }] },
      member: 'input',
      expected: [{ role: 'developer', content: 'x' }],
    },
    {
      name: 'responses: no built-in tools',
      model: RESPONSES,
      given: { tools: [{ type: 'web_search' }], tool_choice: 'required' },
      member: 'tool_choice',
      expected: undefined,
    },
    {
      name: 'responses: a choice of a dropped tool is the model’s own',
      model: RESPONSES,
      given: { tools: [{ type: 'web_search' }, { type: 'function', name: 'f' }], tool_choice: { type: 'web_search' } },
      member: 'tool_choice',
      expected: 'auto',
    },
    {
      name: 'count: only what is counted',
      model: MESSAGES,
      given: { max_tokens: 5, messages: [] },
      ask: { operation: 'count-tokens' },
      member: 'max_tokens',
      expected: undefined,
    },
    {
      name: 'the model is the upstream’s name',
      model: CHAT,
      given: { model: 'copilot-gpt-4.1' },
      member: 'model',
      expected: 'gpt-4.1',
    },
  ])('$name', ({ model = {}, given, member, expected, ask = {} }) => {
    const dialect = model.endpoints?.[0] === '/v1/messages' ? 'anthropic-messages' : 'openai-chat';
    expect(send({ ...ask, model, body: given }, dialect).body[member]).toEqual(expected);
  });
});

describe('operations', () => {
  const upstream = openCopilotAccount(copilotFile({ access_token: 'gho_x' }), accountContext());
  test.each([
    ['embed', 'text-embedding-3-small', '/embeddings'],
    ['count-tokens', 'claude-x', '/v1/messages/count_tokens'],
    ['count-tokens', 'gpt-5.4', undefined],
    ['compact', 'gpt-5.4', undefined],
  ] as const)('%s of %s is asked at %s', (operation, id, path) => {
    const url = upstream.endpoint({
      model: modelNamed(id),
      client: 'anthropic-messages',
      operation,
      stream: false,
    })?.url;
    expect(url === undefined ? undefined : new URL(url).pathname).toBe(path);
  });
});

describe('models', () => {
  const item = (more: JsonObject, capabilities: JsonObject = {}): JsonObject => ({
    id: 'm',
    model_picker_enabled: true,
    ...more,
    capabilities: { type: 'chat', ...capabilities },
  });

  test('are read item by item', () => {
    const models = readModels({
      data: [
        item(
          {
            id: 'claude-x',
            name: 'Claude X',
            vendor: 'Anthropic',
            supported_endpoints: ['/v1/messages'],
            billing: { multiplier: 3 },
          },
          {
            limits: { max_context_window_tokens: 200_000, max_prompt_tokens: 128_000, max_output_tokens: 32_000 },
            supports: { vision: true, max_thinking_budget: 32_000, min_thinking_budget: 2000 },
          },
        ),
        item({ id: 'claude-x' }),
        item({ id: 'adaptive' }, { supports: { reasoning_effort: ['low', 'ultra'] } }),
        item({ id: 'off', policy: { state: 'disabled' } }),
        item({ id: 'unpicked', model_picker_enabled: false }),
        { id: 'embed', capabilities: { type: 'embeddings' } },
        { id: 7 },
        'nonsense',
        null,
      ],
    });
    expect(models.map(({ id }) => id)).toEqual(['claude-x', 'adaptive', 'embed']);
    expect(models[0]).toMatchObject({
      displayName: 'Claude X',
      ownedBy: 'anthropic',
      contextTokens: 128_000,
      maxOutputTokens: 32_000,
      inputModalities: ['text', 'image'],
      endpoints: ['/v1/messages'],
      planMultiplier: 3,
      thinking: { min: 2000, max: 31_999, levels: [] },
    });
    expect(models[1]?.thinking?.levels).toEqual(['low']);
  });

  test('an empty list is no list', () => {
    expect(() => readModels({ data: [] })).toThrow(expect.objectContaining({ code: 'models_unavailable' }));
  });

  test.each([
    ['high', 16_000],
    ['max', 31_999],
    ['medium', 8192],
    ['low', 2000],
  ] as const)('of budgets: %s is %i tokens', (effort, expected) => {
    const [model] = readModels({
      data: [item({ id: 'claude-x' }, { supports: { max_thinking_budget: 32_000, min_thinking_budget: 2000 } })],
    });
    const fitted = model && fitReasoning({ mode: 'effort', effort }, model, { strict: false });
    expect(fitted?.budgetTokens).toBe(expected);
  });

  test('adaptive Claude models think by level', () => {
    const [model] = readModels({
      data: [item({ id: 'claude-x' }, { supports: { adaptive_thinking: true, reasoning_effort: ['medium'] } })],
    });
    expect(model?.thinking).toMatchObject({ levels: ['medium'] });
    expect([...(model?.traits ?? [])]).toContain('adaptive-thinking-only');
  });

  test('answer to Anthropic’s spelling, and with our prefix', () => {
    expect(copilotAliases(modelNamed('claude-opus-4.6'))).toEqual(['copilot-claude-opus-4.6', 'claude-opus-4-6']);
    expect(copilotAliases(modelNamed('gpt-5.4'))).toEqual(['copilot-gpt-5.4']);
  });
});

describe('quota', () => {
  test('headers tell what is left, in percent', () => {
    const facts = readQuotaHeaders(
      {
        'x-quota-snapshot-premium_interactions': 'ent=300&ov=0.0&ovPerm=false&rem=42.4&rst=2026-12-01T00%3A00%3A00Z',
        'x-quota-snapshot-chat': 'ent=-1&rem=100',
        'x-usage-ratelimit-session': 'ent=100&rem=0&ovPerm=true',
      },
      5,
    );
    expect(facts?.windows).toEqual([
      {
        id: 'premium_interactions',
        title: 'premium requests',
        usedPercent: 57.6,
        exhausted: false,
        limit: 300,
        used: 172.8,
        unit: 'requests',
        resetsAt: Date.parse('2026-12-01'),
      },
      { id: 'session', title: 'session', usedPercent: 100, exhausted: false, limit: 100, used: 100, unit: 'requests' },
    ]);
  });

  const read = (body: JsonObject, status = 200) => {
    const { http, calls } = sideCalls({ '/copilot_internal/user': () => ({ status, body }) });
    return { facts: readCopilotQuota(copilotFile(), accountContext({}, { http })), calls };
  };

  test('GitHub’s own count is asked with the GitHub token', async () => {
    const { facts, calls } = read({
      copilot_plan: 'individual_pro',
      quota_reset_date_utc: '2026-12-01T00:00:00.000Z',
      quota_snapshots: {
        premium_interactions: {
          entitlement: 300,
          remaining: -2,
          percent_remaining: 0,
          overage_permitted: false,
          unlimited: false,
        },
        chat: { unlimited: true },
        completions: { entitlement: -1, remaining: 0 },
      },
    });
    expect(await facts).toMatchObject({
      plan: 'individual_pro',
      windows: [
        {
          id: 'premium_interactions',
          usedPercent: 100,
          used: 302,
          limit: 300,
          exhausted: true,
          resetsAt: Date.parse('2026-12-01'),
        },
      ],
    });
    expect(calls[0]?.headers).toMatchObject({ authorization: 'token ghu_test_token', 'user-agent': USER_AGENT });
  });

  test('the free plan is not taken for nothing', async () => {
    const { facts } = read({
      monthly_quotas: { chat: 50, completions: 2000 },
      limited_user_quotas: { chat: 12, completions: 2000 },
    });
    expect((await facts).windows.map(({ id, used, limit, usedPercent }) => [id, used, limit, usedPercent])).toEqual([
      ['chat', 38, 50, 76],
      ['completions', 0, 2000, 0],
    ]);
  });

  test.each([401, 403, 404])('%i is an error with its words', async (status) => {
    await expect(read({ message: 'no' }, status).facts).rejects.toMatchObject({ code: 'quota_unavailable' });
  });
});
