import { describe, expect, test } from 'vitest';
import { openDeframer } from '../../../../src/daemon/framing/deframer.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { openCopilotAccount } from '../../../../src/daemon/providers/copilot/account-upstream.js';
import { accountContext, sendThrough } from '../../../support/accounts.js';
import { assistantTurn as assistant, textBlock as t, userTurn as user } from '../../../support/anthropic-bodies.js';
import { relayed } from '../../../support/provider.js';
import { copilotFile } from '../../../support/vendors/copilot.js';

const MODEL = { id: 'claude-x', endpoints: ['/v1/messages'], maxOutputTokens: 16_000 };
const open = () => openCopilotAccount(copilotFile({ access_token: 'gho_x' }), accountContext());
const sent = (body: JsonObject, client: Readonly<Record<string, string>> = {}): JsonObject =>
  sendThrough(open(), 'anthropic-messages', {
    model: MODEL,
    client,
    body: { model: 'claude-x', max_tokens: 4_000, messages: [user('hi')], ...body },
  }).body;

const thinking = { type: 'enabled', budget_tokens: 2_000 };
const marker = { cache_control: { type: 'ephemeral' } };

// copilot.md 4.7: what Anthropic refuses of a Messages body, Copilot's Claude refuses too.
describe('a Messages body for Copilot’s Claude', () => {
  test.each<{ name: string; given: JsonObject; expected: JsonObject }>([
    {
      name: 'has a limit of the model where the client set none',
      given: { max_tokens: undefined },
      expected: { max_tokens: 16_000 },
    },
    {
      name: 'thinks not beside a forced tool',
      given: { tool_choice: { type: 'any' }, tools: [{ name: 'f' }], thinking },
      expected: { thinking: undefined },
    },
    {
      name: 'samples not beside thinking',
      given: { thinking, temperature: 0.2, top_k: 3 },
      expected: { temperature: undefined, top_k: undefined, thinking },
    },
    {
      name: 'has its budget below its limit',
      given: { thinking: { ...thinking, budget_tokens: 9_000 } },
      expected: { thinking: { ...thinking, budget_tokens: 3_999 } },
    },
    {
      name: 'searches without empty lists of domains',
      given: { tools: [{ type: 'web_search_20250305', name: 'web_search', allowed_domains: [] }] },
      expected: { tools: [{ type: 'web_search_20250305', name: 'web_search', ...marker }] },
    },
    {
      name: 'has a prompt-cache breakpoint where there was none',
      given: { system: 'S' },
      expected: { system: [{ type: 'text', text: 'S', ...marker }] },
    },
    {
      name: 'has four breakpoints at most',
      given: { system: ['a', 'b', 'c', 'd', 'e'].map((text) => ({ type: 'text', text, ...marker })) },
      expected: {
        system: [t('a'), ...['b', 'c', 'd', 'e'].map((text) => ({ type: 'text', text, ...marker }))],
      },
    },
  ])('$name', ({ given, expected }) => {
    const body = sent(given);
    for (const [member, value] of Object.entries(expected)) expect(body[member]).toEqual(value);
  });

  test('of Claude Code keeps the breakpoints that it set itself', () => {
    const messages = [user('one'), assistant([t('x')]), user('two')];
    expect(sent({ messages, system: 'S' }, { 'x-claude-code-session-id': 's' })).toMatchObject({
      messages,
      system: 'S',
    });
  });
});

describe('a Messages body that was refused is mended once', () => {
  const call = (id: string) => ({ type: 'tool_use', id, name: 'f', input: {} });
  test.each<{ name: string; message: string; messages: JsonObject[]; mended: JsonObject[] }>([
    {
      name: 'without thinking that another vendor signed',
      message: 'messages.1.content.0: Invalid `signature` in `thinking` block',
      messages: [user('a'), assistant([{ type: 'thinking', thinking: 'x', signature: 'E' }, t('b')]), user('c')],
      mended: [user('a'), assistant([t('b')]), user('c')],
    },
    {
      name: 'with tool ids of plain characters',
      message: "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'",
      messages: [user('a'), assistant([call('call.1')]), user([{ type: 'tool_result', tool_use_id: 'call.1' }])],
      mended: [user('a'), assistant([call('call_1')]), user([{ type: 'tool_result', tool_use_id: 'call_1' }])],
    },
    {
      name: 'with each result behind its call',
      message: 'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: c1',
      messages: [user('a'), assistant([call('c1')]), user('b'), user([{ type: 'tool_result', tool_use_id: 'c1' }])],
      mended: [user('a'), assistant([call('c1')]), user([{ type: 'tool_result', tool_use_id: 'c1' }, t('b')])],
    },
  ])('$name', ({ message, messages, mended }) => {
    const body = relayed({ model: 'claude-x', messages });
    expect(open().repair?.({ reason: 'invalid-request', status: 400, message }, body)).toBe(true);
    expect(body.toJSON()['messages']).toEqual(mended);
  });
});

test('a stream event of 20 MiB, as tool arguments can be, is read whole', () => {
  const frames: number[] = [];
  const decoder = new TextDecoder();
  const deframer = openDeframer((_event, data) => void frames.push(data.length), {
    write: (chunk) => decoder.decode(chunk, { stream: true }),
    end: () => decoder.decode(),
  });
  const piece = Buffer.alloc(1024 * 1024, 'x');
  deframer.push(Buffer.from('data: '));
  for (let count = 0; count < 20; count++) deframer.push(piece);
  deframer.push(Buffer.from('\n\n'));
  deframer.end();
  expect(frames).toEqual([20 * piece.length]);
});
