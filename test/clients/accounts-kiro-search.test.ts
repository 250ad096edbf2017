import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isObject, type JsonObject } from '../../src/daemon/ir/json.js';
import { eventFrame } from '../support/event-stream.js';
import { account, startVendorGateway, type VendorGateway } from '../support/vendor-gateway.js';
import type { SeenRequest } from '../support/vendors/front.js';
import { type FakeKiro, kiroError, kiroFile, METADATA, partsOf, startFakeKiro } from '../support/vendors/kiro.js';
import { nameOf, toolsOf } from '../support/vendors/kiro-rules.js';

const MODEL = 'claude-sonnet-4.5';
const FOUND = [{ url: 'https://example.com', title: 'T', snippet: 'S' }];
const QUESTION = [{ role: 'user' as const, content: 'What is new in Node?' }];

let vendor: FakeKiro;
let gateway: VendorGateway;
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  vendor = await startFakeKiro();
  const config = `oauth-endpoints: { kiro: { api: '${vendor.origin}' } }\nrequest-retry: 0\n`;
  const models = [{ id: MODEL, userDefined: false, traits: [] }];
  gateway = await startVendorGateway(config, [account('kiro-idc-ann.json', kiroFile(), { models })]);
  openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 });
  anthropic = new Anthropic({ baseURL: gateway.url, apiKey: gateway.key, maxRetries: 0 });
});
afterAll(async () => {
  await gateway.close();
  await vendor.close();
});
afterEach(() => {
  vendor.reset();
  vendor.found = FOUND;
  vendor.answer = searching;
  gateway.plane.resetCredentials(undefined);
});

const text = (content: string): Buffer => eventFrame('assistantResponseEvent', { content });
const use = (name: string, input: JsonObject, toolUseId = 'tooluse_s1'): readonly Buffer[] => [
  eventFrame('toolUseEvent', { toolUseId, name }),
  eventFrame('toolUseEvent', { toolUseId, name, input: JSON.stringify(input) }),
  eventFrame('toolUseEvent', { toolUseId, name, stop: true }),
];
const resultsOf = ({ body }: SeenRequest): readonly JsonObject[] => {
  const input = partsOf(body).message['userInputMessage'];
  const context = isObject(input) ? input['userInputMessageContext'] : undefined;
  const results = isObject(context) ? context['toolResults'] : undefined;
  return Array.isArray(results) ? results.filter(isObject) : [];
};

/** A model that looks it up, then says what it found. */
function searching(request: SeenRequest): readonly Buffer[] {
  const [result] = resultsOf(request);
  if (result === undefined)
    return [text('Let me look.'), ...use('remote_web_search', { query: 'node news' }), METADATA];
  return [text(`It says: ${JSON.stringify(result['content'])}`), METADATA];
}
beforeAll(() => {
  vendor.answer = searching;
});

const rounds = () => vendor.seen.filter(({ path }) => path.endsWith('/generateAssistantResponse'));
const SEARCH_TOOL = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 } as const;

describe('a Messages client that asks for the server’s search', () => {
  const ask = { model: MODEL, max_tokens: 1000, tools: [SEARCH_TOOL], messages: QUESTION };

  test('gets what was searched, found and said', async () => {
    const answer = await anthropic.messages.create(ask);
    expect(answer.content).toMatchObject([
      { type: 'text', text: 'Let me look.' },
      { type: 'server_tool_use', name: 'web_search', id: 'srvtoolu_tooluses1', input: { query: 'node news' } },
      {
        type: 'web_search_tool_result',
        tool_use_id: 'srvtoolu_tooluses1',
        content: [{ type: 'web_search_result', url: 'https://example.com', title: 'T' }],
      },
      { type: 'text', text: expect.stringContaining('https://example.com') },
    ]);
    expect(answer.stop_reason).toBe('end_turn');
    expect(answer.usage).toMatchObject({
      server_tool_use: { web_search_requests: 1 },
      input_tokens: 900,
      output_tokens: 82,
    });
  });

  test('gets the same as a stream', async () => {
    const answer = await anthropic.messages.stream(ask).finalMessage();
    expect(answer.content.map(({ type }) => type)).toEqual([
      'text',
      'server_tool_use',
      'web_search_tool_result',
      'text',
    ]);
  });

  test('the model hears of the tool in the service’s own words, and of the results as of any tool’s', async () => {
    await anthropic.messages.create(ask);
    const [first, second] = rounds();
    const tools = toolsOf(partsOf(first?.body ?? {}).message);
    expect(tools).toMatchObject([
      { toolSpecification: { name: 'remote_web_search', description: 'Kiro looks it up.' } },
    ]);
    expect(second && resultsOf(second)).toEqual([
      { toolUseId: 'tooluse_s1', status: 'success', content: [{ text: `1 results:\n${JSON.stringify(FOUND)}` }] },
    ]);
  });

  test('goes on with the answer in the next turn', async () => {
    const answer = await anthropic.messages.create(ask);
    const messages = [...QUESTION, { role: 'assistant' as const, content: answer.content }, ...QUESTION];
    await expect(anthropic.messages.create({ ...ask, messages })).resolves.toMatchObject({ stop_reason: 'end_turn' });
  });

  test('a search that fails is told to the model, and the request goes on', async () => {
    vendor.found = undefined;
    const answer = await anthropic.messages.create(ask);
    expect(answer.content.at(-1)).toMatchObject({ text: expect.stringContaining('The search failed.') });
    const second = rounds()[1];
    expect(second && resultsOf(second)).toMatchObject([{ status: 'error' }]);
  });

  test('no more is searched than the tool allows', async () => {
    vendor.answer = (request) => [
      text('Again.'),
      ...use('remote_web_search', { query: 'x' }, `tooluse_${resultsOf(request).length}${rounds().length}`),
    ];
    const answer = await anthropic.messages.create({ ...ask, tools: [{ ...SEARCH_TOOL, max_uses: 2 }] });
    expect(rounds()).toHaveLength(3);
    expect(answer.content.filter(({ type }) => type === 'server_tool_use')).toHaveLength(2);
    const last = rounds()[2];
    expect(JSON.stringify(last && resultsOf(last))).toContain('No more searches');
  });

  test('a tool of the client’s own beside it goes to the client', async () => {
    const own = { name: 'lookup', input_schema: { type: 'object' as const, properties: {} } };
    vendor.answer = (request) => [
      ...use('remote_web_search', { query: 'x' }),
      ...use(nameOf(toolsOf(partsOf(request.body).message)[0] ?? {}), {}, 'tooluse_own'),
    ];
    const answer = await anthropic.messages.create({ ...ask, tools: [own, SEARCH_TOOL] });
    expect(answer.content).toMatchObject([{ type: 'tool_use', name: 'lookup' }]);
    expect(rounds()).toHaveLength(1);
  });

  test('a refusal of the first round is an ordinary one', async () => {
    vendor.script(kiroError(403, 'FEATURE_NOT_SUPPORTED', 'not in your plan'));
    await expect(anthropic.messages.create(ask)).rejects.toMatchObject({ status: 403 });
  });

  test('a refusal of a later round ends the answer with its error', async () => {
    vendor.answer = (request) => {
      vendor.script(kiroError(429, 'MONTHLY_REQUEST_COUNT', 'spent'));
      return searching(request);
    };
    await expect(anthropic.messages.create(ask)).rejects.toMatchObject({ status: 429 });
  });
});

test('a Responses client gets a search item and the message', async () => {
  const answer = await openai.responses.create({
    model: MODEL,
    tools: [{ type: 'web_search' }],
    input: 'What is new in Node?',
  });
  expect(answer.output.map(({ type }) => type)).toEqual(['message', 'web_search_call', 'message']);
  expect(answer.output[1]).toMatchObject({ status: 'completed', action: { query: 'node news' } });
  expect(answer.output_text).toContain('https://example.com');
});

test('a Chat client gets the answer', async () => {
  const answer = await openai.chat.completions.create({ model: MODEL, web_search_options: {}, messages: QUESTION });
  expect(answer.choices[0]?.message.content).toContain('https://example.com');
});

test('a function that merely has the name of a search is the client’s own', async () => {
  vendor.answer = () => use('web_search', { query: 'x' });
  const answer = await openai.chat.completions.create({
    model: MODEL,
    tools: [{ type: 'function', function: { name: 'web_search', parameters: { type: 'object', properties: {} } } }],
    messages: QUESTION,
  });
  expect(answer.choices[0]?.message.tool_calls).toMatchObject([{ function: { name: 'web_search' } }]);
  expect(vendor.seen.some(({ path }) => path === '/mcp')).toBe(false);
});
