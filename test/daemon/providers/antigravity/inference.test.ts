import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../../../src/daemon/ir/model.js';
import { readBody, TransportError } from '../../../../src/daemon/transport/http.js';
import { USER_AGENT } from '../../../../src/shared/version.js';
import {
  answerOf,
  CLAUDE,
  chunkOf,
  clientAnswer,
  GEMINI,
  innerOf,
  OTHER,
  openAccount,
  prepareFor,
  replyOf,
  wrappedStream,
} from '../../../support/antigravity.js';
import { modelNamed } from '../../../support/provider.js';
import { framesOf } from '../../../support/sides.js';
import { C, G, hi } from '../../../support/translation-cases.js';
import { ANTIGRAVITY_PROJECT, ANTIGRAVITY_TOKEN, errorInfo, rpcError } from '../../../support/vendors/antigravity.js';

/** The client waits. */
const STAYING = new AbortController().signal;

const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
const IMAGE: ModelInfo = modelNamed('gemini-3.1-flash-image', { traits: GEMINI.traits });
const DAILY = 'https://daily-cloudcode-pa.googleapis.com';
const MAIN = 'https://cloudcode-pa.googleapis.com';
const UUID = '[0-9a-f-]{36}';

describe('the envelope', () => {
  test('says whose project, which model and who asks', () => {
    const { request, envelope } = prepareFor(G, GEMINI, { contents, model: 'alias', stream: true });
    expect(envelope).toEqual({
      project: ANTIGRAVITY_PROJECT,
      model: 'gemini-3-flash',
      requestType: 'agent',
      requestId: expect.stringMatching(`^agent-${UUID}$`),
      userAgent: 'cliproxyctl',
      request: { contents, sessionId: expect.stringMatching(/^-\d+$/) },
    });
    expect(request.url).toBe(`${DAILY}/v1internal:streamGenerateContent?alt=sse`);
    expect(request.headers).toMatchObject({
      authorization: `Bearer ${ANTIGRAVITY_TOKEN}`,
      'content-type': 'application/json',
      'user-agent': USER_AGENT,
      accept: 'text/event-stream',
    });
  });

  test('is another one for pictures, which belong to no session', () => {
    const { envelope, inner } = prepareFor(G, IMAGE, { contents, sessionId: '-1' });
    expect(envelope).toMatchObject({
      requestType: 'image_gen',
      requestId: expect.stringMatching(`^image_gen/\\d+/${UUID}/12$`),
    });
    expect(inner).toEqual({ contents });
  });

  test.each(['image', 'image-edit'] as const)('serves %s with models that draw, and no others', (operation) => {
    const query = { client: 'openai-images', operation, stream: false };
    const draws = { ...IMAGE, outputModalities: ['text', 'image'] };
    expect(openAccount().endpoint({ ...query, model: draws })?.url).toMatch(/:streamGenerateContent\?alt=sse$/);
    expect(openAccount().endpoint({ ...query, model: { ...GEMINI, outputModalities: ['text'] } })).toBeUndefined();
    expect(openAccount().endpoint({ ...query, operation: 'embed', model: GEMINI })).toBeUndefined();
  });

  test('has a new id for each request', () => {
    const ids = [1, 2].map(() => prepareFor(C, GEMINI, { messages: hi }).envelope['requestId']);
    expect(new Set(ids).size).toBe(2);
  });

  test('offers purchased credits only where the owner of the file allows it', () => {
    const envelopeOf = (more: JsonObject) =>
      prepareFor(C, GEMINI, { messages: hi }, { upstream: openAccount(more) }).envelope;
    expect(envelopeOf({})).not.toHaveProperty('enabledCreditTypes');
    expect(envelopeOf({ paid_credits: true })['enabledCreditTypes']).toEqual(['GOOGLE_ONE_AI']);
  });

  test('no longer offers credits that are used up, and the request goes once more without', () => {
    const upstream = openAccount({ paid_credits: true });
    const { body } = rpcError(429, 'no credits', [errorInfo('INSUFFICIENT_G1_CREDITS_BALANCE')]);
    const failure = { reason: 'rate-limit', status: 429, message: 'no credits', body: JSON.stringify(body) } as const;
    const explained = upstream.explain?.(failure, {}, 1_790_000_000_000, GEMINI) ?? failure;
    const { inner: _inner, envelope } = prepareFor(C, GEMINI, { messages: hi }, { upstream });
    expect(upstream.repair?.(explained, { ...EMPTY_BODY })).toBe(true);
    expect(envelope).not.toHaveProperty('enabledCreditTypes');
  });

  test('carries the headers that the file adds', () => {
    const { request } = prepareFor(
      C,
      GEMINI,
      { messages: hi },
      { upstream: openAccount({ headers: { 'X-Team': 'a' } }) },
    );
    expect(request.headers['x-team']).toBe('a');
  });
});

const EMPTY_BODY = { bytes: new Uint8Array(), get: () => undefined, set: () => undefined, toJSON: () => ({}) };

describe('a body', () => {
  test('leaves out what is of the envelope, of the public API alone, or refused', () => {
    const body = {
      contents,
      safetySettings: [],
      serviceTier: 'flex',
      store: false,
      generationConfig: { presencePenalty: 1, frequencyPenalty: 1, temperature: 0.5 },
      labels: { team: 'a' },
    };
    expect(innerOf(G, GEMINI, body)).toEqual({
      contents,
      generationConfig: { temperature: 0.5 },
      labels: { team: 'a' },
      sessionId: expect.any(String),
    });
  });

  test('is sent in one spelling, whichever the client wrote', () => {
    const { sessionId: _session, ...inner } = innerOf(G, GEMINI, {
      contents: [{ role: 'user', parts: [{ inline_data: { mime_type: 'image/png', data: 'iVBORw0KGgo=' } }] }],
      system_instruction: { parts: [{ text: 'be terse' }, { text: '' }] },
      tool_config: { function_calling_config: { mode: 'ANY', allowed_function_names: ['f'] } },
      generation_config: { top_p: 0.5, thinking_config: { thinking_level: 'low' } },
      safety_settings: [],
    });
    expect(inner).toEqual({
      contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }] }],
      systemInstruction: { role: 'user', parts: [{ text: 'be terse' }] },
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } },
      generationConfig: { topP: 0.5, thinkingConfig: { thinkingLevel: 'low' } },
    });
  });

  test.each<{ model: ModelInfo; asked: number; sent: number | undefined }>([
    { model: GEMINI, asked: 900, sent: undefined },
    { model: OTHER, asked: 900, sent: undefined },
    { model: CLAUDE, asked: 900, sent: 900 },
    { model: CLAUDE, asked: 100_000, sent: 64_000 },
  ])('has $sent for a length of $asked with $model.id', ({ model, asked, sent }) => {
    const { generationConfig = {} } = innerOf(G, model, { contents, generationConfig: { maxOutputTokens: asked } });
    expect((generationConfig as JsonObject)['maxOutputTokens']).toBe(sent);
  });

  test('keeps its bytes where nothing need change', () => {
    const odd = '{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"sessionId":"-1","cachedContent": "a/b"}';
    const { request } = prepareFor(G, GEMINI, JSON.parse(odd));
    expect(Buffer.from(request.body).toString('utf8')).toContain(`"request":${odd.replace(': ', ':')}}`);
  });
});

describe('counting', () => {
  test.each<{ name: string; body: JsonObject }>([
    { name: 'the words', body: { contents } },
    { name: 'a whole request', body: { generateContentRequest: { model: 'models/x', contents } } },
  ])('$name names neither project nor model', ({ body }) => {
    const { request, envelope } = prepareFor(G, GEMINI, { ...body, safetySettings: [] }, { operation: 'count-tokens' });
    expect(request.url).toBe(`${DAILY}/v1internal:countTokens`);
    expect(envelope).toEqual({ request: { contents } });
  });

  test.each([{ totalTokens: 7 }, { response: { totalTokens: 7 } }])('is understood as %j', async (answer) => {
    const { request } = prepareFor(G, GEMINI, { contents }, { operation: 'count-tokens', stream: false });
    const reply = await request.converse?.(
      async () => replyOf(200, 'application/json', Buffer.from(JSON.stringify(answer))),
      STAYING,
    );
    if (reply === undefined) throw new Error('nobody was asked');
    const { bytes } = await readBody(reply.body, 1000);
    expect(JSON.parse(bytes.toString('utf8'))).toEqual({ totalTokens: 7 });
  });
});

describe('an answer', () => {
  const pieces: readonly JsonObject[] = [
    chunkOf([{ text: 'hm \\" é', thought: true }]),
    chunkOf([{ text: 'a{"response":{' }]),
    {
      ...chunkOf([{ text: 'b' }], { finishReason: 'STOP', groundingMetadata: { webSearchQueries: ['q'] } }),
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, trafficType: 'X' },
      modelVersion: 'gemini-3-flash-001',
      responseId: 'r1',
      createTime: '2026-01-01T00:00:00Z',
    },
  ];

  test('is unwrapped alike wherever the network cuts it', async () => {
    const bytes = wrappedStream(...pieces);
    for (let at = 1; at < bytes.length; at++) {
      const { text } = await answerOf(prepareFor(G, GEMINI, { contents }), bytes.subarray(0, at), bytes.subarray(at));
      expect(framesOf(text)).toEqual(pieces);
    }
  });

  test('loses nothing on its way to a Gemini client: its bytes are the service’s', async () => {
    const odd =
      '{ "candidates" : [ {"content":{"parts":[{"text":"\\u00e9 1.0"}],"role":"model"},"score":1.0} ], "new": {} }';
    for (const wrapped of [
      `{"response":${odd}}`,
      `{ "traceId":"x","response" : ${odd} , "metadata": [{"a":"}"}]}`,
      odd,
    ]) {
      const { text } = await answerOf(prepareFor(G, GEMINI, { contents }), Buffer.from(`data: ${wrapped}\n\n`));
      expect(text).toBe(`data: ${odd}\n\n`);
    }
  });

  test('may come in lines, with remarks between, and with a mark at its end', async () => {
    const stream = `: hello\n\ndata: {"response":\ndata: ${JSON.stringify(pieces[0])}\ndata: }\n\ndata: [DONE]\n\n`;
    const { text } = await answerOf(prepareFor(G, GEMINI, { contents }), Buffer.from(stream));
    expect(framesOf(text)).toEqual([pieces[0]]);
  });

  test('is whole for a client that wants no stream', async () => {
    const { json } = await clientAnswer(G, prepareFor(G, GEMINI, { contents }, { stream: false }), ...pieces);
    expect(json).toEqual({
      candidates: [
        {
          index: 0,
          content: { role: 'model', parts: [{ text: 'hm \\" é', thought: true }, { text: 'a{"response":{b' }] },
          finishReason: 'STOP',
          groundingMetadata: { webSearchQueries: ['q'] },
        },
      ],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, trafficType: 'X' },
      modelVersion: 'gemini-3-flash-001',
      responseId: 'r1',
      createTime: '2026-01-01T00:00:00Z',
    });
  });

  test('keeps apart what a signature ends, what is called and what is shown', async () => {
    const picture = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
    const call = { functionCall: { name: 'f', args: {} } };
    const parts = [
      { text: 'a' },
      { text: 'b', thoughtSignature: 's1' },
      { text: 'c' },
      { text: 'h', thought: true },
      { text: '', thought: true, thoughtSignature: 's2' },
      { text: 'i', thought: true },
      picture,
      picture,
      call,
      call,
    ];
    const chunks = [...parts.map((part) => chunkOf([part])), chunkOf([{ text: '' }], { finishReason: 'STOP' })];
    const { json } = await clientAnswer(G, prepareFor(G, GEMINI, { contents }, { stream: false }), ...chunks);
    const [{ content }] = json['candidates'] as [{ content: JsonObject }];
    expect(content['parts']).toEqual([
      { text: 'ab', thoughtSignature: 's1' },
      { text: 'c' },
      { text: 'h', thought: true, thoughtSignature: 's2' },
      { text: 'i', thought: true },
      picture,
      picture,
      call,
      call,
    ]);
  });

  test.each<{ name: string; last: readonly JsonObject[]; ends: boolean }>([
    { name: 'of a prompt that was blocked', last: [{ promptFeedback: { blockReason: 'SAFETY' } }], ends: true },
    { name: 'without its end', last: [], ends: false },
    { name: 'that breaks off with an error', last: [{ error: { code: 503, message: 'gone' } }], ends: false },
  ])('$name is whole: $ends', async ({ last, ends }) => {
    const open = ends ? [] : [chunkOf([{ text: 'a' }])];
    const prepared = prepareFor(G, GEMINI, { contents }, { stream: false });
    const { type, text } = await answerOf(prepared, wrappedStream(...open, ...last));
    // What is none stays a stream, whose reader tells how it went wrong.
    expect(type).toBe(ends ? 'application/json' : 'text/event-stream');
    if (ends) expect(JSON.parse(text)).toEqual(last[0]);
    else expect(framesOf(text)).toEqual([...open, ...last]);
  });

  test('that is a web page is left to who can tell', async () => {
    const { request } = prepareFor(G, GEMINI, { contents });
    const page = replyOf(200, 'text/html', Buffer.from('<html>'));
    expect(await request.converse?.(async () => page, STAYING)).toBe(page);
  });

  test('calls functions by the client’s names', async () => {
    const tools = [{ functionDeclarations: [{ name: '9 to-5/x' }, { name: '_9_to-5_x' }] }];
    const prepared = prepareFor(G, GEMINI, { contents, tools });
    const [{ functionDeclarations }] = prepared.inner['tools'] as [{ functionDeclarations: JsonObject[] }];
    const names = functionDeclarations.map(({ name }) => String(name));
    expect(names).toEqual(['_9_to-5_x', '_9_to-5_x_2']);
    const called = names.map((name) => ({ functionCall: { name, args: {} } }));
    const { text } = await clientAnswer(G, prepared, chunkOf(called, { finishReason: 'STOP' }));
    expect(text).toContain('"9 to-5/x"');
    expect(framesOf(text)).toEqual([
      chunkOf(
        ['9 to-5/x', '_9_to-5_x'].map((name) => ({ functionCall: { name, args: {} } })),
        { finishReason: 'STOP' },
      ),
    ]);
  });
});

describe('the hosts', () => {
  type Step = { readonly status: number; readonly body?: string } | Error;
  const lost = new TransportError('network', 'ECONNREFUSED', 'refused');

  async function asked(steps: readonly Step[], more: JsonObject = {}) {
    const urls: string[] = [];
    const { request } = prepareFor(G, GEMINI, { contents }, { upstream: openAccount(more) });
    const outcome = await request
      .converse?.(async ({ url, headers }) => {
        expect(headers['authorization']).toBe(`Bearer ${ANTIGRAVITY_TOKEN}`);
        const step = steps[urls.length];
        urls.push(new URL(url).origin);
        if (step === undefined || step instanceof Error) throw step ?? new Error('asked once too often');
        const type = step.status === 200 ? 'text/event-stream' : 'application/json';
        return replyOf(step.status, type, Buffer.from(step.body ?? '{"error":{}}'));
      }, STAYING)
      .catch((error: unknown) => error);
    return { urls, outcome: outcome instanceof Error ? outcome : (outcome as { status: number }).status };
  }

  test.each<{ name: string; steps: readonly Step[]; urls: readonly string[]; outcome: unknown }>([
    { name: 'the first one, where it answers', steps: [{ status: 200 }], urls: [DAILY], outcome: 200 },
    { name: 'the next after 429', steps: [{ status: 429 }, { status: 200 }], urls: [DAILY, MAIN], outcome: 200 },
    { name: 'the next where none is reached', steps: [lost, { status: 200 }], urls: [DAILY, MAIN], outcome: 200 },
    {
      name: 'the next without capacity',
      steps: [{ status: 503, body: '{"error":{"message":"No Capacity Available for model"}}' }, { status: 200 }],
      urls: [DAILY, MAIN],
      outcome: 200,
    },
    { name: 'nobody else after another 503', steps: [{ status: 503 }], urls: [DAILY], outcome: 503 },
    { name: 'nobody else after 400', steps: [{ status: 400 }], urls: [DAILY], outcome: 400 },
    { name: 'nobody else after 403', steps: [{ status: 403 }], urls: [DAILY], outcome: 403 },
    { name: 'each once', steps: [{ status: 429 }, { status: 429 }], urls: [DAILY, MAIN], outcome: 429 },
    { name: 'each once, and the refusal is told', steps: [{ status: 429 }, lost], urls: [DAILY, MAIN], outcome: 429 },
    { name: 'each once, none reached', steps: [lost, lost], urls: [DAILY, MAIN], outcome: lost },
  ])('are asked: $name', async ({ steps, urls, outcome }) => {
    expect(await asked(steps)).toEqual({ urls, outcome });
  });

  test('are left alone once the client is gone', async () => {
    const gone = new TransportError('aborted', 'ABORT_ERR', 'gone');
    expect(await asked([gone])).toEqual({ urls: [DAILY], outcome: gone });
  });

  test('are one where the file names it', async () => {
    const only = await asked([{ status: 429 }], { base_url: 'https://relay.example' });
    expect(only).toEqual({ urls: ['https://relay.example'], outcome: 429 });
  });
});
