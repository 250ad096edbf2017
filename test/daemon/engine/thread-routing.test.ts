import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openDataPlane } from '../../../src/daemon/compose.js';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import { MODEL_OF } from '../../support/gateway.js';
import { type SimulatedUpstream, startSimulatedUpstream, type UpstreamKind } from '../../support/upstream.js';

// Two accounts at each vendor, asked in turn; what one of them stores the other does not know.

const KEY = 'sk-test-client-key';
const KINDS = ['openai-responses', 'anthropic-messages'] as const;

const upstreams = new Map<UpstreamKind, readonly SimulatedUpstream[]>();
let url = '';
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const entries = await Promise.all(
    KINDS.map(async (kind) => {
      const both = await Promise.all(
        ['a', 'b'].map((apiKey) => startSimulatedUpstream({ kind, apiKey, models: [MODEL_OF[kind]] })),
      );
      upstreams.set(kind, both);
      closing.push(...both.map((each) => () => each.close()));
      const list = both.map(
        (each, at) => `
  - api-key: ${at === 0 ? 'a' : 'b'}
    base-url: ${each.url}
    disable-cooling: true
    models: [{ name: ${MODEL_OF[kind]} }]`,
      );
      return `${kind === 'openai-responses' ? 'codex' : 'claude'}-api-key:${list.join('')}`;
    }),
  );
  const text = [`api-keys: [${KEY}]`, ...entries].join('\n');
  const loaded = requireConfig(parseConfig(text, { path: 'config.yaml' }));
  const plane = openDataPlane({ loaded, log: pino({ level: 'silent' }), env: {} });
  plane.setReady(true);
  const server = createServer(plane.listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closing.unshift(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await plane.close();
  });
});
afterAll(async () => {
  for (const close of closing) await close();
});
afterEach(() => {
  for (const upstream of [...upstreams.values()].flat()) upstream.reset();
});

async function ask(path: string, body: JsonObject, headers: Readonly<Record<string, string>> = {}) {
  const reply = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  return { status: reply.status, text, headers: reply.headers };
}

/** Which of the two was asked, request by request. */
const askedOf = (kind: UpstreamKind): string =>
  (upstreams.get(kind) ?? [])
    .flatMap(({ requests }, at) => requests.map((request) => ({ at, request })))
    .map(({ at }) => 'ab'[at])
    .join('');

const idIn = (text: string, prefix: string): string => new RegExp(`"id":\\s*"(${prefix}[^"]+)"`).exec(text)?.[1] ?? '';

describe.each([
  ['streams', true],
  ['is whole', false],
])('an answer that %s and lies with an account is continued there', (_name, stream) => {
  test('OpenAI stored responses', async () => {
    const model = MODEL_OF['openai-responses'];
    const first = await ask('/v1/responses', { model, stream, store: true, input: 'hi' });
    const owner = askedOf('openai-responses');
    let previous = idIn(first.text, 'resp');
    for (let turn = 0; turn < 3; turn++) {
      const next = await ask('/v1/responses', {
        model,
        stream,
        store: true,
        previous_response_id: previous,
        input: `go on ${turn}`,
      });
      expect(next.status).toBe(200);
      previous = idIn(next.text, 'resp');
    }
    expect(askedOf('openai-responses')).toBe(owner.repeat(4));
  });

  test('threads of Anthropic', async () => {
    const model = MODEL_OF['anthropic-messages'];
    const headers = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'message-threads-2026-08-12' };
    const body = { model, stream, max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] };
    const first = await ask('/v1/messages', { ...body, thread: { type: 'create' } }, headers);
    const owner = askedOf('anthropic-messages');
    let previous = idIn(first.text, 'msg_');
    for (let turn = 0; turn < 3; turn++) {
      const thread = { type: 'continue', previous_message_id: previous };
      const messages = [{ role: 'user', content: `go on ${turn}` }];
      const next = await ask('/v1/messages', { ...body, messages, thread }, headers);
      expect(next.status).toBe(200);
      previous = idIn(next.text, 'msg_');
    }
    expect(askedOf('anthropic-messages')).toBe(owner.repeat(4));
  });
});

test('the turn state of Codex reaches the client, and comes back to the account that gave it', async () => {
  const model = MODEL_OF['openai-responses'];
  const given = { headers: { 'x-codex-turn-state': 'TURN' }, body: { id: 'resp_1', object: 'response', output: [] } };
  for (const upstream of upstreams.get('openai-responses') ?? []) upstream.script(given);
  const first = await ask('/v1/responses', { model, input: 'hi' }, { 'session-id': 's-1' });
  expect(first.headers.get('x-codex-turn-state')).toBe('TURN');
  const owner = askedOf('openai-responses');
  for (const upstream of upstreams.get('openai-responses') ?? []) upstream.reset();
  for (let turn = 0; turn < 3; turn++) {
    await ask('/v1/responses', { model, input: `other ${turn}` }, { 'x-codex-turn-state': 'TURN' });
  }
  expect(askedOf('openai-responses')).toBe(owner.repeat(3));
});
