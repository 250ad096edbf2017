import { describe, expect, test } from 'vitest';
import { betasFor } from '../../../../src/daemon/dialects/anthropic-messages/betas.js';
import {
  limitCacheBreakpoints,
  placeCacheBreakpoints,
} from '../../../../src/daemon/dialects/anthropic-messages/cache-breakpoints.js';
import { stripThinking } from '../../../../src/daemon/dialects/anthropic-messages/repair.js';
import type { JsonObject, JsonValue } from '../../../../src/daemon/ir/json.js';
import { budgetModel, jsonFixture, traits, wireBody } from '../../../support/anthropic-messages.js';

const marker = { type: 'ephemeral' };
const hour = { type: 'ephemeral', ttl: '1h' };
const t = (text: string, cache_control?: JsonObject): JsonObject => ({
  type: 'text',
  text,
  ...(cache_control === undefined ? {} : { cache_control }),
});
const user = (content: JsonValue): JsonObject => ({ role: 'user', content });
const assistant = (content: JsonValue): JsonObject => ({ role: 'assistant', content });

/** Where the markers are: the lifetime of each by its JSON path. */
function markersOf(value: unknown, path = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      key === 'cache_control'
        ? [[path, String((member as JsonObject)['ttl'] ?? '5m')]]
        : Object.entries(markersOf(member, path === '' ? key : `${path}.${key}`)),
    ),
  );
}

describe('breakpoints in a body without any', () => {
  const body: JsonObject = {
    tools: [{ name: 'a' }, { name: 'b' }, { name: 'late', defer_loading: true }],
    system: 'S',
    messages: [user('one'), assistant('x'), user([t('two'), t('more')]), assistant('y'), user('three')],
  };

  test('stand behind the last loaded tool, the system prompt and the second-to-last user turn', () => {
    expect(markersOf(placeCacheBreakpoints(body))).toEqual({
      'tools.1': '5m',
      'system.0': '5m',
      'messages.2.content.1': '5m',
    });
  });

  test('leave everything else as it was', () => {
    const placed = placeCacheBreakpoints(body);
    expect(placed['system']).toEqual([t('S', marker)]);
    expect(body['system']).toBe('S');
    expect((placed['messages'] as JsonValue[])[0]).toBe((body['messages'] as JsonValue[])[0]);
  });

  test.each<[string, JsonObject]>([
    ['one user turn', { messages: [user('one')] }],
    ['a blank system prompt', { system: ' \n', messages: [user('one')] }],
    ['no text at the end of it', { system: [t('')], messages: [user('one')] }],
    ['deferred tools only', { tools: [{ name: 'a', defer_loading: true }], messages: [user('one')] }],
    ['no content', { messages: [user([]), user('two')] }],
  ])('none with %s', (_, empty) => {
    expect(placeCacheBreakpoints(empty)).toEqual(empty);
  });

  test('a turn whose last block is thinking gets none', () => {
    const thinking = { type: 'thinking', thinking: 'hm', signature: 'E' };
    expect(markersOf(placeCacheBreakpoints({ messages: [user([t('a'), thinking]), user('b')] }))).toEqual({});
  });
});

describe('breakpoints of the client', () => {
  test.each<[string, JsonObject]>([
    ['anywhere', { system: 'S', messages: [user([t('a', marker)]), user('b')] }],
    [
      'inside a tool result',
      {
        system: 'S',
        messages: [user([{ type: 'tool_result', tool_use_id: 'x', content: [t('a', marker)] }]), user('b')],
      },
    ],
    ['by the vendor’s own choice', { cache_control: marker, system: 'S', messages: [user('a'), user('b')] }],
  ])('%s keep ours out', (_, body) => {
    expect(placeCacheBreakpoints(body)).toBe(body);
  });

  test('on thinking are taken away', () => {
    const thinking = { type: 'thinking', thinking: 'hm', signature: 'E', cache_control: marker };
    expect(markersOf(limitCacheBreakpoints({ messages: [assistant([thinking, t('a', marker)])] }))).toEqual({
      'messages.0.content.1': '5m',
    });
  });

  test('beyond four go in this order: early system, early tools, early messages', () => {
    const tools = [1, 2].map((at) => ({ name: `t${at}`, cache_control: marker }));
    const system = [t('a', marker), t('b', marker)];
    const turns = (count: number): JsonObject[] =>
      Array.from({ length: count }, (_, at) => user([t(`m${at}`, marker)]));
    expect(markersOf(limitCacheBreakpoints({ tools, system, messages: turns(1) }))).toEqual({
      'tools.0': '5m',
      'tools.1': '5m',
      'system.1': '5m',
      'messages.0.content.0': '5m',
    });
    expect(markersOf(limitCacheBreakpoints({ tools, system, messages: turns(3) }))).toEqual({
      'tools.1': '5m',
      'system.1': '5m',
      'messages.1.content.0': '5m',
      'messages.2.content.0': '5m',
    });
  });

  test('of an hour behind shorter ones become short', () => {
    expect(
      markersOf(
        limitCacheBreakpoints({
          messages: [user([t('m', hour)])],
          system: [t('a', hour), t('b', marker)],
          tools: [{ name: 't', cache_control: hour }],
        }),
      ),
    ).toEqual({ 'tools.0': '1h', 'system.0': '1h', 'system.1': '5m', 'messages.0.content.0': '5m' });
  });
});

describe('a second try without thinking', () => {
  const thinking = { type: 'thinking', thinking: 'hm', signature: 'E' };
  const redacted = { type: 'redacted_thinking', data: 'x' };
  const call = { type: 'tool_use', id: 'c', name: 'f', input: {} };

  test('has no thinking in its history, and no turn of nothing else', () => {
    expect(
      stripThinking({
        messages: [user('a'), assistant([thinking, t('b')]), user('c'), assistant([redacted]), user('d')],
      }),
    ).toEqual({ messages: [user('a'), assistant([t('b')]), user('c'), user('d')] });
  });

  test('asks for none where a tool turn would have to begin with it', () => {
    expect(
      stripThinking({
        messages: [user('a'), assistant([thinking, call]), user('r')],
        thinking: { type: 'adaptive' },
        output_config: { effort: 'high' },
      }),
    ).toEqual({ messages: [user('a'), assistant([call]), user('r')], thinking: { type: 'disabled' } });
  });

  test('still thinks where it may', () => {
    const body = { messages: [user('a'), assistant('b'), user('c')], thinking: { type: 'adaptive' } };
    expect(stripThinking(body)).toEqual(body);
  });
});

describe('betas', () => {
  const betas = (body: JsonObject, client: readonly string[] = []): string[] => betasFor(wireBody(body), client);

  test('each once: the client’s, the body’s, then those that fields need', () => {
    expect(betas({ betas: ['b', 'a'], speed: 'fast' }, ['a', ' c ', ''])).toEqual([
      'a',
      'c',
      'b',
      'fast-mode-2026-02-01',
    ]);
  });

  test('names are compared whole', () => {
    expect(betas({ speed: 'fast' }, ['fast-mode-2026-02-01-x'])).toContain('fast-mode-2026-02-01');
  });

  test.each<[string, JsonObject]>([
    ['context-management-2025-06-27', { context_management: { edits: [] } }],
    ['extended-cache-ttl-2025-04-11', { system: [t('a', hour)] }],
    ['effort-2025-11-24', { output_config: { effort: 'low' } }],
    ['structured-outputs-2025-12-15', { output_config: { format: {} } }],
    ['structured-outputs-2025-12-15', { output_format: {} }],
    ['fast-mode-2026-02-01', { speed: 'fast' }],
  ])('%s comes with %j', (beta, body) => {
    expect(betas(body)).toEqual([beta]);
  });

  test('a plain body needs none', () => {
    expect(betas({ speed: 'standard', messages: [user('system')], output_config: { effort: null } })).toEqual([]);
  });

  test('a system message between turns needs one on a model that takes it', () => {
    const body = wireBody(jsonFixture('request-documents.json'));
    const beta = 'mid-conversation-system-2026-04-07';
    expect(betasFor(body, [], budgetModel(traits('mid-system')))).toContain(beta);
    expect(betasFor(body, [], budgetModel())).not.toContain(beta);
  });
});
