import { GoogleGenAI } from '@google/genai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import { sealOpaque } from '../../src/daemon/ir/opaque.js';
import { PNG } from '../support/client-requests.js';
import { callIn, FORGETFUL_CLIENTS, send } from '../support/conversation.js';
import { servesEveryClient } from '../support/every-client.js';
import { framesOf } from '../support/sides.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import {
  antigravityFile,
  callsOf,
  type FakeAntigravity,
  rpcError,
  startFakeAntigravity,
} from '../support/vendors/antigravity.js';
import { type AntigravityInference, startAntigravityInference } from '../support/vendors/antigravity-inference.js';

const GEMINI = 'gemini-3-flash';
const CLAUDE = 'claude-sonnet-4-6';
const OTHER = 'gpt-oss-120b-medium';
const IMAGE = 'gemini-3.1-flash-image';
/** As the account lists it. */
const SEARCHING = 'claude-opus-4-6-thinking';

const THINKS = { min: 128, max: 32_768, zeroAllowed: false, dynamicAllowed: true, levels: [] };

let inference: AntigravityInference;
let vendor: FakeAntigravity;
let gateway: VendorGateway;

beforeAll(async () => {
  inference = await startAntigravityInference([GEMINI, CLAUDE, OTHER, IMAGE, SEARCHING]);
  vendor = await startFakeAntigravity(inference.answer);
  const config = `antigravity: { enabled: true }
oauth-endpoints: { antigravity: ${JSON.stringify(vendor.endpoints)} }
request-retry: 0
`;
  const listed = [GEMINI, CLAUDE, OTHER, IMAGE, SEARCHING].map((id) => ({
    id,
    userDefined: false,
    outputModalities: id === IMAGE ? ['text', 'image'] : ['text'],
    traits: [
      ...(id.startsWith('gemini-3') ? (['gemini-3'] as const) : []),
      ...(id === SEARCHING ? (['web-search'] as const) : []),
    ],
    ...(id === OTHER || id === IMAGE ? {} : { thinking: THINKS }),
  }));
  gateway = await startVendorGateway(config, [
    account('antigravity-ann@example.com.json', antigravityFile(), { models: listed }),
  ]);
});
afterAll(async () => {
  await gateway.close();
  await vendor.close();
  await inference.close();
});
afterEach(() => {
  vendor.reset();
  gateway.plane.resetCredentials(undefined);
});

describe('an account', () => {
  servesEveryClient(() => gateway, GEMINI);
  servesEveryClient(() => gateway, CLAUDE);
});

const bodyOf = (at = -1): JsonObject => vendor.seen.at(at)?.body ?? {};
const innerOf = (at = -1): JsonObject => bodyOf(at)['request'] as JsonObject;
const partsOf = (at: number, turn: number): readonly JsonObject[] => {
  const contents = innerOf(at)['contents'] as { parts: JsonObject[] }[];
  return contents[turn]?.parts ?? [];
};
const messages = [{ role: 'user', content: 'hi' }];
const chat = (model: string, more: JsonObject = {}) => ({
  path: '/v1/chat/completions',
  body: { model, messages, ...more },
});

test('models of other vendors are served, too', async () => {
  const { status, text } = await send(gateway, chat(OTHER));
  expect(status, text).toBe(200);
  expect(bodyOf()).toMatchObject({ model: OTHER, userAgent: 'cliproxyctl' });
});

test('a picture is asked for as one', async () => {
  const answer = await send(gateway, chat(IMAGE, { modalities: ['image', 'text'] }));
  expect(answer.status, answer.text).toBe(200);
  expect(bodyOf()).toMatchObject({
    requestType: 'image_gen',
    request: { generationConfig: { responseModalities: ['IMAGE', 'TEXT'] } },
  });
});

test('the Images API draws with it', async () => {
  const picture = { inlineData: { mimeType: 'image/png', data: PNG } };
  const chunk = { response: { candidates: [{ index: 0, content: { parts: [picture] }, finishReason: 'STOP' }] } };
  const body = `data: ${JSON.stringify(chunk)}\n\n`;
  vendor.script({ status: 200, headers: { 'content-type': 'text/event-stream' }, body });
  const answer = await send(gateway, {
    path: '/v1/images/generations',
    body: { model: IMAGE, prompt: 'a dot', size: '1536x1024', response_format: 'b64_json' },
  });
  expect(answer.status, answer.text).toBe(200);
  expect(answer.objects[0]).toMatchObject({ data: [{ b64_json: PNG }] });
  expect(bodyOf()).toMatchObject({
    requestType: 'image_gen',
    request: { generationConfig: { imageConfig: { aspectRatio: '3:2' } } },
  });
});

describe('thinking that the client does not keep', () => {
  test.each(FORGETFUL_CLIENTS.filter(({ id }) => id !== 'gemini-generate'))(
    'goes back to Claude with its signature, for a client of $id',
    async (client) => {
      const first = await send(gateway, client.ask(CLAUDE, true));
      const call = { id: callIn(first.objects), args: { city: 'Paris' } };
      const next = await send(gateway, client.goOn(CLAUDE, call, true));
      expect(next.status, next.text).toBe(200);
      expect(partsOf(-1, 1).map(({ thought, thoughtSignature }) => [thought, typeof thoughtSignature])).toEqual([
        [true, 'string'],
        [undefined, 'undefined'],
      ]);
      expect(innerOf()['generationConfig']).toHaveProperty('thinkingConfig');
    },
  );
});

describe('a Gemini client', () => {
  const google = () => new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
  const question = {
    contents: 'use get_weather for Paris',
    config: {
      tools: [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: { type: 'object' } }] }],
      thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 },
    },
  };

  test('counts', async () => {
    const { totalTokens } = await google().models.countTokens({ model: GEMINI, contents: 'how many is this?' });
    expect(totalTokens).toBeGreaterThan(0);
    expect(vendor.seen.at(-1)?.path).toMatch(/:countTokens$/);
  });

  test.each([
    [GEMINI, CLAUDE],
    [CLAUDE, GEMINI],
    [CLAUDE, CLAUDE],
    [GEMINI, GEMINI],
  ])('goes on with %s what it began with another (%s)', async (next, first) => {
    const { candidates } = await google().models.generateContent({ model: first, ...question });
    const answer = candidates?.[0]?.content;
    if (answer === undefined) throw new Error('no answer');
    const result = {
      role: 'user',
      parts: [{ functionResponse: { name: 'get_weather', response: { result: 'sunny' } } }],
    };
    const contents = [{ role: 'user', parts: [{ text: question.contents }] }, answer, result];
    let text = '';
    for await (const chunk of await google().models.generateContentStream({ ...question, model: next, contents })) {
      text += chunk.text ?? '';
    }
    expect(text).toContain('sunny');
  });
});

test('an answer that begins and then breaks off is an error in the client’s own words', async () => {
  const begun = 'data: {"response":{"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"a"}]}}]}}\n\n';
  const broken = 'data: {"error":{"code":503,"message":"The service is going away","status":"UNAVAILABLE"}}\n\n';
  for (const rest of [broken, '']) {
    gateway.plane.resetCredentials(undefined);
    vendor.script({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: begun + rest });
    const path = `/v1beta/models/${GEMINI}:streamGenerateContent?alt=sse`;
    const { text } = await send(gateway, { path, body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] } });
    expect(framesOf(text).at(-1)).toMatchObject({ error: { code: rest === '' ? 502 : 503 } });
    vendor.script({ status: 200, headers: { 'content-type': 'text/event-stream' }, body: begun + rest });
    gateway.plane.resetCredentials(undefined);
    const whole = await send(gateway, chat(GEMINI));
    expect(whole.status).toBeGreaterThanOrEqual(500);
  }
});

describe('a signature that is refused', () => {
  const contents = (signature: string): JsonObject[] => [
    { role: 'user', parts: [{ text: 'use get_weather for Paris' }] },
    {
      role: 'model',
      parts: [
        { text: 'hm', thought: true, thoughtSignature: signature },
        { functionCall: { name: 'get_weather', args: {} }, thoughtSignature: signature },
      ],
    },
    { role: 'user', parts: [{ functionResponse: { name: 'get_weather', response: { result: 'sunny' } } }] },
  ];
  const stale: Readonly<Record<string, string>> = {
    [GEMINI]: 'Zm9yZWlnbg==',
    [CLAUDE]: sealOpaque({ origin: 'anthropic-messages', value: 'Egdmb3JlaWdu' }, 'gemini-generate'),
  };

  test.each([GEMINI, CLAUDE])('is left out, and the request sent once more (%s)', async (model) => {
    const answer = await send(gateway, {
      path: `/v1beta/models/${model}:generateContent`,
      body: { contents: contents(stale[model] ?? '') },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(vendor.seen).toHaveLength(2);
    expect(JSON.stringify(innerOf(0))).toMatch(/Zm9yZWlnbg|RWdkbWIzSmxhV2R1/);
    expect(JSON.stringify(innerOf(1))).not.toMatch(/Zm9yZWlnbg|RWdkbWIzSmxhV2R1/);
  });
});

describe('the other host', () => {
  test('is asked where the first has no room, and nobody notices', async () => {
    vendor.script(rpcError(429, 'Resource has been exhausted'));
    const answer = await send(gateway, chat(GEMINI));
    expect(answer.status, answer.text).toBe(200);
    expect(callsOf(vendor)).toEqual(
      ['daily streamGenerateContent?alt=sse', 'main streamGenerateContent?alt=sse'].map((call) =>
        call.replace('?alt=sse', ''),
      ),
    );
  });

  test('has the last word where neither has', async () => {
    vendor.script(rpcError(503, 'No capacity available for model'), rpcError(503, 'No capacity available for model'));
    const answer = await send(gateway, chat(GEMINI));
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('No capacity available');
    expect(vendor.seen).toHaveLength(2);
  });
});

test('a search by an Anthropic client is one of the service’s own', async () => {
  const tools = [{ type: 'web_search_20250305', name: 'web_search' }];
  const body = { model: SEARCHING, max_tokens: 1000, messages: [{ role: 'user', content: 'weather' }], tools };
  for (const stream of [true, false]) {
    const answer = await send(gateway, { path: '/v1/messages', body: { ...body, stream } });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).toContain('web_search_tool_result');
    expect(answer.text).toContain('https://two.example/');
    expect(bodyOf()['requestType']).toBe('web_search');
  }
});
