import { describe, expect, test } from 'vitest';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { Message, ModelRequest, Part } from '../../../../src/daemon/ir/request.js';
import { encode, foreignRequest, knownModel, userModel } from '../../../support/openai-responses.js';

const says = (role: Message['role'], ...content: (Part | string)[]): Message => ({
  role,
  content: content.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part)),
});
const call = (id: string, name = 'f', input = '{}'): Part => ({ type: 'tool-call', id, name, input });
const result = (callId: string, ...content: (Part | string)[]): Part => ({
  type: 'tool-result',
  callId,
  content: says('tool', ...content).content,
});
const user = (text: string) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
const system = (text: string) => ({ type: 'message', role: 'system', content: [{ type: 'input_text', text }] });
const bodyOf = (messages: Message[], more: Partial<ModelRequest> = {}, dialect?: string) =>
  encode(foreignRequest(messages, more, dialect)).body;

describe('system text', () => {
  test('of Anthropic becomes instructions, joined, and a reminder in the middle a user turn', () => {
    const messages = [says('system', 'S1', ''), says('system', 'S2'), says('user', 'a'), says('system', 'note')];
    expect(bodyOf(messages, {}, 'anthropic-messages')).toMatchObject({
      instructions: 'S1\n\nS2',
      input: [user('a'), user('<system-reminder>\nnote\n</system-reminder>')],
    });
  });
  test('of chat: the first becomes instructions, the others stay where they are', () => {
    const messages = [says('system', 'A'), says('system', 'B'), says('user', 'c'), says('system', 'D')];
    expect(bodyOf(messages)).toMatchObject({ instructions: 'A', input: [system('B'), user('c'), system('D')] });
  });
  test('of chat keeps its role', () => {
    const developer: Message = { ...says('system', 'D'), ext: { 'openai-chat': { $role: 'developer' } } };
    expect(bodyOf([says('user', 'c'), developer])).toMatchObject({ input: [user('c'), { role: 'developer' }] });
  });
  test('alone is the conversation, because an empty input is refused', () => {
    const body = bodyOf([says('system', 'Only rules')], {}, 'gemini-generate');
    expect(body).toMatchObject({ input: [system('Only rules')] });
    expect(body).not.toHaveProperty('instructions');
  });
});

describe('calls and results', () => {
  test('a turn keeps its order, and results follow as they were called', () => {
    const messages = [
      says('assistant', 't', call('c1', 'f', ''), call('c2', 'g', '{"a":1}')),
      says('tool', result('c2', 'two'), result('c1', 'a', 'b')),
    ];
    expect(bodyOf(messages)['input']).toEqual([
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 't' }] },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
      { type: 'function_call', call_id: 'c2', name: 'g', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'c1', output: 'a\n\nb' },
      { type: 'function_call_output', call_id: 'c2', output: 'two' },
    ]);
  });
  test('a missing result is stated, an orphan becomes text', () => {
    const messages = [says('assistant', call('c1')), says('tool', result('c9', 'v')), says('user', 'go')];
    expect(bodyOf(messages)['input']).toEqual([
      expect.objectContaining({ call_id: 'c1', type: 'function_call' }),
      { type: 'function_call_output', call_id: 'c1', output: 'Error: [no result]' },
      user('Tool result (c9): v'),
      user('go'),
    ]);
  });
  test.each([
    { text: 'boom', output: 'Error: boom' },
    { text: 'Error: boom', output: 'Error: boom' },
    { text: 'error 7', output: 'error 7' },
  ])('a failed result says so: $text', ({ text, output }) => {
    const messages = [says('assistant', call('c1')), says('tool', { ...result('c1', text), isError: true } as Part)];
    expect(bodyOf(messages)).toMatchObject({ input: [{}, { output }] });
  });
  test('an image in a result becomes an image in a list', () => {
    const image: Part = { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AAAA' } };
    const messages = [says('assistant', call('c1')), says('tool', result('c1', 'x', image))];
    expect(bodyOf(messages)).toMatchObject({
      input: [
        {},
        {
          output: [
            { type: 'input_text', text: 'x' },
            { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'auto' },
          ],
        },
      ],
    });
  });
  test('custom calls stay custom', () => {
    const custom: Part = { type: 'tool-call', id: 'c1', name: 'apply', input: '*** x', custom: true };
    const messages = [says('assistant', custom), says('tool', { ...result('c1', 'ok'), custom: true } as Part)];
    expect(bodyOf(messages, { tools: [{ kind: 'custom', name: 'apply' }] })).toMatchObject({
      tools: [{ type: 'custom', name: 'apply' }],
      input: [
        { type: 'custom_tool_call', call_id: 'c1', name: 'apply', input: '*** x' },
        { type: 'custom_tool_call_output', call_id: 'c1', output: 'ok' },
      ],
    });
  });
  test('ids longer than the API takes are shortened alike in call and result', () => {
    const long = 'x'.repeat(90);
    const body = bodyOf([says('assistant', call(long)), says('tool', result(long, 'ok'))]);
    const ids = (body['input'] as { call_id: string }[]).map(({ call_id }) => call_id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[0]?.length).toBeLessThanOrEqual(64);
  });
});

describe('reasoning in history', () => {
  const thought = (origin: string, value: string): Part => ({
    type: 'reasoning',
    text: 'hm',
    opaque: { origin, value },
  });
  test('goes back to where it came from', () => {
    const body = bodyOf(
      [says('assistant', thought('openai-responses', 'gAAAAAB_x-='), 'ok')],
      {},
      'anthropic-messages',
    );
    expect(body).toMatchObject({ input: [{ type: 'reasoning', summary: [], encrypted_content: 'gAAAAAB_x-=' }, {}] });
  });
  test.each([
    { name: 'of another vendor', part: thought('anthropic-messages', 'EmwK') },
    { name: 'that is no encrypted word', part: thought('openai-responses', 'not a blob') },
    { name: 'without a state', part: { type: 'reasoning', text: 'hm' } satisfies Part },
  ])('$name is left out with a warning', ({ part }) => {
    const { body, warnings } = encode(foreignRequest([says('assistant', part, 'ok')], {}, 'anthropic-messages'));
    expect(body).toMatchObject({ input: [{ type: 'message', role: 'assistant' }] });
    expect(warnings.map(({ path }) => path)).toEqual(['messages[0].content[0]']);
  });
  test('is text for a model that is only compatible', () => {
    const request = foreignRequest([says('assistant', { type: 'reasoning', text: 'hm' }, 'ok')]);
    expect(encode(request, { ...userModel, isCompat: true }).body).toMatchObject({
      input: [{ type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] }, {}],
    });
  });
  test('of another vendor is left out of our own requests too, it would be answered with 400', () => {
    const request = foreignRequest([says('assistant', thought('anthropic-messages', 'EmwK'))], {}, 'openai-responses');
    const { body, warnings } = encode(request);
    expect(body['input']).toEqual([]);
    expect(warnings).toHaveLength(1);
  });
  test('in a user turn is not repeated', () => {
    const { body, warnings } = encode(foreignRequest([says('user', 'a', { type: 'reasoning', text: 'evil' })]));
    expect(body['input']).toEqual([user('a')]);
    expect(warnings).toHaveLength(1);
  });
});

describe('media', () => {
  const pdf: Part = {
    type: 'media',
    mediaType: 'application/pdf',
    filename: 'spec.pdf',
    source: { kind: 'base64', data: 'JVBERi0=' },
  };
  test.each<{ name: string; part: Part; sent: object }>([
    {
      name: 'a document',
      part: pdf,
      sent: { type: 'input_file', filename: 'spec.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
    },
    {
      name: 'a document without a name',
      part: { type: 'media', mediaType: 'text/plain', source: { kind: 'base64', data: 'aGk=' } },
      sent: { type: 'input_file', filename: 'document.txt', file_data: 'data:text/plain;base64,aGk=' },
    },
    {
      name: 'a document without a type, by its name',
      part: { type: 'media', filename: 'r.PDF', source: { kind: 'base64', data: 'AAAA' } },
      sent: { type: 'input_file', filename: 'r.PDF', file_data: 'data:application/pdf;base64,AAAA' },
    },
    {
      name: 'an image with a wrong label, by its bytes',
      part: { type: 'media', mediaType: 'image/jpeg', source: { kind: 'base64', data: 'iVBORw0KGgo=' } },
      sent: { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'auto' },
    },
    {
      name: 'an image by link, with its detail',
      part: { type: 'media', detail: 'low', source: { kind: 'url', url: 'https://e.org/a' } },
      sent: { type: 'input_image', image_url: 'https://e.org/a', detail: 'low' },
    },
    {
      name: 'a document by link',
      part: { type: 'media', mediaType: 'application/pdf', source: { kind: 'url', url: 'https://e.org/a.pdf' } },
      sent: { type: 'input_file', file_url: 'https://e.org/a.pdf' },
    },
    {
      name: 'audio',
      part: { type: 'media', mediaType: 'audio/mpeg', source: { kind: 'base64', data: 'QQ==' } },
      sent: { type: 'input_audio', input_audio: { data: 'QQ==', format: 'mp3' } },
    },
  ])('$name', ({ part, sent }) => {
    expect(bodyOf([says('user', part)])).toMatchObject({ input: [{ content: [sent] }] });
    expect((bodyOf([says('user', part)])['input'] as { content: unknown[] }[])[0]?.content).toEqual([sent]);
  });
  test.each<{ name: string; part: Part }>([
    {
      name: 'a file of another provider',
      part: { type: 'media', source: { kind: 'file', id: 'f', origin: 'anthropic-messages' } },
    },
    {
      name: 'data of unknown type',
      part: { type: 'media', filename: 'r.unknownx', source: { kind: 'base64', data: 'AAAA' } },
    },
    { name: 'video', part: { type: 'media', mediaType: 'video/mp4', source: { kind: 'base64', data: 'AAAA' } } },
  ])('$name is refused', ({ part }) => {
    expect(() => bodyOf([says('user', part)])).toThrow(RequestFault);
  });
});

describe('tools', () => {
  test('are flat, and never strict unless asked', () => {
    const tools = [
      { kind: 'function', name: 'f', description: 'd' },
      { kind: 'function', name: 'f', description: 'again' },
      { kind: 'function', name: 'g', schema: { type: 'object' }, strict: true },
      { kind: 'hosted', capability: 'web-search', allowedDomains: ['a.org'], maxUses: 3 },
      { kind: 'hosted', capability: 'code' },
    ] as const;
    const { body, warnings } = encode(foreignRequest([says('user', 'x')], { tools, parallelToolCalls: false }));
    expect(body).toMatchObject({ parallel_tool_calls: false });
    expect(body['tools']).toEqual([
      { type: 'function', name: 'f', description: 'd', parameters: { type: 'object', properties: {} }, strict: false },
      { type: 'function', name: 'g', parameters: { type: 'object' }, strict: true },
      { type: 'web_search', filters: { allowed_domains: ['a.org'] } },
    ]);
    expect(warnings.map(({ path }) => path)).toEqual(['tools[1].name', 'tools[3].max_uses', 'tools[4]']);
  });
  test('with names the API refuses are renamed, each to another, and named back', () => {
    const names = ['9 to-5/x', '9_to-5_x', 'a'.repeat(80), `${'a'.repeat(80)}b`];
    const tools = names.map((name) => ({ kind: 'function', name }) as const);
    const { body, restore } = encode(foreignRequest([says('assistant', call('c', '9 to-5/x'))], { tools }));
    const sent = (body['tools'] as { name: string }[]).map(({ name }) => name);
    expect(new Set(sent).size).toBe(4);
    expect(sent.every((name) => /^[a-zA-Z0-9_-]{1,64}$/.test(name))).toBe(true);
    expect(sent[1]).toBe('9_to-5_x');
    expect(sent.map((name) => restore.toolNames?.get(name) ?? name)).toEqual(names);
    expect(body).toMatchObject({ input: [{ name: sent[0] }, {}] });
  });
  const two = [
    { kind: 'function', name: 'f' },
    { kind: 'custom', name: 'c' },
    { kind: 'hosted', capability: 'web-search' },
  ] as const;
  test.each<{ choice: NonNullable<ModelRequest['toolChoice']>; sent: unknown }>([
    { choice: { mode: 'auto' }, sent: 'auto' },
    { choice: { mode: 'required' }, sent: 'required' },
    { choice: { mode: 'none', allowed: ['f'] }, sent: 'none' },
    { choice: { mode: 'named', name: 'f' }, sent: { type: 'function', name: 'f' } },
    { choice: { mode: 'named', name: 'c' }, sent: { type: 'custom', name: 'c' } },
    { choice: { mode: 'named', name: 'web_search' }, sent: { type: 'web_search' } },
    { choice: { mode: 'named', name: 'zzz' }, sent: 'auto' },
    { choice: { mode: 'required', allowed: ['f'] }, sent: { type: 'function', name: 'f' } },
    {
      choice: { mode: 'auto', allowed: ['f', 'c', 'zzz'] },
      sent: {
        type: 'allowed_tools',
        mode: 'auto',
        tools: [
          { type: 'function', name: 'f' },
          { type: 'custom', name: 'c' },
        ],
      },
    },
  ])('are chosen: $choice', ({ choice, sent }) => {
    expect(bodyOf([says('user', 'x')], { tools: two, toolChoice: choice })['tool_choice']).toEqual(sent);
  });
  test('without any there is no choice', () => {
    const body = bodyOf([says('user', 'x')], { toolChoice: { mode: 'auto' }, parallelToolCalls: true });
    expect(body).not.toHaveProperty('tool_choice');
    expect(body).not.toHaveProperty('parallel_tool_calls');
  });
});

describe('settings', () => {
  const settings = (more: Partial<ModelRequest>, model = userModel) =>
    encode(foreignRequest([says('user', 'x')], more), model);
  test('a limit below the smallest one is raised, as clients ask for one token to see whether a model is there', () => {
    const { body, warnings } = settings({ sampling: { maxOutputTokens: 1 } });
    expect(body['max_output_tokens']).toBe(16);
    expect(warnings.map(({ path }) => path)).toEqual(['sampling.maxOutputTokens']);
    expect(settings({ sampling: { maxOutputTokens: 16 } })).toMatchObject({
      body: { max_output_tokens: 16 },
      warnings: [],
    });
  });
  test('have the names of this API, and what it lacks is warned about', () => {
    const sampling = {
      maxOutputTokens: 90,
      temperature: 1.7,
      topP: 0.5,
      topK: 4,
      seed: 1,
      stop: ['E'],
      candidates: 2,
      logprobs: true,
      topLogprobs: 2,
    };
    const { body, warnings } = settings({
      sampling,
      userId: 'u',
      cacheKey: 'k',
      serviceTier: 'standard_only',
      metadata: { a: 'b', n: 1 },
    });
    expect(body).toMatchObject({
      max_output_tokens: 90,
      temperature: 1.7,
      top_p: 0.5,
      top_logprobs: 2,
      include: ['message.output_text.logprobs'],
      user: 'u',
      prompt_cache_key: 'k',
      metadata: { a: 'b' },
      store: false,
      stream: true,
    });
    expect(warnings.map(({ path }) => path).sort()).toEqual([
      'metadata.n',
      'sampling.candidates',
      'sampling.seed',
      'sampling.stop',
      'sampling.topK',
      'serviceTier',
    ]);
  });
  test('that only the other dialect has are warned about once per kind', () => {
    const ext = { 'openai-chat': { logit_bias: { 5: 1 }, $stream: 'absent' } };
    const part: Part = { type: 'text', text: 'x', cache: {}, ext: { 'openai-chat': { odd: 1 } } };
    const { warnings } = encode(foreignRequest([says('user', part, part), says('user', part)], { ext }));
    expect(warnings.map(({ path }) => path)).toEqual([
      'messages[].content[].cache_control',
      'logit_bias',
      'messages[].content[].odd',
    ]);
  });
  test('ask for encrypted reasoning exactly when thinking is wanted', () => {
    const include = (more: Partial<ModelRequest>) => settings(more).body['include'];
    expect(include({ reasoning: { mode: 'effort', effort: 'low' } })).toEqual(['reasoning.encrypted_content']);
    expect(include({ reasoning: { summary: 'auto' } })).toEqual(['reasoning.encrypted_content']);
    expect(include({ reasoning: { mode: 'off' } })).toBeUndefined();
    expect(include({ reasoning: { summary: 'none' } })).toBeUndefined();
    expect(include({})).toBeUndefined();
  });
  test('name no user by more characters than OpenAI takes', () => {
    expect(settings({ userId: 'u'.repeat(64) }).body['user']).toBe('u'.repeat(64));
    const { body, warnings } = settings({ userId: 'u'.repeat(65) });
    expect(body).not.toHaveProperty('user');
    expect(warnings).toMatchObject([{ path: 'userId' }]);
  });
  test.each<{ reasoning: NonNullable<ModelRequest['reasoning']>; user: unknown; known: unknown }>([
    {
      reasoning: { mode: 'effort', effort: 'high', summary: 'detailed' },
      user: { effort: 'high', summary: 'detailed' },
      known: { effort: 'high', summary: 'detailed' },
    },
    {
      reasoning: { mode: 'budget', budgetTokens: 8192, summary: 'none' },
      user: { effort: 'medium' },
      known: { effort: 'medium' },
    },
    { reasoning: { mode: 'auto' }, user: { effort: 'auto' }, known: undefined },
    { reasoning: { mode: 'off', summary: 'auto' }, user: { effort: 'none' }, known: { effort: 'low' } },
    { reasoning: { summary: 'auto' }, user: { summary: 'auto' }, known: { summary: 'auto' } },
  ])('think: $reasoning', ({ reasoning, user: expected, known }) => {
    expect(settings({ reasoning }).body['reasoning']).toEqual(expected);
    expect(settings({ reasoning }, knownModel).body['reasoning']).toEqual(known);
  });
  test('structure the output without inventing strictness', () => {
    const schema = { type: 'object' };
    const format = (output: NonNullable<ModelRequest['output']>) => settings({ output }).body['text'];
    expect(format({ type: 'json' })).toEqual({ format: { type: 'json_object' } });
    expect(format({ type: 'text' })).toEqual({ format: { type: 'text' } });
    expect(format({ type: 'json-schema', schema, name: 'my answer' })).toEqual({
      format: { type: 'json_schema', name: 'my_answer', schema, strict: false },
    });
    expect(format({ type: 'json-schema', schema, strict: true })).toEqual({
      format: { type: 'json_schema', name: 'response', schema, strict: true },
    });
  });
});
