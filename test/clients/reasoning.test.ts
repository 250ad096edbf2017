import { describe, expect, test } from 'vitest';
import { callIn, FORGETFUL_CLIENTS, send } from '../support/conversation.js';
import { MODEL_OF, type TestGateway, UPSTREAM_KINDS, useGateway } from '../support/gateway.js';
import type { UpstreamKind } from '../support/upstream.js';

// What vendors want back of their thinking, through clients that keep none of it. The upstreams refuse what they did not issue.

/** Where each vendor wants its state. */
const STATE: Readonly<Partial<Record<UpstreamKind, RegExp>>> = {
  'openai-responses': /"encrypted_content":"[\w=-]{50,}"/,
  'anthropic-messages': /"signature":"[\w+/=]{50,}"/,
  'gemini-generate': /"thoughtSignature":"[\w+/=]{50,}"/,
};

let gateway: TestGateway;
useGateway((started) => {
  gateway = started;
});

const PARIS = { city: 'Paris' };

describe.each(FORGETFUL_CLIENTS)('$id client', (client) => {
  describe.each(UPSTREAM_KINDS.filter((kind) => kind !== client.id && STATE[kind] !== undefined))('to %s', (kind) => {
    test.each([
      ['streams', true],
      ['is whole', false],
    ])('the state of an answer that %s goes back with its call', async (_name, stream) => {
      const model = MODEL_OF[kind];
      const first = await send(gateway, client.ask(model, stream));
      expect(first.status).toBe(200);
      const next = await send(gateway, client.goOn(model, { id: callIn(first.objects), args: PARIS }, stream));
      expect(next.status).toBe(200);
      const asked = gateway.upstreams[kind].requests;
      expect(JSON.stringify(asked[0]?.body)).not.toMatch(STATE[kind] ?? '');
      expect(JSON.stringify(asked[1]?.body)).toMatch(STATE[kind] ?? '');
      expect(asked).toHaveLength(2);
    });
  });

  test.each(UPSTREAM_KINDS)('no upstream sees what %s left in the conversation', async (kind) => {
    const first = await send(gateway, client.ask(MODEL_OF[kind], false));
    const call = { id: callIn(first.objects), args: PARIS };
    // To its own vendor the client itself is to blame for what it forgot.
    for (const other of UPSTREAM_KINDS.filter((each) => each !== kind && each !== client.id)) {
      expect((await send(gateway, client.goOn(MODEL_OF[other], call, true))).status).toBe(200);
      const body = JSON.stringify(gateway.upstreams[other].requests.at(-1)?.body);
      expect(body).not.toContain('cliproxy0');
      for (const state of Object.values(STATE)) expect(body).not.toMatch(state);
    }
  });
});

/** Clients that send back all they got, to an upstream that speaks their own dialect: bytes pass, foreign state does not. */
describe('a conversation that moves to an upstream of the client’s own dialect', () => {
  test('Claude gets no signatures of Gemini, and thinks no further where its own thinking is missing', async () => {
    const [, , client] = FORGETFUL_CLIENTS;
    if (client === undefined) throw new Error('no client');
    const first = await send(gateway, client.ask(MODEL_OF['gemini-generate'], false));
    const [answer] = first.objects;
    const { path, body } = client.goOn(
      MODEL_OF['anthropic-messages'],
      { id: callIn(first.objects), args: PARIS },
      false,
    );
    const messages = Array.isArray(body['messages']) ? [...body['messages']] : [];
    messages[1] = { role: 'assistant', content: answer?.['content'] ?? [] };
    expect(JSON.stringify(messages)).toContain('cliproxy0G');
    const next = await send(gateway, { path, body: { ...body, messages } }, { 'x-cliproxy-warnings': '1' });
    expect(next.status).toBe(200);
    expect(gateway.upstreams['anthropic-messages'].requests[0]?.body).toMatchObject({ thinking: { type: 'disabled' } });
    expect(next.headers.get('x-cliproxy-warnings')).toContain('thinking of another vendor');
  });

  test('OpenAI gets no thinking of Claude', async () => {
    const [, client] = FORGETFUL_CLIENTS;
    if (client === undefined) throw new Error('no client');
    const asked = client.ask(MODEL_OF['anthropic-messages'], false);
    const include = { include: ['reasoning.encrypted_content'], store: false };
    const first = await send(gateway, { ...asked, body: { ...asked.body, ...include } });
    const output = first.objects[0]?.['output'];
    expect(JSON.stringify(output)).toContain('cliproxy0A');
    const { path, body } = client.goOn(MODEL_OF['openai-responses'], { id: callIn(first.objects), args: PARIS }, false);
    const [question, , result] = Array.isArray(body['input']) ? body['input'] : [];
    const input = [question, ...(Array.isArray(output) ? output : []), result];
    const next = await send(gateway, { path, body: { ...body, ...include, input } });
    expect(next.status).toBe(200);
    expect(JSON.stringify(gateway.upstreams['openai-responses'].requests[0]?.body)).not.toContain('cliproxy0');
  });
});

describe('state that an upstream refuses is left out, and the request sent once more', () => {
  test.each([
    {
      kind: 'openai-responses' as const,
      path: '/v1/responses',
      body: {
        input: [
          { role: 'user', content: 'hi' },
          { type: 'reasoning', summary: [], encrypted_content: 'gAAAAABofAnotherAccount' },
          { role: 'assistant', content: 'ho' },
          { role: 'user', content: 'hi' },
        ],
      },
    },
    {
      kind: 'gemini-generate' as const,
      path: `/v1beta/models/${MODEL_OF['gemini-generate']}:generateContent`,
      body: {
        contents: [
          { role: 'user', parts: [{ text: 'hi' }] },
          { role: 'model', parts: [{ text: 'ho', thoughtSignature: 'QW5vdGhlcg==' }] },
          { role: 'user', parts: [{ text: 'hi' }] },
        ],
      },
    },
  ])('$kind', async ({ kind, path, body }) => {
    const call = { path, body: { ...(kind === 'gemini-generate' ? {} : { model: MODEL_OF[kind] }), ...body } };
    const answer = await send(gateway, call, { 'x-cliproxy-warnings': '1' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-cliproxy-warnings')).toContain('sent again without what the upstream refused');
    const seen = gateway.upstreams[kind].requests.map(({ body: sent }) => JSON.stringify(sent));
    expect(seen).toHaveLength(2);
    expect(seen[1]).not.toMatch(/AnotherAccount|QW5vdGhlcg/);
  });
});
