import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI, type Part, Type } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isObject, type JsonObject } from '../../src/daemon/ir/json.js';
import type { ListedModelInfo } from '../../src/daemon/runtime/account-models.js';
import { PNG } from '../support/client-requests.js';
import { eventFrame, exceptionFrame } from '../support/event-stream.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import {
  type FakeKiro,
  KIRO_TOKEN,
  kiroError,
  kiroFile,
  kiroStream,
  METADATA,
  partsOf,
  startFakeKiro,
  usualAnswer,
} from '../support/vendors/kiro.js';

const MODEL = 'claude-sonnet-4.5';
const listed: ListedModelInfo = {
  id: MODEL,
  userDefined: false,
  traits: [],
  contextTokens: 200_000,
  maxOutputTokens: 64_000,
  thinking: { min: 1024, max: 64_000, zeroAllowed: true, dynamicAllowed: false, levels: [] },
};

const configOf = ({ origin }: FakeKiro): string =>
  `oauth-endpoints: { kiro: { api: '${origin}', codewhisperer: '${origin}/legacy' } }
request-retry: 0
`;

let vendor: FakeKiro;
let gateway: VendorGateway;
let openai: OpenAI;
let anthropic: Anthropic;
let gemini: GoogleGenAI;

beforeAll(async () => {
  vendor = await startFakeKiro();
  gateway = await startVendorGateway(configOf(vendor), [
    account('kiro-idc-ann.json', kiroFile(), { models: [listed] }),
  ]);
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
  gemini = new GoogleGenAI({ apiKey: gateway.key, httpOptions: { baseUrl: gateway.url } });
});
afterAll(async () => {
  await gateway.close();
  await vendor.close();
});
afterEach(() => {
  vendor.reset();
  vendor.answer = usualAnswer;
  vendor.token = KIRO_TOKEN;
  gateway.plane.resetCredentials(undefined);
});

const HELLO = 'Hello from kiro: good morning';
const messages = [{ role: 'user' as const, content: 'good morning' }];
const schema = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };
const bodies = (): readonly JsonObject[] =>
  vendor.seen.filter(({ path }) => path.endsWith('/generateAssistantResponse')).map(({ body }) => body);
const lastParts = () => partsOf(bodies().at(-1) ?? {});
const lastImages = (): readonly unknown[] => {
  const input = lastParts().message['userInputMessage'];
  return isObject(input) && Array.isArray(input['images']) ? input['images'] : [];
};
const anImage = { format: 'png', source: { bytes: PNG } };

describe('a Messages client', () => {
  const max_tokens = 4000;

  test('gets a whole answer with exact counts', async () => {
    const answer = await anthropic.messages.create({ model: 'claude-sonnet-4-5', max_tokens, messages });
    expect(answer).toMatchObject({
      content: [{ type: 'text', text: HELLO }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 900, cache_read_input_tokens: 200, output_tokens: 41 },
    });
  });

  test('gets a stream with thinking, text and a call', async () => {
    const stream = anthropic.messages.stream({
      model: `kiro-claude-sonnet-4-5`,
      max_tokens,
      thinking: { type: 'enabled', budget_tokens: 2000 },
      tools: [{ name: 'get.weather', input_schema: schema }],
      messages: [{ role: 'user', content: 'call it' }],
    });
    const answer = await stream.finalMessage();
    expect(answer.content).toEqual([
      { type: 'thinking', thinking: 'Let me see.', signature: '' },
      { type: 'text', text: 'Hello from kiro: call it' },
      expect.objectContaining({ type: 'tool_use', id: 'tooluse_01', name: 'get.weather', input: { city: 'Bern' } }),
    ]);
    expect(answer.stop_reason).toBe('tool_use');
    expect(answer.usage.output_tokens).toBe(41);
    expect(lastParts().opening).toContain(
      '<thinking_mode>enabled</thinking_mode><max_thinking_length>2000</max_thinking_length>',
    );
  });

  test('sends results and images back, in the next turn', async () => {
    const answer = await anthropic.messages.create({
      model: MODEL,
      max_tokens,
      system: 'Be brief.',
      tools: [{ name: 'get.weather', input_schema: schema }],
      messages: [
        { role: 'user', content: 'what is it?' },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 'toolu|1', name: 'get.weather', input: { city: 'Bern' } }],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'toolu|1',
              content: [
                { type: 'text', text: 'sunny' },
                { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
              ],
            },
            { type: 'text', text: 'good morning' },
          ],
        },
      ],
    });
    expect(answer.content).toMatchObject([{ type: 'text', text: HELLO }]);
    expect(lastImages()).toEqual([anImage]);
    expect(lastParts().opening).toBe('Be brief.\n\nwhat is it?');
    expect(lastParts().message).toMatchObject({
      userInputMessage: {
        userInputMessageContext: {
          toolResults: [
            {
              toolUseId: 'toolu_1',
              status: 'success',
              content: [{ text: 'sunny\n[the result has an image, attached to this message]' }],
            },
          ],
        },
      },
    });
  });

  test('gets Kiro’s signature sealed, and Kiro its thinking back', async () => {
    const thinking = { type: 'enabled' as const, budget_tokens: 2000 };
    vendor.answer = () => [
      eventFrame('reasoningContentEvent', { text: 'hm' }),
      eventFrame('reasoningContentEvent', { signature: 'sig' }),
      eventFrame('assistantResponseEvent', { content: 'yes' }),
    ];
    const answer = await anthropic.messages.create({ model: MODEL, max_tokens, thinking, messages });
    expect(answer.content[0]).toMatchObject({
      type: 'thinking',
      thinking: 'hm',
      signature: expect.stringMatching(/^cliproxy0K/),
    });
    const turns = [...messages, { role: 'assistant' as const, content: answer.content }, ...messages];
    await anthropic.messages.create({ model: MODEL, max_tokens, thinking, messages: turns });
    const state = bodies().at(-1)?.['conversationState'];
    expect(isObject(state) && state['history']).toMatchObject([
      {},
      { assistantResponseMessage: { content: '<thinking>hm</thinking>\n\nyes' } },
    ]);
  });

  test('is told that its prompt is too long in the words it knows', async () => {
    vendor.script(kiroError(400, 'CONTENT_LENGTH_EXCEEDS_THRESHOLD', 'Input is too long.'));
    await expect(anthropic.messages.create({ model: MODEL, max_tokens, messages })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('prompt is too long'),
    });
    expect(gateway.plane.credentials()[0]?.state).toBe('ready');
  });
});

describe('a Chat client', () => {
  const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: schema } }];

  test('gets a whole answer', async () => {
    const answer = await openai.chat.completions.create({ model: MODEL, messages });
    expect(answer.choices[0]).toMatchObject({ message: { content: HELLO }, finish_reason: 'stop' });
    expect(answer.usage).toMatchObject({
      prompt_tokens: 1100,
      completion_tokens: 41,
      prompt_tokens_details: { cached_tokens: 200 },
    });
  });

  test('gets a streamed call with its thinking, and may show an image', async () => {
    const image_url = { url: `data:image/png;base64,${PNG}` };
    const stream = openai.chat.completions.stream({
      model: MODEL,
      reasoning_effort: 'high',
      tools,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url },
            { type: 'text', text: 'call it' },
          ],
        },
      ],
    });
    const answer = await stream.finalChatCompletion();
    expect(answer.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Hello from kiro: call it',
        tool_calls: [{ id: 'tooluse_01', function: { name: 'weather', arguments: '{"city":"Bern"}' } }],
      },
    });
    expect(lastImages()).toEqual([anImage]);
    expect(lastParts().opening).toContain('<thinking_mode>enabled</thinking_mode>');
  });

  test('sends a result back', async () => {
    await openai.chat.completions.create({
      model: MODEL,
      tools,
      messages: [
        ...messages,
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: '' },
      ],
    });
    expect(lastParts().message).toMatchObject({
      userInputMessage: {
        userInputMessageContext: { toolResults: [{ toolUseId: 'call_1', content: [{ text: '(no output)' }] }] },
      },
    });
  });
});

describe('a Responses client', () => {
  const tools = [
    { type: 'function' as const, name: 'weather', strict: false, parameters: schema },
    { type: 'custom' as const, name: 'patch' },
  ];

  test('gets a whole answer', async () => {
    const answer = await openai.responses.create({ model: MODEL, input: 'good morning' });
    expect(answer.output_text).toBe(HELLO);
    expect(answer.usage).toMatchObject({ input_tokens: 1100, output_tokens: 41 });
  });

  test('gets a streamed call with its thinking, and may show an image', async () => {
    const stream = openai.responses.stream({
      model: MODEL,
      reasoning: { effort: 'low', summary: 'auto' },
      tools,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${PNG}` },
            { type: 'input_text', text: 'call it' },
          ],
        },
      ],
    });
    const { output } = await stream.finalResponse();
    expect(output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call']);
    expect(output[2]).toMatchObject({ name: 'weather', arguments: '{"city":"Bern"}' });
    expect(lastImages()).toEqual([anImage]);
  });

  test('gets the free text of its own tool', async () => {
    const use = { toolUseId: 'tooluse_02', name: 'patch' };
    vendor.answer = () => [eventFrame('toolUseEvent', { ...use, input: { input: 'diff' }, stop: true }), METADATA];
    const answer = await openai.responses.create({ model: MODEL, tools, input: 'patch it' });
    expect(answer.output).toMatchObject([{ type: 'custom_tool_call', name: 'patch', input: 'diff' }]);
  });
});

describe('a Gemini client', () => {
  test('gets a whole answer', async () => {
    const answer = await gemini.models.generateContent({ model: MODEL, contents: 'good morning' });
    expect(answer.text).toBe(HELLO);
    expect(answer.usageMetadata).toMatchObject({ promptTokenCount: 1100, candidatesTokenCount: 41 });
  });

  test('gets a streamed call with its thinking, and may show an image', async () => {
    const stream = await gemini.models.generateContentStream({
      model: MODEL,
      contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: PNG } }, { text: 'call it' }] }],
      config: {
        thinkingConfig: { thinkingBudget: 2000, includeThoughts: true },
        tools: [
          {
            functionDeclarations: [
              { name: 'weather', parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } } },
            ],
          },
        ],
      },
    });
    const parts: Part[] = [];
    for await (const chunk of stream) parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
    const texts = (isThought: boolean) =>
      parts
        .filter((part) => (part.thought === true) === isThought)
        .map(({ text }) => text ?? '')
        .join('');
    expect(texts(true)).toBe('Let me see.');
    expect(texts(false)).toBe('Hello from kiro: call it');
    expect(parts.find(({ functionCall }) => functionCall !== undefined)?.functionCall).toMatchObject({
      name: 'weather',
      args: { city: 'Bern' },
    });
    expect(lastImages()).toEqual([anImage]);
  });
});

describe('failures', () => {
  const ask = () => openai.chat.completions.create({ model: MODEL, messages });

  test('only when both hosts limit is it the account’s own rest', async () => {
    const limited = kiroError(429, null, 'Too many requests');
    vendor.script(limited, limited);
    await expect(ask()).rejects.toMatchObject({ status: 429 });
    expect(vendor.seen).toHaveLength(2);
    expect(gateway.plane.credentials()[0]).toMatchObject({ state: 'cooling' });
  });

  test('a host that limits leaves the other one, and nothing cools', async () => {
    vendor.script(kiroError(429, 'USER_REQUEST_RATE_EXCEEDED', 'slow down'));
    expect((await ask()).choices[0]?.message.content).toBe(HELLO);
    expect(vendor.seen.map(({ path }) => path)).toEqual([
      '/generateAssistantResponse',
      '/legacy/generateAssistantResponse',
    ]);
    expect(gateway.plane.credentials()[0]?.state).toBe('ready');
  });

  test('an exception in place of an answer is an error with its status', async () => {
    vendor.script(kiroStream(exceptionFrame('ThrottlingException', { message: 'Rate exceeded' })));
    await expect(ask()).rejects.toMatchObject({ status: 429 });
  });

  test('an exception in the middle of a stream ends it with an error', async () => {
    vendor.script(
      kiroStream(
        eventFrame('assistantResponseEvent', { content: 'half' }),
        // More than one read of a socket holds: the text is out before the end is known.
        eventFrame('followupPromptEvent', { followupPrompt: 'x'.repeat(1_000_000) }),
        exceptionFrame('internalServerException', { message: 'lost it' }),
      ),
    );
    const stream = await openai.chat.completions.create({ model: MODEL, messages, stream: true });
    let text = '';
    await expect(async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    }).rejects.toThrow(/lost it/);
    expect(text).toBe('half');
  });

  test('an answer that ends within a frame is no clean end', async () => {
    const frame = eventFrame('assistantResponseEvent', { content: 'half' });
    vendor.script(kiroStream(frame, frame.subarray(0, 30)));
    await expect(ask()).rejects.toMatchObject({ status: 502 });
  });

  test('JSON with status 200 is an error, not an empty answer', async () => {
    vendor.script({ status: 200, body: { __type: 'x#AccessDeniedException', message: 'not you' } });
    await expect(ask()).rejects.toMatchObject({ status: 403, message: expect.stringContaining('not you') });
  });

  test('an unknown model is 404, and never another one', async () => {
    await expect(openai.chat.completions.create({ model: 'kiro-gpt-4o', messages })).rejects.toMatchObject({
      status: 404,
    });
    expect(vendor.seen).toEqual([]);
  });

  test('a conversation that Kiro has forgotten goes on under another id', async () => {
    vendor.script(kiroError(400, 'INVALID_CONVERSATION_ID', 'unknown conversation'));
    expect((await ask()).choices[0]?.message.content).toBe(HELLO);
    const ids = bodies().map(({ conversationState: state }) => isObject(state) && state['conversationId']);
    expect(new Set(ids).size).toBe(2);
  });
});

test('the system prompt can be changed by a rule of the payload, on its way', async () => {
  const usual = configOf(vendor);
  gateway.configure(`${usual}
payload: { override: [{ models: [{ name: '*', protocol: kiro }], params: { system: Speak Latin. } }] }
`);
  await openai.chat.completions.create({
    model: MODEL,
    messages: [{ role: 'system', content: 'Speak Greek.' }, ...messages],
  });
  gateway.configure(usual);
  expect(lastParts().opening).toBe('Speak Latin.\n\ngood morning');
});
