import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/daemon/ir/json.js';
import { openCodexAccount } from '../../../../src/daemon/providers/codex/account-upstream.js';
import { USER_AGENT } from '../../../../src/shared/version.js';
import { accountContext, sendThrough } from '../../../support/accounts.js';
import type { Ask } from '../../../support/provider.js';
import { CODEX_ACCOUNT, CODEX_TOKEN, codexFile, codexToken } from '../../../support/vendors/codex.js';

const RESPONSES = 'openai-responses';
const send = (ask: Ask, fields: JsonObject = codexFile(), dialect = RESPONSES) =>
  sendThrough(openCodexAccount(fields, accountContext()), dialect, ask);
const shaped = (body: JsonObject, ask: Ask = {}): JsonObject =>
  send({ ...ask, body: { model: 'm-1', input: [], ...body } }).body;

const CODEX_CLI = {
  originator: 'codex_exec',
  'user-agent': 'codex_exec/0.169.0 (Linux)',
  'session-id': 's-1',
  'thread-id': 't-1',
  'x-codex-window-id': 'w-1',
  'x-codex-turn-state': 'state-1',
  'x-codex-beta-features': 'a,b',
  version: '0.169.0',
  authorization: 'Bearer client-key',
  cookie: 'a=b',
};

describe('headers', () => {
  test('name us, the account and the conversation', () => {
    const { headers, url, body } = send({ body: { input: 'hi' }, sessionKey: 'my session' });
    expect(url).toBe('https://chatgpt.com/backend-api/codex/responses');
    expect(headers).toMatchObject({
      authorization: `Bearer ${CODEX_TOKEN}`,
      'chatgpt-account-id': CODEX_ACCOUNT,
      originator: 'cliproxyctl',
      'user-agent': USER_AGENT,
      accept: 'text/event-stream',
    });
    expect(headers['session-id']).toBe(body['prompt_cache_key']);
    expect(headers['session-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('of a Codex client travel on unchanged, but for the credential', () => {
    const { headers } = send({ body: { prompt_cache_key: 'key-1' }, client: CODEX_CLI });
    const { authorization: _authorization, cookie: _cookie, ...own } = CODEX_CLI;
    expect(headers).toMatchObject(own);
    expect(headers['authorization']).toBe(`Bearer ${CODEX_TOKEN}`);
    expect(headers).not.toHaveProperty('cookie');
  });

  test.each([
    ['only an originator', { originator: 'codex_exec' }],
    ['only a User-Agent', { 'user-agent': 'codex_exec/1' }],
    ['another name', { ...CODEX_CLI, originator: 'opencode' }],
  ])('of a client with %s do not make it Codex', (_name, client) => {
    const { headers } = send({ body: {}, client });
    expect(headers).toMatchObject({ originator: 'cliproxyctl', 'user-agent': USER_AGENT });
  });

  test('that Codex sends are never made up', () => {
    const { headers } = send({ body: {} });
    const invented = Object.keys(headers).filter((name) => /^(x-codex|x-openai|version|thread|openai-beta)/.test(name));
    expect(invented).toEqual([]);
  });

  test('leave the account out when nothing tells it, and find it in the tokens', () => {
    const bare = { access_token: CODEX_TOKEN };
    expect(send({ body: {} }, bare).headers).not.toHaveProperty('chatgpt-account-id');
    const token = codexToken({ organizations: [{ id: 'org-1' }] });
    expect(send({ body: {} }, { ...bare, id_token: token }).headers['chatgpt-account-id']).toBe('org-1');
    const fedramp = codexToken({ 'https://api.openai.com/auth': { chatgpt_account_is_fedramp: true } });
    expect(send({ body: {} }, { ...bare, id_token: fedramp }).headers['x-openai-fedramp']).toBe('true');
  });
});

describe('body', () => {
  test.each([
    'max_output_tokens',
    'max_completion_tokens',
    'max_tokens',
    'temperature',
    'top_p',
    'truncation',
    'user',
    'safety_identifier',
    'prompt_cache_retention',
    'prompt_cache_options',
    'context_management',
    'generate',
    'background',
    'previous_response_id',
  ])('does not carry %s', (member) => {
    expect(shaped({ [member]: 'x' })).not.toHaveProperty(member);
  });

  test.each<{ name: string; given: JsonObject; member: string; expected: JsonValue | undefined }>([
    { name: 'is never stored', given: { store: true }, member: 'store', expected: false },
    { name: 'always streams', given: { stream: false }, member: 'stream', expected: true },
    {
      name: 'asks for encrypted reasoning, and nothing else',
      given: { include: ['x'] },
      member: 'include',
      expected: ['reasoning.encrypted_content'],
    },
    { name: 'has instructions even when there are none', given: {}, member: 'instructions', expected: '' },
    { name: 'has no null instructions', given: { instructions: null }, member: 'instructions', expected: '' },
    { name: 'keeps instructions', given: { instructions: 'be kind' }, member: 'instructions', expected: 'be kind' },
    {
      name: 'makes a text a user message',
      given: { input: 'hi' },
      member: 'input',
      expected: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
    },
    {
      name: 'knows developers, not systems',
      given: { input: [{ role: 'system', content: 'x' }] },
      member: 'input',
      expected: [{ role: 'developer', content: 'x' }],
    },
    {
      name: 'keeps the priority tier',
      given: { service_tier: 'priority' },
      member: 'service_tier',
      expected: 'priority',
    },
    { name: 'drops other tiers', given: { service_tier: 'flex' }, member: 'service_tier', expected: undefined },
    {
      name: 'keeps one stream option',
      given: { stream_options: { include_obfuscation: false, reasoning_summary_delivery: 'x' } },
      member: 'stream_options',
      expected: { reasoning_summary_delivery: 'x' },
    },
    {
      name: 'drops the other stream options',
      given: { stream_options: { include_obfuscation: false } },
      member: 'stream_options',
      expected: undefined,
    },
    {
      name: 'calls in parallel where there are tools',
      given: { tools: [{ type: 'function', name: 'f' }] },
      member: 'parallel_tool_calls',
      expected: true,
    },
    {
      name: 'keeps a refusal of parallel calls',
      given: { tools: [{ type: 'function', name: 'f' }], parallel_tool_calls: false },
      member: 'parallel_tool_calls',
      expected: false,
    },
    {
      name: 'says nothing of parallel calls without tools',
      given: { parallel_tool_calls: true },
      member: 'parallel_tool_calls',
      expected: undefined,
    },
    {
      name: 'renames the search preview',
      given: { tools: [{ type: 'web_search_preview_2025_03_11' }] },
      member: 'tools',
      expected: [{ type: 'web_search' }],
    },
    {
      name: 'renames it in the choice too',
      given: { tools: [{ type: 'web_search_preview' }], tool_choice: { type: 'web_search_preview' } },
      member: 'tool_choice',
      expected: { type: 'web_search' },
    },
    { name: 'keeps a given cache key', given: { prompt_cache_key: 'k' }, member: 'prompt_cache_key', expected: 'k' },
    {
      name: 'drops cache breakpoints of parts',
      given: { input: [{ role: 'user', content: [{ type: 'input_text', text: 'a', prompt_cache_breakpoint: true }] }] },
      member: 'input',
      expected: [{ role: 'user', content: [{ type: 'input_text', text: 'a' }] }],
    },
    {
      name: 'leaves effort to a Responses client',
      given: { reasoning: { summary: 'auto' } },
      member: 'reasoning',
      expected: { summary: 'auto' },
    },
  ])('$name', ({ given, member, expected }) => {
    expect(shaped(given)[member]).toEqual(expected);
  });

  test('responses-lite clients get no parallel calls', () => {
    const client = { 'x-openai-internal-codex-responses-lite': '1' };
    expect(shaped({ tools: [{ type: 'function', name: 'f' }] }, { client })['parallel_tool_calls']).toBe(false);
  });

  test('a translated request without a word on effort asks for medium', () => {
    const thinking = { zeroAllowed: false, dynamicAllowed: false, levels: ['low', 'medium'] } as const;
    const ask = { relay: false, model: { thinking } };
    expect(shaped({}, ask)['reasoning']).toEqual({ effort: 'medium' });
    expect(shaped({ reasoning: { effort: 'low', summary: 'auto' } }, ask)['reasoning']).toEqual({
      effort: 'low',
      summary: 'auto',
    });
  });

  test('a compaction neither streams nor stores', () => {
    const sent = send({
      operation: 'compact',
      body: { model: 'm-1', input: 'hi', stream: true, store: true, temperature: 1 },
    });
    expect(sent.url).toMatch(/\/responses\/compact$/);
    expect(sent.headers['accept']).toBe('application/json');
    for (const member of ['stream', 'store', 'include', 'temperature']) expect(sent.body).not.toHaveProperty(member);
  });
});

describe('ids of input items', () => {
  const items = (...input: JsonObject[]): readonly JsonObject[] => shaped({ input })['input'] as readonly JsonObject[];
  const LONG = 'x'.repeat(80);

  test.each([
    ['message', 'abc', 'msg_abc'],
    ['function_call', 'abc', 'fc_abc'],
    ['custom_tool_call', 'abc', 'ctc_abc'],
    ['custom_tool_call_output', 'abc', 'ctco_abc'],
    ['function_call', 'fc_1', 'fc_1'],
  ])('a %s called %s goes out as %s', (type, id, expected) => {
    expect(items({ type, id })[0]?.['id']).toBe(expected);
  });

  test('too long ones are shortened alike each turn, and never to the same', () => {
    const first = items({ type: 'message', id: LONG }, { type: 'message', id: `${LONG}y` });
    const again = items({ type: 'message', id: LONG }, { type: 'message', id: `${LONG}y` });
    expect(first).toEqual(again);
    expect(new Set(first.map(({ id }) => id)).size).toBe(2);
    for (const { id } of first) expect(String(id)).toMatch(/^msg_.{1,60}$/);
  });

  test.each<{ name: string; item: JsonObject; expected: readonly JsonObject[] }>([
    {
      name: 'reasoning keeps an encrypted form',
      item: { type: 'reasoning', id: 'rs_1', encrypted_content: 'e', summary: [] },
      expected: [{ type: 'reasoning', id: 'rs_1', encrypted_content: 'e', summary: [] }],
    },
    {
      name: 'reasoning without one loses its id',
      item: { type: 'reasoning', id: 'rs_1', summary: [] },
      expected: [{ type: 'reasoning', summary: [] }],
    },
    {
      name: 'reasoning loses a form that is no text',
      item: { type: 'reasoning', encrypted_content: null, summary: [] },
      expected: [{ type: 'reasoning', summary: [] }],
    },
    {
      name: 'encrypted reasoning with too long an id goes',
      item: { type: 'reasoning', id: LONG, encrypted_content: 'e' },
      expected: [],
    },
  ])('$name', ({ item, expected }) => {
    expect(items(item)).toEqual(expected);
  });
});

describe('mending', () => {
  const upstream = openCodexAccount(codexFile(), accountContext());
  const bodyOf = (body: JsonObject) => {
    const members = new Map(Object.entries(body));
    return {
      bytes: Buffer.from(''),
      get: (key: string) => members.get(key),
      set: (key: string, value: JsonValue | undefined) => void members.set(key, value),
      toJSON: () => Object.fromEntries(members),
    };
  };

  test('drops reasoning that cannot be decrypted, once', () => {
    const body = bodyOf({
      input: [
        { type: 'reasoning', encrypted_content: 'x' },
        { role: 'user', content: 'hi' },
      ],
    });
    const failure = {
      reason: 'invalid-request',
      status: 400,
      code: 'invalid_encrypted_content',
      message: 'x',
    } as const;
    expect(upstream.repair?.(failure, body)).toBe(true);
    expect(body.get('input')).toEqual([{ role: 'user', content: 'hi' }]);
    expect(upstream.repair?.(failure, body)).toBe(false);
  });

  test('learns a member that the backend does not know', () => {
    const failure = { reason: 'invalid-request', status: 400, message: 'Unsupported parameter: metadata' } as const;
    expect(upstream.repair?.(failure, bodyOf({ metadata: {} }))).toBe(true);
    expect(sendThrough(upstream, RESPONSES, { body: { metadata: {}, input: [] } }).body).not.toHaveProperty('metadata');
  });

  test('never drops what a request cannot do without', () => {
    const failure = { reason: 'invalid-request', status: 400, message: 'Unsupported parameter: input' } as const;
    expect(upstream.repair?.(failure, bodyOf({ input: [] }))).toBe(false);
  });
});

test('the WebSocket address is told only where the file allows it', () => {
  const endpoint = (fields: JsonObject) =>
    openCodexAccount(fields, accountContext()).endpoint({
      model: { id: 'm', userDefined: false, traits: new Set() },
      client: RESPONSES,
      operation: 'generate',
      stream: true,
    });
  expect(endpoint(codexFile())).toEqual({
    url: 'https://chatgpt.com/backend-api/codex/responses',
    dialect: RESPONSES,
    alwaysStreams: true,
  });
  for (const websockets of [true, 'true']) {
    expect(endpoint({ ...codexFile(), websockets })?.socketUrl).toBe('wss://chatgpt.com/backend-api/codex/responses');
  }
});
