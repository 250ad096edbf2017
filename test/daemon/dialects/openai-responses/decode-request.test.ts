import { describe, expect, test } from 'vitest';
import { openaiResponsesClient } from '../../../../src/daemon/dialects/openai-responses/dialect.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { fixtureJson } from '../../../support/openai-responses.js';

const { decodeRequest } = openaiResponsesClient;
const rolesOf = (name: string) => decodeRequest(fixtureJson(name)).messages.map(({ role }) => role);

test('a turn of Codex is one assistant message with its thinking, text and calls, followed by one of results', () => {
  const request = decodeRequest(fixtureJson('request-codex.json'));
  expect(request.messages.map(({ role, content }) => [role, content.map(({ type }) => type)])).toEqual([
    ['system', ['text']],
    ['user', ['text', 'text']],
    ['assistant', ['reasoning', 'text', 'tool-call', 'tool-call', 'tool-call']],
    ['tool', ['tool-result', 'tool-result', 'tool-result']],
    ['user', ['text']],
  ]);
  expect(request.messages[2]?.content[0]).toMatchObject({
    text: '**Looking**\n\nat files',
    opaque: { origin: 'openai-responses', value: 'gAAAAABpQ1x-_abc==' },
  });
  expect(request).toMatchObject({
    cacheKey: '019a-0001',
    stream: true,
    reasoning: { mode: 'effort', effort: 'medium', summary: 'auto' },
    ext: { 'openai-responses': { store: false, include: ['reasoning.encrypted_content'] } },
  });
});

test('the tools of a namespace are tools of their own, in declarations and in calls', () => {
  const { tools, messages } = decodeRequest(fixtureJson('request-codex.json'));
  expect(tools.map((tool) => (tool.kind === 'hosted' ? tool.capability : `${tool.kind} ${tool.name}`))).toEqual([
    'function shell',
    'custom apply_patch',
    'function mcp__docs__search',
    'function mcp__docs__read',
    'custom multi__free',
    'web-search',
    'local_shell',
  ]);
  expect(tools[5]).toMatchObject({ allowedDomains: ['example.com'] });
  expect(messages[2]?.content[3]).toMatchObject({ type: 'tool-call', name: 'mcp__docs__search', id: 'call_2' });
});

test('instructions come first, and a plain string is what the user says', () => {
  expect(decodeRequest(fixtureJson('request-plain.json')).messages).toMatchObject([
    { role: 'system', content: [{ text: 'Be terse' }] },
    { role: 'user', content: [{ text: 'Say hi' }] },
  ]);
});

test('settings arrive in their common form', () => {
  expect(decodeRequest(fixtureJson('request-settings.json'))).toMatchObject({
    sampling: { maxOutputTokens: 100, temperature: 0.5, topP: 0.9, topLogprobs: 3, logprobs: true },
    output: { type: 'json-schema', name: 'answer', strict: true, description: 'd' },
    toolChoice: { mode: 'required', allowed: ['f', 'web_search'] },
    parallelToolCalls: false,
    reasoning: { summary: 'concise' },
    userId: 's1',
    serviceTier: 'flex',
    metadata: { k: 'v' },
    stream: false,
  });
  expect(rolesOf('request-settings.json')).toEqual(['user', 'assistant', 'system', 'user']);
});

test('media is taken apart, and a kind nobody knows stays native', () => {
  const [message] = decodeRequest(fixtureJson('request-media.json')).messages;
  expect(message?.content).toMatchObject([
    { source: { kind: 'url', url: 'https://example.org/a.png' }, detail: 'low' },
    { mediaType: 'image/jpeg', source: { kind: 'base64', data: '/9j/4AAQ' } },
    { source: { kind: 'file', id: 'file-1', origin: 'openai-responses' } },
    { mediaType: 'application/pdf', filename: 'spec.pdf', source: { kind: 'base64', data: 'JVBERi0=' } },
    { mediaType: 'text/plain', filename: 'notes.txt', source: { kind: 'base64', data: 'aGk=' } },
    { source: { kind: 'url', url: 'https://example.org/b.pdf' } },
    { source: { kind: 'file', id: 'file-2' } },
    { mediaType: 'audio/mpeg', source: { kind: 'base64', data: 'QQ==' } },
    { type: 'native', value: { type: 'input_hologram' } },
  ]);
});

test('items only this dialect has stay native, searches and images do not', () => {
  const request = decodeRequest(fixtureJson('request-native.json'));
  const parts = request.messages.flatMap(({ role, content }) => content.map((part) => `${role} ${part.type}`));
  expect(parts).toEqual([
    'user native',
    'user native',
    'user native',
    'assistant native',
    'user native',
    'assistant search',
    'assistant search',
    'assistant text',
    'assistant text',
    'assistant media',
    'assistant native',
    'assistant native',
    'user native',
    'assistant native',
    'assistant reasoning',
    'assistant reasoning',
  ]);
  expect(request.toolChoice).toEqual({ mode: 'named', name: 'file_search' });
  expect(request.ext?.['openai-responses']).toMatchObject({ previous_response_id: 'resp_1' });
});

test('text after a finished text is a turn of its own, text after a call is not', () => {
  const text = (value: string): JsonObject => ({ type: 'message', role: 'assistant', content: value });
  const call: JsonObject = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
  const sizes = (...input: JsonObject[]) => decodeRequest({ model: 'm', input }).messages.map((m) => m.content.length);
  expect(sizes(text('a'), text('b'))).toEqual([1, 1]);
  expect(sizes(text('a'), { type: 'reasoning', summary: [] }, text('b'))).toEqual([1, 2]);
  expect(sizes(text('a'), call, text('b'), call)).toEqual([4]);
});

test('thinking that another vendor had hidden is still hidden when it comes back', () => {
  const item = { type: 'reasoning', summary: [], encrypted_content: 'cliproxy0Aredacted0EmwK' };
  expect(decodeRequest({ model: 'm', input: [item] }).messages[0]?.content[0]).toMatchObject({
    redacted: true,
    opaque: { origin: 'anthropic-messages', value: 'EmwK' },
  });
});

test('a cache mark is read in either spelling', () => {
  const part = (extra: JsonObject) => ({ type: 'input_text', text: 'x', ...extra });
  const content = [
    part({ cache_control: { type: 'ephemeral', ttl: '1h' } }),
    part({ prompt_cache_breakpoint: { mode: 'explicit' } }),
    part({}),
  ];
  const [message] = decodeRequest({ model: 'm', input: [{ role: 'user', content }] }).messages;
  expect(message?.content.map(({ cache }) => cache)).toEqual([{ ttlSeconds: 3600 }, {}, undefined]);
});

describe('what is malformed is named by its path', () => {
  const user = (content: unknown) => ({ model: 'm', input: [{ role: 'user', content }] });
  test.each<[string, unknown]>([
    ['model', { input: 'x' }],
    ['input', { model: 'm' }],
    ['input', { model: 'm', input: 7 }],
    ['input[0]', { model: 'm', input: ['x'] }],
    ['input[0].role', { model: 'm', input: [{ role: 'tool', content: 'x' }] }],
    ['input[0].content', user(5)],
    ['input[0].content[0]', user([3])],
    ['input[0].content[0].text', user([{ type: 'input_text' }])],
    ['input[0].content[0].image_url', user([{ type: 'input_image', image_url: { url: 'x' } }])],
    ['input[0].content[0].image_url', user([{ type: 'input_image', image_url: 'data:text/plain,hi' }])],
    ['input[0].content[0]', user([{ type: 'input_file' }])],
    [
      'input[1].call_id',
      {
        model: 'm',
        input: [
          { role: 'user', content: '' },
          { type: 'function_call', name: 'f' },
        ],
      },
    ],
    ['input[0].output', { model: 'm', input: [{ type: 'function_call_output', call_id: 'c' }] }],
    ['instructions', { model: 'm', input: 'x', instructions: [] }],
    ['tools', { model: 'm', input: 'x', tools: {} }],
    ['tools[0].type', { model: 'm', input: 'x', tools: [{}] }],
    ['tools[0].name', { model: 'm', input: 'x', tools: [{ type: 'function' }] }],
    [
      'tools[0].tools[1].name',
      {
        model: 'm',
        input: 'x',
        tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'a' }, { type: 'custom' }] }],
      },
    ],
    ['tool_choice', { model: 'm', input: 'x', tool_choice: 'maybe' }],
    ['tool_choice.name', { model: 'm', input: 'x', tool_choice: { type: 'function' } }],
    ['text.format.type', { model: 'm', input: 'x', text: { format: { type: 'yaml' } } }],
    ['text.format.schema', { model: 'm', input: 'x', text: { format: { type: 'json_schema', name: 'n' } } }],
    ['temperature', { model: 'm', input: 'x', temperature: 'hot' }],
    ['stream', { model: 'm', input: 'x', stream: 'yes' }],
  ])('%s', (path, body) => {
    let fault: unknown;
    try {
      decodeRequest(JSON.parse(JSON.stringify(body)));
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(RequestFault);
    expect(fault).toMatchObject({ path, failure: { status: 400, param: path } });
  });

  test('input may be missing where the conversation stands elsewhere', () => {
    expect(decodeRequest({ model: 'm', previous_response_id: 'resp_1' }).messages).toEqual([]);
  });
});
