import { describe, expect, test } from 'vitest';
import { decodeCountRequest, encodeCountResponse } from '../../../../src/daemon/dialects/anthropic-messages/count.js';
import { anthropicMessagesClient } from '../../../../src/daemon/dialects/anthropic-messages/dialect.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { Part } from '../../../../src/daemon/ir/request.js';
import { jsonFixture } from '../../../support/anthropic-messages.js';

const decode = anthropicMessagesClient.decodeRequest;
const minimal = (more: JsonObject = {}): JsonObject => ({
  model: 'm',
  max_tokens: 10,
  messages: [{ role: 'user', content: 'hi' }],
  ...more,
});
const withoutExt = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, member) => (key === 'ext' ? undefined : member)));
const blocks = (role: string, content: readonly JsonObject[]): readonly Part[] =>
  decode(minimal({ messages: [{ role, content }] })).messages[0]?.content ?? [];

describe('messages', () => {
  test('a mixed user turn is split into results and the rest, in order', () => {
    const { messages } = decode(jsonFixture('request-agent.json'));
    expect(messages.map(({ role, content }) => [role, content.map(({ type }) => type).join(' ')])).toEqual([
      ['system', 'text text'],
      ['user', 'text'],
      ['assistant', 'reasoning reasoning text tool-call tool-call'],
      ['tool', 'tool-result tool-result'],
      ['user', 'text'],
      ['tool', 'tool-result'],
      ['assistant', 'text'],
    ]);
  });

  test('a system message between turns keeps its place', () => {
    const { messages } = decode(jsonFixture('request-documents.json'));
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'system', 'user']);
  });

  test.each<[string, JsonObject, Partial<Part> & { type: string }]>([
    ['text', { type: 'text', text: 'a' }, { type: 'text', text: 'a' }],
    [
      'a marker with a lifetime',
      { type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } },
      { type: 'text', text: 'a', cache: { ttlSeconds: 3600 } },
    ],
    [
      'image data',
      { type: 'image', source: { type: 'base64', media_type: 'image/PNG', data: 'AA==' } },
      { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AA==' } },
    ],
    [
      'an image link',
      { type: 'image', source: { type: 'url', url: 'https://ex.org/a' } },
      { type: 'media', source: { kind: 'url', url: 'https://ex.org/a' } },
    ],
    [
      'a file',
      { type: 'document', source: { type: 'file', file_id: 'file_1' } },
      { type: 'media', source: { kind: 'file', id: 'file_1', origin: 'anthropic-messages' } },
    ],
    [
      'a titled document',
      { type: 'document', title: 'spec.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'JVB' } },
      { type: 'media', mediaType: 'application/pdf', filename: 'spec.pdf', source: { kind: 'base64', data: 'JVB' } },
    ],
    [
      'a plain text document',
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hi' } },
      { type: 'media', mediaType: 'text/plain', source: { kind: 'base64', data: 'aGk=' } },
    ],
    [
      'a linked document',
      { type: 'document', source: { type: 'url', url: 'https://ex.org/b' } },
      { type: 'media', mediaType: 'application/pdf', source: { kind: 'url', url: 'https://ex.org/b' } },
    ],
    [
      'a search result, for others as text',
      { type: 'search_result', title: 'T', source: 'https://ex.org', content: [{ type: 'text', text: 'found' }] },
      { type: 'text', text: 'T\nhttps://ex.org\nfound' },
    ],
    [
      'thinking in a user turn, as nothing another vendor would believe',
      { type: 'thinking', thinking: 'obey', signature: 'E' },
      {
        type: 'native',
        dialect: 'anthropic-messages',
        value: { type: 'thinking', thinking: 'obey', signature: 'E' },
      } as never,
    ],
  ])('reads %s', (_, block, part) => {
    expect(withoutExt(blocks('user', [block]))).toEqual([part]);
  });

  test('thinking keeps its signature, and a sealed one names its issuer', () => {
    expect(
      withoutExt(
        blocks('assistant', [
          { type: 'thinking', thinking: 'a', signature: 'Eabc' },
          { type: 'thinking', thinking: 'b', signature: 'cliproxy0Rgpt-blob' },
          { type: 'thinking', thinking: 'c', signature: '' },
        ]),
      ),
    ).toEqual([
      { type: 'reasoning', text: 'a', opaque: { origin: 'anthropic-messages', value: 'Eabc' } },
      { type: 'reasoning', text: 'b', opaque: { origin: 'openai-responses', value: 'gpt-blob' } },
      { type: 'reasoning', text: 'c' },
    ]);
  });

  test('a web search and its results are one part', () => {
    const [search] = decode(jsonFixture('request-documents.json')).messages[2]?.content ?? [];
    expect(withoutExt(search)).toEqual({
      type: 'search',
      id: 'srvtoolu_1',
      queries: ['weather'],
      results: [{ url: 'https://w.org', title: 'W', opaque: { origin: 'anthropic-messages', value: 'EqgfCioIARgB' } }],
    });
  });

  test('a tool found by a search is told to other vendors in words', () => {
    const found = { type: 'tool_reference', tool_name: 'WebFetch' };
    const [result] = blocks('user', [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [found] }]);
    expect(withoutExt(result)).toEqual({
      type: 'tool-result',
      callId: 'toolu_1',
      content: [{ type: 'text', text: 'The tool WebFetch is available now.' }],
    });
  });

  test('a tool result knows its error, and its text and media', () => {
    const { messages } = decode(jsonFixture('request-agent.json'));
    expect(withoutExt(messages[3]?.content[1])).toEqual({
      type: 'tool-result',
      callId: 'toolu_01B',
      isError: true,
      content: [
        { type: 'text', text: 'boom' },
        { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'iVBORw0KGgo=' } },
      ],
      cache: { ttlSeconds: 300 },
    });
  });
});

describe('settings', () => {
  test.each<[string, JsonObject, object]>([
    [
      'sampling',
      { temperature: 0, top_p: 0.5, top_k: 3, stop_sequences: ['E'] },
      {
        sampling: { maxOutputTokens: 10, temperature: 0, topP: 0.5, topK: 3, stop: ['E'] },
      },
    ],
    ['the user', { metadata: { user_id: 'u' } }, { userId: 'u' }],
    ['the tier', { service_tier: 'standard_only' }, { serviceTier: 'standard_only' }],
    ['a stream', { stream: true }, { stream: true }],
    ['any tool', { tool_choice: { type: 'any' } }, { toolChoice: { mode: 'required' } }],
    ['no tool', { tool_choice: { type: 'none' } }, { toolChoice: { mode: 'none' } }],
    [
      'one tool at a time',
      { tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true } },
      { toolChoice: { mode: 'named', name: 'f' }, parallelToolCalls: false },
    ],
    [
      'structured output',
      { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
      { output: { type: 'json-schema', schema: { type: 'object' } } },
    ],
    [
      'structured output as the beta spelled it',
      { output_format: { type: 'json_schema', schema: { type: 'object' } } },
      { output: { type: 'json-schema', schema: { type: 'object' } } },
    ],
  ])('reads %s', (_, fields, expected) => {
    expect(decode(minimal(fields))).toMatchObject(expected);
  });

  test.each<[string, JsonObject, object | undefined]>([
    ['none', {}, undefined],
    ['off', { thinking: { type: 'disabled' } }, { mode: 'off' }],
    [
      'a budget',
      { thinking: { type: 'enabled', budget_tokens: 5000 } },
      {
        mode: 'budget',
        budgetTokens: 5000,
        summary: 'auto',
      },
    ],
    ['no budget', { thinking: { type: 'enabled' } }, { mode: 'auto', summary: 'auto' }],
    [
      'hidden',
      { thinking: { type: 'enabled', budget_tokens: 5000, display: 'omitted' } },
      {
        mode: 'budget',
        budgetTokens: 5000,
        summary: 'none',
      },
    ],
    [
      'a level',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
      {
        mode: 'effort',
        effort: 'low',
        summary: 'auto',
      },
    ],
    [
      'adaptive alone, which is thorough',
      { thinking: { type: 'adaptive' } },
      {
        mode: 'effort',
        effort: 'xhigh',
        summary: 'auto',
      },
    ],
    ['a level alone', { output_config: { effort: 'low' } }, { mode: 'effort', effort: 'low' }],
  ])('reads thinking: %s', (_, fields, expected) => {
    expect(decode(minimal(fields)).reasoning).toEqual(expected);
  });

  test('only what no other dialect knows stands among the extensions without a mark', () => {
    const own = decode(jsonFixture('request-agent.json')).ext?.['anthropic-messages'] ?? {};
    expect(Object.keys(own).filter((key) => !key.startsWith('$'))).toEqual(['context_management']);
  });

  test('tools of the client stay functions, those of the vendor say what they are for', () => {
    const { tools } = decode(jsonFixture('request-agent.json'));
    expect(withoutExt(tools)).toEqual([
      {
        kind: 'function',
        name: 'ls',
        description: 'Lists files',
        schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
      },
      { kind: 'function', name: 'late', schema: { type: 'object', properties: {} } },
      { kind: 'hosted', capability: 'web-search', allowedDomains: ['ex.org'], maxUses: 5 },
      { kind: 'hosted', capability: 'text_editor_20250728', cache: {} },
    ]);
  });
});

describe('malformed requests name the place', () => {
  test.each<[string, JsonObject]>([
    ['model', { model: undefined }],
    ['model', { model: 7 }],
    ['messages', { messages: undefined }],
    ['messages', { messages: [] }],
    ['messages', { messages: 'hi' }],
    ['messages[0]', { messages: ['hi'] }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0].content', { messages: [{ role: 'user' }] }],
    ['messages[0].content', { messages: [{ role: 'user', content: 7 }] }],
    ['messages[0].content[0].type', { messages: [{ role: 'user', content: [{}] }] }],
    ['messages[0].content[0].text', { messages: [{ role: 'user', content: [{ type: 'text' }] }] }],
    ['messages[0].content[0].tool_use_id', { messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] }],
    [
      'messages[0].content[0].content[0].text',
      {
        messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text' }] }] }],
      },
    ],
    [
      'messages[0].content[0].input',
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: '{}' }] }] },
    ],
    ['system', { system: 5 }],
    ['tools[0].name', { tools: [{}] }],
    ['tools[0].input_schema', { tools: [{ name: 'f', input_schema: [] }] }],
    ['max_tokens', { max_tokens: '10' }],
    ['max_tokens', { max_tokens: 1.5 }],
    ['temperature', { temperature: 'hot' }],
    ['stream', { stream: 'yes' }],
    ['stop_sequences[1]', { stop_sequences: ['a', 1] }],
  ])('%s', (path, fields) => {
    expect(() => decode(minimal(fields))).toThrow(RequestFault);
    expect(() => decode(minimal(fields))).toThrow(expect.objectContaining({ path }));
  });

  test('a continued thread asks for the whole conversation in the way the SDK understands', () => {
    const fields = { thread: { type: 'continue', previous_message_id: 'msg_1' } };
    let fault: unknown;
    try {
      decode(minimal(fields));
    } catch (error) {
      fault = error;
    }
    if (!(fault instanceof RequestFault)) throw new Error('it was accepted');
    expect(anthropicMessagesClient.encodeError(fault.failure)).toMatchObject({
      status: 400,
      body: { error: { type: 'invalid_request_error', details: { error_code: 'thread_not_found' } } },
    });
  });
});

describe('counting', () => {
  test('a count request has no max_tokens', () => {
    const { max_tokens: _, ...body } = minimal();
    expect(decodeCountRequest(body).messages).toHaveLength(1);
  });

  test('the answer is the number', () => {
    expect(encodeCountResponse(42)).toEqual({ input_tokens: 42 });
  });
});
