import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { joinBetas, neededBetas, takeClientBetas } from '../../../../src/daemon/providers/claude/betas.js';
import { hour, textBlock as t, userTurn as user } from '../../../support/anthropic-bodies.js';
import { jsonFixture, traits } from '../../../support/anthropic-messages.js';
import { modelNamed, relayed } from '../../../support/provider.js';

const needed = (body: JsonObject, operation: 'generate' | 'count-tokens' = 'generate') =>
  neededBetas(relayed(body), { model: modelNamed('claude-x'), operation });

describe('betas of the client', () => {
  test('are those of its header lines, then those of the body', () => {
    const body = relayed({ betas: ['d', 7, ' e '], messages: [] });
    expect(takeClientBetas({ 'anthropic-beta': ['a, b', 'c,'] }, body)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('leave the body, whatever stands there', () => {
    const body = relayed({ betas: 'a', messages: [] });
    expect(takeClientBetas({}, body)).toEqual([]);
    expect(body.toJSON()).toEqual({ messages: [] });
  });

  test('do not touch the bytes of a body without any', () => {
    const body = relayed({ messages: [] });
    const { bytes } = body;
    expect(takeClientBetas({ 'anthropic-beta': 'a' }, body)).toEqual(['a']);
    expect(body.bytes).toBe(bytes);
  });

  test('hold the long context when its header is there, even empty', () => {
    expect(takeClientBetas({ 'x-cpa-claude-1m': '' }, relayed({}))).toEqual(['context-1m-2025-08-07']);
  });

  test('are sent once each, compared whole', () => {
    expect(joinBetas(['b', 'a', 'b', 'a-2'])).toBe('b,a,a-2');
  });
});

describe('betas of the request', () => {
  test.each<[string, JsonObject]>([
    ['context-management-2025-06-27', { context_management: { edits: [] } }],
    ['extended-cache-ttl-2025-04-11', { system: [t('a', hour)] }],
    ['effort-2025-11-24', { output_config: { effort: 'low' } }],
    ['structured-outputs-2025-12-15', { output_config: { format: {} } }],
    ['structured-outputs-2025-12-15', { output_format: {} }],
    ['fast-mode-2026-02-01', { speed: 'fast' }],
  ])('%s comes with %j', (beta, body) => {
    expect(needed(body)).toEqual([beta]);
  });

  test('are none for a plain body', () => {
    expect(needed({ speed: 'standard', messages: [user('system')], output_config: { effort: null } })).toEqual([]);
  });

  test('hold one for a system message between turns, on a model that takes it', () => {
    const body = relayed(jsonFixture('request-documents.json'));
    const on = (model: ReturnType<typeof modelNamed>) => neededBetas(body, { model, operation: 'generate' });
    const beta = 'mid-conversation-system-2026-04-07';
    expect(on(modelNamed('claude-x', traits('mid-system')))).toContain(beta);
    expect(on(modelNamed('claude-x'))).not.toContain(beta);
  });

  test('hold one for counting', () => {
    expect(needed({}, 'count-tokens')).toEqual(['token-counting-2024-11-01']);
  });
});
