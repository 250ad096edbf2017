import { describe, expect, test } from 'vitest';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { Message, ModelRequest, Part } from '../../../../src/daemon/ir/request.js';
import {
  assistant,
  budgetModel,
  call,
  encode,
  request,
  result,
  system,
  text,
  traits,
  user,
} from '../../../support/anthropic-messages.js';

const body = (messages: readonly Message[], more: Partial<ModelRequest> = {}): JsonObject =>
  encode(request(messages, more)).body;
const messagesOf = (messages: readonly Message[], more: Partial<ModelRequest> = {}): unknown =>
  body(messages, more)['messages'];
const t = (value: string): JsonObject => ({ type: 'text', text: value });
const media = (more: Partial<Extract<Part, { type: 'media' }>>): Part => ({
  type: 'media',
  source: { kind: 'base64', data: 'AAAA' },
  ...more,
});
const toolUse = (id: string, more: JsonObject = {}): JsonObject => ({
  type: 'tool_use',
  id,
  name: 'f',
  input: {},
  ...more,
});
const toolResult = (id: string, content: string, more: JsonObject = {}): JsonObject => ({
  type: 'tool_result',
  tool_use_id: id,
  content,
  ...more,
});

describe('system', () => {
  test('system texts are hoisted in order, wherever they stood', () => {
    expect(body([system('Be terse'), user('hi'), system('Use SI')])).toMatchObject({
      system: [t('Be terse'), t('Use SI')],
      messages: [{ role: 'user', content: [t('hi')] }],
    });
  });

  test('the parts of one system message are one block', () => {
    expect(body([system('x', 'y'), user('hi')])['system']).toEqual([t('x\ny')]);
  });

  test('a breakpoint inside a system message makes a block of what it ends', () => {
    const marked: Part = { type: 'text', text: 'x', cache: {} };
    expect(body([system(marked, 'y'), user('hi')])['system']).toEqual([
      { ...t('x'), cache_control: { type: 'ephemeral' } },
      t('y'),
    ]);
  });

  test('empty system text is skipped', () => {
    expect(body([system(''), user('hi')])).not.toHaveProperty('system');
  });

  test('a conversation of nothing but system text gets a user turn that is not empty', () => {
    expect(messagesOf([system('Only rules')])).toEqual([{ role: 'user', content: [t('.')] }]);
  });
});

describe('turns', () => {
  test('neighbours of one role are one turn', () => {
    expect(messagesOf([user('a'), user('b'), assistant('c'), assistant('d'), user('e')])).toEqual([
      { role: 'user', content: [t('a'), t('b')] },
      { role: 'assistant', content: [t('c'), t('d')] },
      { role: 'user', content: [t('e')] },
    ]);
  });

  test('the first turn is the user’s', () => {
    expect(messagesOf([assistant('c'), user('d')])).toMatchObject([
      { role: 'user', content: [t('.')] },
      { role: 'assistant' },
      { role: 'user' },
    ]);
  });

  test('empty text is dropped, and a turn without anything else with it', () => {
    expect(messagesOf([user('', 'q'), assistant(' \n'), user('r')])).toEqual([
      { role: 'user', content: [t('q'), t('r')] },
    ]);
  });

  test('a prefill stays, without trailing white space', () => {
    expect(messagesOf([user('q'), assistant('The answer is \n')])).toEqual([
      { role: 'user', content: [t('q')] },
      { role: 'assistant', content: [t('The answer is')] },
    ]);
  });
});

describe('media', () => {
  test.each<[string, Part, JsonObject]>([
    [
      'image data',
      media({ mediaType: 'image/webp', source: { kind: 'base64', data: 'UklG' } }),
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'UklG' } },
    ],
    [
      'an image that was declared wrongly, by its first bytes',
      media({ mediaType: 'image/jpeg', source: { kind: 'base64', data: 'iVBORw0KGgo=' } }),
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
    ],
    [
      'an image link',
      media({ source: { kind: 'url', url: 'https://ex.org/a.png' } }),
      { type: 'image', source: { type: 'url', url: 'https://ex.org/a.png' } },
    ],
    [
      'a PDF link',
      media({ source: { kind: 'url', url: 'https://ex.org/a.pdf' } }),
      { type: 'document', source: { type: 'url', url: 'https://ex.org/a.pdf' } },
    ],
    [
      'a PDF',
      media({ mediaType: 'application/pdf', filename: 'r.pdf', source: { kind: 'base64', data: 'JVB' } }),
      {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: 'JVB' },
        title: 'r.pdf',
      },
    ],
    [
      'a text file',
      media({ mediaType: 'text/markdown', source: { kind: 'base64', data: 'Z3LDvG4=' } }),
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'grün' } },
    ],
    [
      'a file of the vendor itself',
      media({ mediaType: 'image/png', source: { kind: 'file', id: 'f1', origin: 'anthropic-messages' } }),
      { type: 'image', source: { type: 'file', file_id: 'f1' } },
    ],
  ])('prints %s', (_, part, block) => {
    expect(messagesOf([user(part)])).toEqual([{ role: 'user', content: [block] }]);
  });

  test.each<[string, Part]>([
    ['audio', media({ mediaType: 'audio/mpeg' })],
    ['video', media({ mediaType: 'video/mp4', source: { kind: 'url', url: 'https://ex.org/a.mp4' } })],
    ['data of an unknown kind', media({ mediaType: 'application/octet-stream' })],
    ['a file of another provider', media({ source: { kind: 'file', id: 'f', origin: 'openai-chat' } })],
  ])('refuses %s', (_, part) => {
    expect(() => body([user('look'), user(part)])).toThrow(RequestFault);
    expect(() => body([user('look'), user(part)])).toThrow(expect.objectContaining({ path: 'messages[1].content' }));
  });

  test('media in an assistant turn is dropped with a warning', () => {
    const { body: encoded, warnings } = encode(
      request([user('draw'), assistant('here', media({ mediaType: 'image/png' })), user('thanks')]),
    );
    expect(encoded['messages']).toMatchObject([{}, { content: [t('here')] }, {}]);
    expect(warnings).toEqual([expect.objectContaining({ path: 'messages[1].content' })]);
  });
});

describe('calls and results', () => {
  test('results come first in the next user turn, in the order of the calls', () => {
    expect(
      messagesOf([user('q'), assistant(call('c1'), call('c2')), result('c2', 'two'), result('c1', 'one'), user('go')]),
    ).toEqual([
      { role: 'user', content: [t('q')] },
      { role: 'assistant', content: [toolUse('c1'), toolUse('c2')] },
      { role: 'user', content: [toolResult('c1', 'one'), toolResult('c2', 'two'), t('go')] },
    ]);
  });

  test('of two answers to one call the last one counts', () => {
    expect(messagesOf([user('q'), assistant(call('c1')), result('c1', 'old'), result('c1', 'new')])).toMatchObject([
      {},
      {},
      { content: [toolResult('c1', 'new')] },
    ]);
  });

  test('a call without an answer gets one that says so', () => {
    expect(messagesOf([user('q'), assistant(call('c1')), user('go')])).toMatchObject([
      {},
      {},
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'c1', is_error: true, content: '[no result]' }, t('go')],
      },
    ]);
  });

  test('an answer without a call is text', () => {
    expect(messagesOf([user('q'), result('c9', 'v')])).toEqual([
      { role: 'user', content: [t('q'), t('Tool result (c9): v')] },
    ]);
  });

  test.each([
    ['', {}],
    ['[1]', {}],
    ['null', {}],
    ['{"a":1}', { a: 1 }],
    ['{"a":1,}', { a: 1 }],
    ['{"a":[1,2,],"b":", }"}', { a: [1, 2], b: ', }' }],
    [`{'a':'it\\'s "x"'}`, { a: 'it\'s "x"' }],
    ['{"a":', {}],
  ])('arguments %j become an object', (input, expected) => {
    expect(messagesOf([user('q'), assistant(call('c1', 'f', input))])).toEqual([
      { role: 'user', content: [t('q')] },
      { role: 'assistant', content: [toolUse('c1', { input: expected })] },
      { role: 'user', content: [toolResult('c1', '[no result]', { is_error: true })] },
    ]);
  });

  test('ids keep to the vendor’s letters, in the call and in the result', () => {
    expect(messagesOf([user('q'), assistant(call('call:1/x')), result('call:1/x', 'r')])).toMatchObject([
      {},
      { content: [{ id: 'call_1_x' }] },
      { content: [{ tool_use_id: 'call_1_x' }] },
    ]);
  });

  test('an empty id is replaced in both places', () => {
    expect(messagesOf([user('q'), assistant(call('')), result('', 'r')])).toMatchObject([
      {},
      { content: [{ id: 'toolu_1' }] },
      { content: [{ tool_use_id: 'toolu_1' }] },
    ]);
  });

  test('ids that a client counts anew each turn become unique', () => {
    const turn = [assistant(call('c1')), result('c1', 'r')];
    expect(messagesOf([user('q'), ...turn, ...turn])).toMatchObject([
      {},
      { content: [{ id: 'c1' }] },
      { content: [{ tool_use_id: 'c1' }] },
      { content: [{ id: 'c1_2' }] },
      { content: [{ tool_use_id: 'c1_2' }] },
    ]);
  });

  test('images stay inside their result, and errors are flagged', () => {
    const part: Part = {
      type: 'tool-result',
      callId: 'c1',
      isError: true,
      content: [text('x'), media({ mediaType: 'image/png', source: { kind: 'base64', data: 'iVBORw0KGgo=' } })],
    };
    expect(messagesOf([user('q'), assistant(call('c1')), { role: 'tool', content: [part] }])).toMatchObject([
      {},
      {},
      { content: [{ is_error: true, content: [t('x'), { type: 'image' }] }] },
    ]);
  });

  test('a result without content has none, and an error without content says it is one', () => {
    const empty: Message = {
      role: 'tool',
      content: [
        { type: 'tool-result', callId: 'a', content: [] },
        { type: 'tool-result', callId: 'b', content: [text('')], isError: true },
      ],
    };
    expect(messagesOf([user('q'), assistant(call('a'), call('b')), empty])).toMatchObject([
      {},
      {},
      {
        content: [
          { type: 'tool_result', tool_use_id: 'a' },
          { type: 'tool_result', tool_use_id: 'b', is_error: true, content: 'error' },
        ],
      },
    ]);
  });

  test('free-form input travels wrapped', () => {
    const custom: Part = { type: 'tool-call', id: 'c1', name: 'apply', input: '*** x', custom: true };
    const { body: encoded, restore } = encode(
      request([user('q'), assistant(custom), result('c1', 'ok')], { tools: [{ kind: 'custom', name: 'apply' }] }),
    );
    expect(encoded['messages']).toMatchObject([{}, { content: [{ input: { input: '*** x' } }] }, {}]);
    expect(encoded['tools']).toMatchObject([
      {
        name: 'apply',
        input_schema: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
      },
    ]);
    expect(restore.wrappedTools).toEqual(new Set(['apply']));
  });
});

describe('thinking in the history', () => {
  const own = (value: string): Part => ({
    type: 'reasoning',
    text: 'hm',
    opaque: { origin: 'anthropic-messages', value },
  });
  const foreign: Part = { type: 'reasoning', text: 'hm', opaque: { origin: 'openai-responses', value: 'Eblob' } };

  test('the vendor’s own goes back unchanged', () => {
    expect(messagesOf([user('q'), assistant(own('Eabc+/='), 'a'), user('r')])).toMatchObject([
      {},
      { content: [{ type: 'thinking', thinking: 'hm', signature: 'Eabc+/=' }, t('a')] },
      {},
    ]);
  });

  test.each<[string, Part]>([
    ['another vendor’s', foreign],
    ['that with no signature', { type: 'reasoning', text: 'hm' }],
    ['that with a signature which cannot be Claude’s', own('skip_validator')],
  ])('%s is dropped with a warning, and the rest of the turn stays', (_, part) => {
    const { body: encoded, warnings } = encode(request([user('q'), assistant(part, 'a'), user('r')]));
    expect(encoded['messages']).toMatchObject([{}, { content: [t('a')] }, {}]);
    expect(warnings).toHaveLength(1);
  });

  test('a turn of nothing else is dropped', () => {
    expect(messagesOf([user('q'), assistant(foreign), user('r')])).toEqual([
      { role: 'user', content: [t('q'), t('r')] },
    ]);
  });

  test('a compatible upstream gets the text without a signature', () => {
    const { body: encoded } = encode(
      request([user('q'), assistant(foreign, 'a'), user('r')]),
      budgetModel({ isCompat: true }),
    );
    expect(encoded['messages']).toMatchObject([
      {},
      { content: [{ type: 'thinking', thinking: 'hm', signature: '' }, t('a')] },
      {},
    ]);
  });

  test('thinking in a user turn is ignored', () => {
    expect(messagesOf([user(own('Eabc'), 'q')])).toEqual([{ role: 'user', content: [t('q')] }]);
  });
});

describe('other parts', () => {
  const search = (origin: string): Part => ({
    type: 'search',
    id: 'srvtoolu_1',
    queries: ['w'],
    results: [{ url: 'https://w.org', opaque: { origin, value: 'Eenc' } }],
  });

  test('the vendor’s own search goes back as its two blocks', () => {
    expect(messagesOf([user('q'), assistant(search('anthropic-messages'), 'a'), user('r')])).toMatchObject([
      {},
      {
        content: [
          { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'w' } },
          {
            type: 'web_search_tool_result',
            tool_use_id: 'srvtoolu_1',
            content: [{ type: 'web_search_result', url: 'https://w.org', encrypted_content: 'Eenc' }],
          },
          t('a'),
        ],
      },
      {},
    ]);
  });

  test.each<[string, Part]>([
    ['a search of another vendor', search('openai-responses')],
    ['a block of another vendor', { type: 'native', dialect: 'openai-responses', value: { type: 'mcp_call' } }],
  ])('%s is dropped with a warning', (_, part) => {
    const { body: encoded, warnings } = encode(request([user('q'), assistant(part, 'a'), user('r')]));
    expect(encoded['messages']).toMatchObject([{}, { content: [t('a')] }, {}]);
    expect(warnings).toHaveLength(1);
  });
});

describe('cache breakpoints', () => {
  const marked = (value: string, ttlSeconds?: number): Part => ({
    type: 'text',
    text: value,
    cache: ttlSeconds === undefined ? {} : { ttlSeconds },
  });

  test('are copied from parts, messages and tools', () => {
    const encoded = body([system(marked('s', 3600)), { ...user('q'), cache: {} }], {
      tools: [{ kind: 'function', name: 'f', cache: { ttlSeconds: 3600 } }],
    });
    expect(encoded).toMatchObject({
      tools: [{ cache_control: { type: 'ephemeral', ttl: '1h' } }],
      system: [{ cache_control: { type: 'ephemeral', ttl: '1h' } }],
      messages: [{ content: [{ cache_control: { type: 'ephemeral' } }] }],
    });
  });

  test('beyond four the earliest go', () => {
    const cache_control = { type: 'ephemeral' };
    const later = ['c', 'd', 'e', 'f'].map((value) => ({ ...t(value), cache_control }));
    expect(messagesOf(['a', 'b', 'c', 'd', 'e', 'f'].map((value) => user(marked(value))))).toEqual([
      { role: 'user', content: [t('a'), t('b'), ...later] },
    ]);
  });
});

describe('identity and fields of other dialects', () => {
  test('the user id is the only metadata', () => {
    const { body: encoded, warnings } = encode(
      request([user('q')], { userId: 'u1', metadata: { a: 'b' }, cacheKey: 'k' }),
    );
    expect(encoded['metadata']).toEqual({ user_id: 'u1' });
    expect(warnings.map(({ path }) => path)).toEqual(['cacheKey', 'metadata']);
    expect(body([user('q')])).not.toHaveProperty('metadata');
  });

  test.each([
    ['auto', { service_tier: 'auto' }],
    ['flex', {}],
  ])('tier %s', (serviceTier, expected) => {
    const encoded = body([user('q')], { serviceTier });
    expect('service_tier' in encoded ? { service_tier: encoded['service_tier'] } : {}).toEqual(expected);
  });

  test('a field without a counterpart is named in one warning', () => {
    const named = { ...user('q'), ext: { 'openai-chat': { name: 'ann', $content: 'string' } } };
    const { warnings } = encode(
      request([named, named], {
        ext: { 'openai-chat': { logit_bias: { 5: 1 }, $hint: 1 } },
      }),
    );
    expect(warnings.map(({ path }) => path)).toEqual(['logit_bias', 'messages[].name']);
  });

  test('a stored conversation that is not here is refused', () => {
    const ext = { 'openai-responses': { previous_response_id: 'resp_1' } };
    expect(() => body([user('q')], { dialect: 'openai-responses', ext })).toThrow(
      expect.objectContaining({ path: 'previous_response_id' }),
    );
  });

  test('the upstream’s own model name is sent, and the stream flag only when wanted', () => {
    expect(body([user('q')])).toMatchObject({ model: 'claude-sonnet-4-5' });
    expect(body([user('q')])).not.toHaveProperty('stream');
    expect(body([user('q')], { stream: true })).toMatchObject({ stream: true });
  });
});

describe('structured output', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  const output = { type: 'json-schema', name: 'city info', schema } as const;
  const tools = [{ kind: 'function', name: 'f' }] as const;

  test('a model that enforces schemas gets the schema', () => {
    const { body: encoded } = encode(request([user('q')], { output, tools }), budgetModel(traits('structured-output')));
    expect(encoded).toMatchObject({
      output_config: { format: { type: 'json_schema', schema } },
      tools: [{ name: 'f' }],
    });
  });

  test('another one is forced to call a tool whose input is the answer', () => {
    const { body: encoded, restore } = encode(request([user('q')], { output }));
    expect(encoded).toMatchObject({
      tools: [{ name: 'city_info', input_schema: schema }],
      tool_choice: { type: 'tool', name: 'city_info' },
    });
    expect(restore.outputTool).toBe('city_info');
  });

  test('the tool of a schema without a name is json', () => {
    expect(encode(request([user('q')], { output: { type: 'json-schema', schema } })).restore.outputTool).toBe('json');
  });

  test.each<[string, Partial<ModelRequest>]>([
    ['real tools', { output, tools }],
    ['thinking', { output, reasoning: { mode: 'budget', budgetTokens: 2000 } }],
    ['a root that is no object', { output: { type: 'json-schema', schema: { type: 'array' } } }],
  ])('beside %s the prompt asks for it', (_, more) => {
    const { body: encoded, restore } = encode(request([system('s'), user('q')], more));
    expect(encoded['system']).toMatchObject([t('s'), { text: expect.stringContaining('JSON Schema') }]);
    expect(restore.outputTool).toBeUndefined();
  });

  test('JSON of any shape is asked for in the prompt', () => {
    expect(body([user('q')], { output: { type: 'json' } })['system']).toMatchObject([
      { text: expect.stringContaining('one JSON object only') },
    ]);
  });
});
