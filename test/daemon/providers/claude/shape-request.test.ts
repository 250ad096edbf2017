import { describe, expect, test } from 'vitest';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { openCatalog } from '../../../../src/daemon/models/catalog.js';
import { claude } from '../../../../src/daemon/providers/claude/provider.js';
import {
  assistantTurn as assistant,
  hour,
  marker,
  markersOf,
  textBlock as t,
  userTurn as user,
} from '../../../support/anthropic-bodies.js';
import { traits } from '../../../support/anthropic-messages.js';
import { type Ask, send } from '../../../support/provider.js';

const OFFICIAL = { apiKey: 'k', baseUrl: '' };
const OTHER = { apiKey: 'k', baseUrl: 'https://other.test' };
const QUIET = { ...OFFICIAL, autoCache: false };
const messages = [user('a')];
const shaped = (body: JsonObject, ask: Ask = {}): JsonObject =>
  send(claude, QUIET, { ...ask, body: { model: 'm-1', max_tokens: 2000, messages, ...body } }).body;

describe('settings of a relayed request', () => {
  const thinking = { type: 'enabled', budget_tokens: 1500 };

  test.each<{ name: string; body: JsonObject; sent: JsonObject; model?: Ask['model'] }>([
    {
      name: 'lack no limit: the model has one',
      body: { max_tokens: undefined },
      model: { maxOutputTokens: 64_000 },
      sent: { max_tokens: 64_000 },
    },
    { name: 'lack no limit, of an unknown model either', body: { max_tokens: undefined }, sent: { max_tokens: 1024 } },
    {
      name: 'think not beside a forced tool',
      body: { tool_choice: { type: 'tool', name: 'f' }, thinking, output_config: { effort: 'low' } },
      sent: { tool_choice: { type: 'tool', name: 'f' } },
    },
    {
      name: 'keep the format of the output beside a forced tool',
      body: { tool_choice: { type: 'any' }, thinking, output_config: { effort: 'low', format: {} } },
      sent: { tool_choice: { type: 'any' }, output_config: { format: {} } },
    },
    {
      name: 'think beside a tool that is not forced',
      body: { tool_choice: { type: 'auto' }, thinking },
      sent: { tool_choice: { type: 'auto' }, thinking },
    },
    {
      name: 'hold the budget below the limit',
      body: { thinking: { type: 'enabled', budget_tokens: 9000 } },
      sent: { thinking: { type: 'enabled', budget_tokens: 1999 } },
    },
    {
      name: 'leave a budget that would get too small to the vendor',
      body: { max_tokens: 1000, thinking },
      sent: { max_tokens: 1000, thinking },
    },
    {
      name: 'sample as thinking allows',
      body: { thinking, temperature: 0.2, top_p: 0.5, top_k: 3 },
      sent: { thinking },
    },
    {
      name: 'keep what thinking allows',
      body: { thinking, temperature: 1, top_p: 0.97 },
      sent: { thinking, temperature: 1, top_p: 0.97 },
    },
    { name: 'have a temperature or a top_p', body: { temperature: 0.2, top_p: 0.5 }, sent: { temperature: 0.2 } },
    { name: 'keep what they may', body: { top_p: 0.5, top_k: 3 }, sent: { top_p: 0.5, top_k: 3 } },
    {
      name: 'sample not at all on a model without',
      body: { temperature: 1, top_p: 1, top_k: 3 },
      model: traits('no-sampling'),
      sent: {},
    },
  ])('$name', ({ body, sent, model }) => {
    expect(shaped(body, model === undefined ? {} : { model })).toEqual({
      model: 'm-1',
      max_tokens: 2000,
      messages,
      ...sent,
    });
  });

  test('that need nothing keep their bytes', () => {
    const body = { model: 'm-1', max_tokens: 5, temperature: 0.5, messages };
    expect(send(claude, QUIET, { body }).text).toBe(JSON.stringify(body));
  });
});

describe('tools', () => {
  const placeholder = 'Brief explanation of why you are calling this tool';
  const schemaOf = (properties: JsonObject, required?: readonly string[]): JsonObject => ({
    type: 'object',
    properties,
    ...(required === undefined ? {} : { required }),
  });
  const a = { type: 'string' };

  test.each<{ name: string; schema: JsonObject; sent: JsonObject }>([
    {
      name: 'lose the placeholder "_" and its requirement',
      schema: schemaOf({ _: { type: 'boolean' }, a }, ['_', 'a']),
      sent: schemaOf({ a }, ['a']),
    },
    {
      name: 'lose a requirement of nothing else',
      schema: schemaOf({ _: { type: 'boolean' } }, ['_']),
      sent: schemaOf({}),
    },
    {
      name: 'lose a placeholder "reason"',
      schema: schemaOf({ reason: { type: 'string', description: placeholder }, a }, ['reason']),
      sent: schemaOf({ a }),
    },
    {
      name: 'keep a "reason" of their own',
      schema: schemaOf({ reason: { type: 'string', description: 'why' } }, ['reason']),
      sent: schemaOf({ reason: { type: 'string', description: 'why' } }, ['reason']),
    },
    {
      name: 'lose them in nested schemas',
      schema: schemaOf({ list: { type: 'array', items: schemaOf({ _: { type: 'boolean' } }, ['_']) } }),
      sent: schemaOf({ list: { type: 'array', items: schemaOf({}) } }),
    },
  ])('$name', ({ schema, sent }) => {
    const tools = [
      { name: 'f', input_schema: schema },
      { type: 'custom', custom: { input_schema: schema } },
    ];
    expect(shaped({ tools })['tools']).toEqual([
      { name: 'f', input_schema: sent },
      { type: 'custom', custom: { input_schema: sent } },
    ]);
  });

  test('search the web without empty lists of domains', () => {
    const tools = [
      { type: 'web_search_20250305', name: 'web_search', allowed_domains: [], blocked_domains: ['x.test'] },
      { type: 'web_search_20250305', name: 'web_search', allowed_domains: [], blocked_domains: [] },
    ];
    expect(shaped({ tools })['tools']).toEqual([
      { type: 'web_search_20250305', name: 'web_search', blocked_domains: ['x.test'] },
      { type: 'web_search_20250305', name: 'web_search' },
    ]);
  });
});

describe('breakpoints of the client', () => {
  const marked = (count: number): JsonObject[] => Array.from({ length: count }, (_, at) => t(`b${at}`, marker));

  test('are four at most, the earliest system ones first to go', () => {
    const { system } = shaped({ system: marked(6) });
    expect(markersOf(system)).toEqual({ '2': '5m', '3': '5m', '4': '5m', '5': '5m' });
  });

  test('of an hour stand before those of five minutes, in the order of evaluation', () => {
    const body = { messages: [user([t('a', hour)])], tools: [{ name: 'f', cache_control: marker }] };
    const sent = send(claude, QUIET, { body: { max_tokens: 1, ...body } });
    expect(markersOf(sent.body)).toEqual({ 'messages.0.content.0': '5m', 'tools.0': '5m' });
    expect(sent.headers['anthropic-beta']).toBeUndefined();
  });

  test('of one lifetime within the limit keep their bytes, and an hour brings its beta', () => {
    const body = { model: 'm-1', max_tokens: 1, system: [t('S', hour)], messages };
    const sent = send(claude, OFFICIAL, { body });
    expect(sent.text).toBe(JSON.stringify(body));
    expect(sent.headers['anthropic-beta']).toBe('extended-cache-ttl-2025-04-11');
  });

  test('hold the limit in a count too', () => {
    const { body } = send(claude, OFFICIAL, { operation: 'count-tokens', body: { system: marked(5), messages } });
    expect(Object.keys(markersOf(body))).toHaveLength(4);
  });

  test('in the words of a message are words', () => {
    const body = { model: 'm-1', max_tokens: 1, messages: [user(`"cache_control": {} `.repeat(9))] };
    expect(send(claude, QUIET, { body }).text).toBe(JSON.stringify(body));
  });
});

test('the same conversation has the same beginning, turn after turn', () => {
  const turns = [user('one'), assistant('x'), user('two'), assistant('y'), user('three')];
  const body = (count: number): JsonObject => ({ max_tokens: 1, system: 'S', messages: turns.slice(0, count) });
  const text = (count: number): string =>
    send(claude, OFFICIAL, { body: body(count) }).text.replace(/"messages".*/, '');
  expect(text(3)).toBe(text(5));
  expect(send(claude, OFFICIAL, { body: body(5) }).text).toBe(send(claude, OFFICIAL, { body: body(5) }).text);
});

describe('the long context', () => {
  test.each([OFFICIAL, OTHER])('is asked for by a header that stays here: %j', (secret) => {
    const { headers } = send(claude, secret, { client: { 'x-cpa-claude-1m': '' } });
    expect(headers['anthropic-beta']).toBe('context-1m-2025-08-07');
    expect(headers).not.toHaveProperty('x-cpa-claude-1m');
  });

  test('is asked for once', () => {
    const client = { 'x-cpa-claude-1m': '1', 'anthropic-beta': 'context-1m-2025-08-07,a' };
    expect(send(claude, OFFICIAL, { client }).headers['anthropic-beta']).toBe('context-1m-2025-08-07,a');
  });
});

test.each([true, false])('fast mode brings its beta, streaming %j', (stream) => {
  const { headers, body } = send(claude, OFFICIAL, { stream, body: { speed: 'fast' } });
  expect(headers['anthropic-beta']).toBe('fast-mode-2026-02-01');
  expect(body['speed']).toBe('fast');
});

test('fast mode that needs credits is the request’s own matter', () => {
  const classify = claude.bind(OFFICIAL).classify;
  const failure = { reason: 'rate-limit', status: 429 } as const;
  expect(classify?.({ ...failure, message: 'Fast mode needs usage credits' })).toEqual({
    blame: 'request',
    next: 'stop',
  });
  expect(classify?.({ ...failure, message: 'too many requests' })).toBeUndefined();
});

describe('messages of role system between the turns', () => {
  const body: JsonObject = {
    system: 'S',
    messages: [
      user('a'),
      { role: 'system', content: 'one' },
      assistant('b'),
      { role: 'system', content: [t('two')] },
      user('c'),
    ],
  };
  const REBUILD = { ...QUIET, rebuildsSystemTurns: true };

  test('are moved behind the system prompt where the entry says so', () => {
    const sent = send(claude, REBUILD, { body: { max_tokens: 1, ...body } });
    expect(sent.body['system']).toEqual([t('S'), t('one'), t('two')]);
    expect(sent.body['messages']).toEqual([user('a'), assistant('b'), user('c')]);
  });

  test('are refused for a model that refuses them, naming the message', () => {
    const refused = () => shaped(body, { model: traits('no-mid-system') });
    expect(refused).toThrow(RequestFault);
    expect(refused).toThrow(/rebuild-mid-system-message/);
  });

  test.each([traits('mid-system'), {}])('travel on to other models: %j', (model) => {
    expect(shaped(body, { model })['messages']).toEqual(body['messages']);
  });

  test.each([
    ['claude-sonnet-4-6', true],
    ['claude-haiku-4-5', true],
    ['claude-3-5-haiku-20241022', true],
    ['claude-opus-5', false],
    ['claude-sonnet-5', false],
  ])('%s refuses them: %j', (name, refuses) => {
    expect(openCatalog().find(name)?.traits.has('no-mid-system')).toBe(refuses);
  });
});
