import { describe, expect, test } from 'vitest';
import { openaiChatClient } from '../../../../src/daemon/dialects/openai-chat/dialect.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject, JsonValue } from '../../../../src/daemon/ir/json.js';
import type { Message, Part } from '../../../../src/daemon/ir/request.js';
import { fixtureBody } from '../../../support/openai-chat.js';

const decode = (more: JsonObject) =>
  openaiChatClient.decodeRequest({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...more });

/** Without `ext`, which the laws test. */
const bare = (part: Part): unknown => {
  const { ext: _ext, ...rest } = part;
  return rest;
};
const partsOf = (messages: readonly Message[]): unknown[] => messages.flatMap(({ content }) => content.map(bare));
const decodePart = (part: JsonValue): unknown =>
  partsOf(decode({ messages: [{ role: 'user', content: [part] }] }).messages)[0];

describe('requests', () => {
  test('developer text is system text, wherever it stands', () => {
    const { messages } = decode({
      messages: [
        { role: 'developer', content: 'Be terse' },
        { role: 'user', content: 'hi' },
        { role: 'system', content: 'Use SI' },
      ],
    });
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'system']);
  });

  test.each<{ name: string; part: JsonValue; expected: object }>([
    {
      name: 'a data URL',
      part: { type: 'image_url', image_url: { url: 'data:image/webp;base64,UklG' } },
      expected: { type: 'media', mediaType: 'image/webp', source: { kind: 'base64', data: 'UklG' } },
    },
    {
      name: 'a data URL without a type, by its first bytes',
      part: { type: 'image_url', image_url: { url: 'data:;base64,iVBORw0KGgo=' } },
      expected: { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'iVBORw0KGgo=' } },
    },
    {
      name: 'a link',
      part: { type: 'image_url', image_url: { url: 'https://ex.org/a.png' } },
      expected: { type: 'media', mediaType: 'image/png', source: { kind: 'url', url: 'https://ex.org/a.png' } },
    },
    {
      name: 'how closely to look at an image',
      part: { type: 'image_url', image_url: { url: 'https://ex.org/a', detail: 'low' } },
      expected: { type: 'media', detail: 'low', source: { kind: 'url', url: 'https://ex.org/a' } },
    },
    {
      name: 'a bare file, its type taken from the name',
      part: { type: 'file', file: { filename: 'r.PDF', file_data: 'JVBERi0=' } },
      expected: {
        type: 'media',
        mediaType: 'application/pdf',
        filename: 'r.PDF',
        source: { kind: 'base64', data: 'JVBERi0=' },
      },
    },
    {
      name: 'a file id',
      part: { type: 'file', file: { file_id: 'file-1' } },
      expected: { type: 'media', source: { kind: 'file', id: 'file-1', origin: 'openai-chat' } },
    },
    {
      name: 'mp3',
      part: { type: 'input_audio', input_audio: { data: 'QQ==', format: 'mp3' } },
      expected: { type: 'media', mediaType: 'audio/mpeg', source: { kind: 'base64', data: 'QQ==' } },
    },
    {
      name: 'audio without a format',
      part: { type: 'input_audio', input_audio: { data: 'QQ==' } },
      expected: { type: 'media', mediaType: 'audio/wav', source: { kind: 'base64', data: 'QQ==' } },
    },
    {
      name: 'a part of an unknown type',
      part: { type: 'hologram', x: 1 },
      expected: { type: 'native', dialect: 'openai-chat', value: { type: 'hologram', x: 1 } },
    },
    {
      name: 'a cache breakpoint',
      part: { type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
      expected: { type: 'text', text: 'a', cache: { ttlSeconds: 3600 } },
    },
  ])('reads $name', ({ part, expected }) => {
    expect(decodePart(part)).toEqual(expected);
  });

  test('reads calls, results, and the signature that came with a call', () => {
    const { messages } = openaiChatClient.decodeRequest(fixtureBody('requests/tools.json'));
    expect(partsOf(messages.slice(2, 5))).toEqual([
      { type: 'tool-call', id: 'call_1', name: 'weather', input: '{"city":"Paris"}' },
      {
        type: 'tool-call',
        id: 'call_2',
        name: 'weather',
        input: '{"city":"Rome"}',
        opaque: { origin: 'gemini-generate', value: 'SIG' },
      },
      { type: 'tool-result', callId: 'call_1', content: [{ type: 'text', text: '18 C' }] },
      { type: 'tool-result', callId: 'call_2', content: [{ type: 'text', text: '24 C' }] },
    ]);
  });

  test.each<{ name: string; call: JsonObject }>([
    { name: 'in the function', call: { function: { extra_content: { google: { thought_signature: 'S' } } } } },
    { name: 'on the call', call: { thought_signature: 'S' } },
    { name: 'on the call, in camel case', call: { thoughtSignature: 'S' } },
    { name: 'in the function, plainly', call: { function: { thought_signature: 'S' } } },
  ])('finds a signature $name', ({ call }) => {
    const inner = { name: 'f', arguments: '{}', ...(call['function'] as JsonObject | undefined) };
    const { messages } = decode({
      messages: [{ role: 'assistant', tool_calls: [{ ...call, id: 'c', type: 'function', function: inner }] }],
    });
    expect(messages[0]?.content[0]).toMatchObject({ opaque: { origin: 'gemini-generate', value: 'S' } });
  });

  test('a signature that another vendor issued keeps its issuer', () => {
    const { messages } = decode({
      messages: [
        {
          role: 'assistant',
          tool_calls: [
            {
              id: 'c',
              type: 'function',
              function: { name: 'f', arguments: '{}' },
              extra_content: { google: { thought_signature: 'cliproxy0CSIG' } },
            },
          ],
        },
      ],
    });
    expect(messages[0]?.content[0]).toMatchObject({ opaque: { origin: 'openai-chat', value: 'SIG' } });
  });

  test('thinking in the history comes before the text, under every name it has', () => {
    const { messages } = openaiChatClient.decodeRequest(fixtureBody('requests/reasoning.json'));
    const thinking = messages
      .slice(1)
      .map(({ content }) => content.map((part) => part.type === 'reasoning' && part.text));
    expect(thinking).toEqual([
      ['hm', false],
      ['t', false],
      ['deep', false],
      ['r', false],
    ]);
    expect(messages[2]?.content[0]).toHaveProperty('opaque.origin', 'openai-chat');
  });

  test('the legacy function call and its result find each other', () => {
    const { messages, tools, toolChoice } = openaiChatClient.decodeRequest(fixtureBody('requests/legacy.json'));
    const [call] = messages[1]?.content ?? [];
    const [result] = messages[2]?.content ?? [];
    expect(call).toMatchObject({ type: 'tool-call', name: 'add', input: '{"a":2}' });
    expect(result).toMatchObject({ type: 'tool-result', callId: call?.type === 'tool-call' ? call.id : '' });
    expect(tools).toMatchObject([{ kind: 'function', name: 'add' }]);
    expect(toolChoice).toEqual({ mode: 'named', name: 'add' });
  });

  test('custom and hosted tools', () => {
    const { tools, toolChoice, messages } = openaiChatClient.decodeRequest(
      fixtureBody('requests/custom-and-hosted.json'),
    );
    expect(tools.map((tool) => (tool.kind === 'hosted' ? tool.capability : tool.kind))).toEqual([
      'custom',
      'google-search',
      'url-context',
      'web-search',
      'web-search',
    ]);
    expect(toolChoice).toEqual({ mode: 'named', name: 'apply' });
    expect(messages[1]?.content[0]).toMatchObject({ type: 'tool-call', custom: true, input: '*** x' });
    expect(messages[2]?.content[0]).toMatchObject({ type: 'tool-result', custom: true });
  });

  test('the newer of the two limits wins', () => {
    expect(decode({ max_tokens: 5, max_completion_tokens: 7 }).sampling.maxOutputTokens).toBe(7);
    expect(decode({ max_tokens: 5 }).sampling.maxOutputTokens).toBe(5);
  });

  test.each<[JsonObject, object | undefined]>([
    [{ reasoning_effort: 'none' }, { mode: 'off' }],
    [{ reasoning_effort: 'xhigh' }, { mode: 'effort', effort: 'xhigh', summary: 'auto' }],
    [{ reasoning_effort: 'auto' }, { mode: 'auto', summary: 'auto' }],
    [{ reasoning: { max_tokens: 2000, exclude: true } }, { mode: 'budget', budgetTokens: 2000, summary: 'none' }],
    [{ reasoning: { effort: 'low' } }, { mode: 'effort', effort: 'low', summary: 'auto' }],
    [{ reasoning: { enabled: false } }, { mode: 'off' }],
    [{ reasoning_effort: null }, undefined],
    [{}, undefined],
  ])('reads thinking from %j', (fields, expected) => {
    expect(decode(fields).reasoning).toEqual(expected);
  });

  test.each<{ path: string; body: JsonObject }>([
    { path: 'model', body: { model: null } },
    { path: 'messages', body: { messages: 'hi' } },
    { path: 'messages', body: { messages: [] } },
    { path: 'messages[0]', body: { messages: ['hi'] } },
    { path: 'messages[0].role', body: { messages: [{ role: 'wizard', content: '' }] } },
    { path: 'messages[0].role', body: { messages: [{ content: 'hi' }] } },
    { path: 'messages[0].content', body: { messages: [{ role: 'user', content: 7 }] } },
    { path: 'messages[0].content[0].text', body: { messages: [{ role: 'user', content: [{ type: 'text' }] }] } },
    {
      path: 'messages[0].content[0].image_url',
      body: { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 7 }] }] },
    },
    {
      path: 'messages[0].content[0].image_url.url',
      body: {
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png,raw' } }] }],
      },
    },
    {
      path: 'messages[0].content[0].file',
      body: {
        messages: [{ role: 'user', content: [{ type: 'file', file: { filename: 'r.unknownx', file_data: 'AAAA' } }] }],
      },
    },
    { path: 'messages[0].tool_call_id', body: { messages: [{ role: 'tool', content: '' }] } },
    {
      path: 'messages[0].tool_calls[0].function.name',
      body: { messages: [{ role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: {} }] }] },
    },
    { path: 'tools[0].function', body: { tools: [{ type: 'function' }] } },
    { path: 'tools[0].type', body: { tools: [{}] } },
    { path: 'tool_choice', body: { tool_choice: 'sometimes' } },
    { path: 'stop[1]', body: { stop: ['a', 1] } },
    { path: 'temperature', body: { temperature: 'hot' } },
    { path: 'stream', body: { stream: 'yes' } },
    { path: 'reasoning_effort', body: { reasoning_effort: 'ultra' } },
  ])('refuses a malformed $path and names it', ({ path, body }) => {
    let fault: unknown;
    try {
      decode(body);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(RequestFault);
    expect(fault).toHaveProperty('path', path);
    expect(fault).toHaveProperty('failure.status', 400);
  });
});
