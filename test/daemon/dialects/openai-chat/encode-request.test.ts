import { describe, expect, test } from 'vitest';
import { openaiChatUpstream } from '../../../../src/daemon/dialects/openai-chat/dialect.js';
import { packState } from '../../../../src/daemon/dialects/openai-chat/reasoning.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../../../src/daemon/ir/model.js';
import type { Message, ModelRequest, Part, Tool } from '../../../../src/daemon/ir/request.js';
import { foreignRequest, requestContext, userModel, userSays } from '../../../support/openai-chat.js';

const encode = (dialect: string, more: Partial<ModelRequest> = {}, model: ModelInfo = userModel) => {
  const context = requestContext(model);
  const { body, restore } = openaiChatUpstream.encodeRequest(foreignRequest(dialect, more), context);
  return { body, restore, warnings: context.warnings };
};
const messagesOf = (dialect: string, messages: Message[], model?: ModelInfo): unknown =>
  encode(dialect, { messages }, model).body['messages'];

const ANTHROPIC = 'anthropic-messages';
const RESPONSES = 'openai-responses';
const GEMINI = 'gemini-generate';

const text = (value: string): Part => ({ type: 'text', text: value });
const system = (...texts: string[]): Message => ({ role: 'system', content: texts.map(text) });
const says = (...parts: Part[]): Message => ({ role: 'assistant', content: parts });
const call = (id: string, input = '{}'): Part => ({ type: 'tool-call', id, name: 'f', input });
const answered = (callId: string, ...content: Part[]): Message => ({
  role: 'tool',
  content: [{ type: 'tool-result', callId, content }],
});
const image: Part = { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'iVBORw0KGgo=' } };
const imageUrl = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
const wireCall = (id: string, args = '{}') => ({ id, type: 'function', function: { name: 'f', arguments: args } });
const tool = (name: string): Tool => ({ kind: 'function', name, schema: { type: 'object', properties: {} } });
const wireTool = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
});

describe('conversations of other dialects', () => {
  test.each<{ name: string; from: string; messages: Message[]; expected: unknown }>([
    {
      name: 'instructions and developer items become system messages',
      from: RESPONSES,
      messages: [system('A'), system('B'), userSays('C')],
      expected: [
        { role: 'system', content: 'A' },
        { role: 'system', content: 'B' },
        { role: 'user', content: 'C' },
      ],
    },
    {
      name: 'Anthropic system blocks stay parts, empty ones are left out',
      from: ANTHROPIC,
      messages: [system('S1', ''), userSays('q')],
      expected: [
        { role: 'system', content: [{ type: 'text', text: 'S1' }] },
        { role: 'user', content: 'q' },
      ],
    },
    {
      name: 'an Anthropic note between turns comes as the user',
      from: ANTHROPIC,
      messages: [userSays('a'), system('note'), userSays('b')],
      expected: [
        { role: 'user', content: 'a' },
        { role: 'user', content: '<system-reminder>\nnote\n</system-reminder>' },
        { role: 'user', content: 'b' },
      ],
    },
    {
      name: 'the parts of a Gemini instruction are one text',
      from: GEMINI,
      messages: [system('x', 'y'), userSays('q')],
      expected: [
        { role: 'system', content: 'x\ny' },
        { role: 'user', content: 'q' },
      ],
    },
    {
      name: 'a result comes before the text of its turn',
      from: ANTHROPIC,
      messages: [says(call('t1')), answered('t1', text('ok')), userSays('next')],
      expected: [
        { role: 'assistant', content: null, tool_calls: [wireCall('t1')] },
        { role: 'tool', tool_call_id: 't1', content: 'ok' },
        { role: 'user', content: 'next' },
      ],
    },
    {
      name: 'texts of a result are joined',
      from: ANTHROPIC,
      messages: [says(call('t1')), answered('t1', text('a'), text('b'))],
      expected: [
        { role: 'assistant', content: null, tool_calls: [wireCall('t1')] },
        { role: 'tool', tool_call_id: 't1', content: 'a\n\nb' },
      ],
    },
    {
      name: 'a result with an image is an array',
      from: ANTHROPIC,
      messages: [says(call('t1')), answered('t1', text('x'), image)],
      expected: [
        { role: 'assistant', content: null, tool_calls: [wireCall('t1')] },
        { role: 'tool', tool_call_id: 't1', content: [{ type: 'text', text: 'x' }, imageUrl] },
      ],
    },
    {
      name: 'Responses items of one turn are one message, results in the order received',
      from: RESPONSES,
      messages: [says(text('t')), says(call('a')), says(call('b')), answered('b', text('2')), answered('a', text('1'))],
      expected: [
        { role: 'assistant', content: 't', tool_calls: [wireCall('a'), wireCall('b')] },
        { role: 'tool', tool_call_id: 'b', content: '2' },
        { role: 'tool', tool_call_id: 'a', content: '1' },
      ],
    },
    {
      name: 'what stands between a call and its result moves behind it',
      from: RESPONSES,
      messages: [says(call('a')), userSays('interrupt'), answered('a', text('1'))],
      expected: [
        { role: 'assistant', content: null, tool_calls: [wireCall('a')] },
        { role: 'tool', tool_call_id: 'a', content: '1' },
        { role: 'user', content: 'interrupt' },
      ],
    },
    {
      name: 'a call without result gets one, and empty input is an empty object',
      from: ANTHROPIC,
      messages: [says(call('a', '')), userSays('go')],
      expected: [
        { role: 'assistant', content: null, tool_calls: [wireCall('a')] },
        { role: 'tool', tool_call_id: 'a', content: '[no result]' },
        { role: 'user', content: 'go' },
      ],
    },
    {
      name: 'foreign thinking is left out, the text stays',
      from: ANTHROPIC,
      messages: [says({ type: 'reasoning', text: 'hm' }, text('x'))],
      expected: [{ role: 'assistant', content: 'x' }],
    },
    {
      name: 'thinking in a user turn is ignored',
      from: ANTHROPIC,
      messages: [{ role: 'user', content: [{ type: 'reasoning', text: 'obey' }, text('q')] }],
      expected: [{ role: 'user', content: 'q' }],
    },
    {
      name: 'a prefill stays the last message',
      from: ANTHROPIC,
      messages: [userSays('q'), says(text('The answer is'))],
      expected: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'The answer is' },
      ],
    },
    {
      name: 'empty parts are left out, media keep their order',
      from: GEMINI,
      messages: [{ role: 'user', content: [text(''), image, text('q')] }],
      expected: [{ role: 'user', content: [imageUrl, { type: 'text', text: 'q' }] }],
    },
  ])('$name', ({ from, messages, expected }) => {
    expect(messagesOf(from, messages)).toEqual(expected);
  });

  test.each([
    ['boom', 'Error: boom'],
    ['Error: boom', 'Error: boom'],
    ['ERROR 7', 'ERROR 7'],
  ])('an error "%s" reads "%s"', (said, expected) => {
    const failed: Message = {
      role: 'tool',
      content: [{ type: 'tool-result', callId: 't', isError: true, content: [text(said)] }],
    };
    expect(messagesOf(ANTHROPIC, [says(call('t')), failed])).toMatchObject([{}, { content: expected }]);
  });

  test('a compatible model keeps all readable thinking', () => {
    const messages = [says({ type: 'reasoning', text: 'hm' }, text('x'))];
    expect(messagesOf(ANTHROPIC, messages, { ...userModel, isCompat: true })).toEqual([
      { role: 'assistant', content: 'x', reasoning_content: 'hm' },
    ]);
  });

  test('thinking that a Chat upstream issued goes back with its state, in its own words', () => {
    const own = (value: string): Part => ({ type: 'reasoning', text: 'hm', opaque: { origin: 'openai-chat', value } });
    expect(messagesOf(ANTHROPIC, [says(own(packState({ reasoning_opaque: 'OPQ' })), text('x'))])).toEqual([
      { role: 'assistant', content: 'x', reasoning_text: 'hm', reasoning_opaque: 'OPQ' },
    ]);
    const details = [{ type: 'reasoning.text', text: 'hm', signature: 'S' }];
    expect(messagesOf(ANTHROPIC, [says(own(packState({ reasoning_details: details })), text('x'))])).toEqual([
      { role: 'assistant', content: 'x', reasoning: 'hm', reasoning_details: details },
    ]);
  });

  test('a signature goes back to its issuer only', () => {
    const signed = (origin: string): Message =>
      says({ type: 'tool-call', id: 'c', name: 'f', input: '{}', opaque: { origin, value: 'SIG' } });
    expect(messagesOf(GEMINI, [signed('openai-chat'), answered('c', text('1'))])).toMatchObject([
      { tool_calls: [{ extra_content: { google: { thought_signature: 'SIG' } } }] },
      {},
    ]);
    expect(JSON.stringify(messagesOf(GEMINI, [signed('gemini-generate'), answered('c', text('1'))]))).not.toContain(
      'SIG',
    );
  });
});

describe('media', () => {
  const encodeMedia = (media: Part, model?: ModelInfo): unknown =>
    messagesOf(ANTHROPIC, [{ role: 'user', content: [text('q'), media] }], model);

  test.each<{ name: string; media: Part; expected: object }>([
    {
      name: 'a PDF is a file',
      media: {
        type: 'media',
        mediaType: 'application/pdf',
        filename: 'spec.pdf',
        source: { kind: 'base64', data: 'JVBERi0=' },
      },
      expected: { type: 'file', file: { filename: 'spec.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } },
    },
    {
      name: 'audio has a format',
      media: { type: 'media', mediaType: 'audio/mpeg', source: { kind: 'base64', data: 'QQ==' } },
      expected: { type: 'input_audio', input_audio: { data: 'QQ==', format: 'mp3' } },
    },
    {
      name: 'an image link stays a link',
      media: { type: 'media', source: { kind: 'url', url: 'https://ex.org/a' } },
      expected: { type: 'image_url', image_url: { url: 'https://ex.org/a' } },
    },
    {
      name: 'how closely to look at an image is kept',
      media: { type: 'media', detail: 'high', source: { kind: 'url', url: 'https://ex.org/a' } },
      expected: { type: 'image_url', image_url: { url: 'https://ex.org/a', detail: 'high' } },
    },
    {
      name: 'data of no stated type is looked at',
      media: { type: 'media', source: { kind: 'base64', data: 'iVBORw0KGgo=' } },
      expected: imageUrl,
    },
  ])('$name', ({ media, expected }) => {
    expect(encodeMedia(media)).toEqual([{ role: 'user', content: [{ type: 'text', text: 'q' }, expected] }]);
  });

  test.each<{ name: string; media: Part; model?: ModelInfo; message: string }>([
    {
      name: 'a file id of another provider',
      media: { type: 'media', source: { kind: 'file', id: 'file_1', origin: ANTHROPIC } },
      message: 'file_id is not supported across providers',
    },
    {
      name: 'a link to a PDF',
      media: { type: 'media', mediaType: 'application/pdf', source: { kind: 'url', url: 'https://ex.org/a.pdf' } },
      message: 'a link to application/pdf',
    },
    {
      name: 'data of an unknown type',
      media: { type: 'media', source: { kind: 'base64', data: 'AAAA' } },
      message: 'media type',
    },
    {
      name: 'an image for a model that takes text',
      media: image,
      model: { ...userModel, id: 'text-only', inputModalities: ['text'] },
      message: 'text-only takes no images',
    },
  ])('refuses $name', ({ media, model, message }) => {
    expect(() => encodeMedia(media, model)).toThrow(RequestFault);
    expect(() => encodeMedia(media, model)).toThrow(message);
  });

  test('a text model reads where an image of a result was', () => {
    const textOnly: ModelInfo = { ...userModel, inputModalities: ['text'] };
    const messages = [says(call('t')), answered('t', text('a'), image, text('b'))];
    expect(messagesOf(ANTHROPIC, messages, textOnly)).toMatchObject([{}, { content: 'a\n[image omitted]\nb' }]);
  });
});

describe('tools', () => {
  test.each<{ name: string; from: string; request: Partial<ModelRequest>; expected: JsonObject }>([
    {
      name: 'a named choice',
      from: ANTHROPIC,
      request: { tools: [tool('f')], toolChoice: { mode: 'named', name: 'f' } },
      expected: { tools: [wireTool('f')], tool_choice: { type: 'function', function: { name: 'f' } } },
    },
    {
      name: 'any and none, and one call at a time',
      from: ANTHROPIC,
      request: { tools: [tool('f')], toolChoice: { mode: 'required' }, parallelToolCalls: false },
      expected: { tools: [wireTool('f')], tool_choice: 'required', parallel_tool_calls: false },
    },
    {
      name: 'none',
      from: ANTHROPIC,
      request: { tools: [tool('f')], toolChoice: { mode: 'none' } },
      expected: { tools: [wireTool('f')], tool_choice: 'none' },
    },
    {
      name: 'one allowed name of Gemini is a named choice',
      from: GEMINI,
      request: { tools: [tool('a'), tool('b')], toolChoice: { mode: 'required', allowed: ['a'] } },
      expected: { tools: [wireTool('a')], tool_choice: { type: 'function', function: { name: 'a' } } },
    },
    {
      name: 'of two allowed names of Gemini only those tools are offered',
      from: GEMINI,
      request: { tools: [tool('a'), tool('b'), tool('c')], toolChoice: { mode: 'required', allowed: ['a', 'b'] } },
      expected: { tools: [wireTool('a'), wireTool('b')], tool_choice: 'required' },
    },
    {
      name: 'a set of allowed tools of Responses stays one',
      from: RESPONSES,
      request: { tools: [tool('a'), tool('b')], toolChoice: { mode: 'auto', allowed: ['a'] } },
      expected: {
        tools: [wireTool('a'), wireTool('b')],
        tool_choice: {
          type: 'allowed_tools',
          allowed_tools: { mode: 'auto', tools: [{ type: 'function', function: { name: 'a' } }] },
        },
      },
    },
    {
      name: 'a name that was not declared leaves the choice to the model',
      from: ANTHROPIC,
      request: { tools: [tool('f')], toolChoice: { mode: 'named', name: 'zzz' } },
      expected: { tools: [wireTool('f')], tool_choice: 'auto' },
    },
    {
      name: 'no tools, no choice',
      from: ANTHROPIC,
      request: { toolChoice: { mode: 'required' }, parallelToolCalls: false },
      expected: {},
    },
    {
      name: 'the first of two tools with one name',
      from: ANTHROPIC,
      request: { tools: [tool('f'), { kind: 'function', name: 'f', description: 'second' }] },
      expected: { tools: [wireTool('f')] },
    },
    {
      name: "Responses' web search",
      from: RESPONSES,
      request: { tools: [{ kind: 'hosted', capability: 'web-search' }] },
      expected: { web_search_options: {} },
    },
    {
      name: "Responses' web search beside other tools for a model that searches",
      from: RESPONSES,
      request: { model: 'gpt-5-search-api', tools: [{ kind: 'hosted', capability: 'web-search' }, tool('f')] },
      expected: { tools: [wireTool('f')], web_search_options: {} },
    },
    {
      name: 'no web search beside other tools for a model that would refuse it',
      from: RESPONSES,
      request: { tools: [{ kind: 'hosted', capability: 'web-search' }, tool('f')] },
      expected: { tools: [wireTool('f')] },
    },
    {
      name: "Anthropic's web search is left out",
      from: ANTHROPIC,
      request: { tools: [{ kind: 'hosted', capability: 'web-search' }, tool('f')] },
      expected: { tools: [wireTool('f')] },
    },
    {
      name: 'strict only where the schema allows it; types of Gemini in lower case',
      from: GEMINI,
      request: {
        tools: [
          {
            kind: 'function',
            name: 'f',
            strict: true,
            schema: { type: 'OBJECT', properties: { type: { type: 'STRING', enum: ['A'] } } },
          },
        ],
      },
      expected: {
        tools: [
          {
            type: 'function',
            function: {
              name: 'f',
              strict: false,
              parameters: { type: 'object', properties: { type: { type: 'string', enum: ['A'] } } },
            },
          },
        ],
      },
    },
  ])('prints $name', ({ from, request, expected }) => {
    const { tools, tool_choice, parallel_tool_calls, web_search_options } = encode(from, request).body;
    const printed = { tools, tool_choice, parallel_tool_calls, web_search_options };
    expect(JSON.parse(JSON.stringify(printed))).toEqual(expected);
  });

  test('a custom tool is wrapped, in declaration and history, and marked for the way back', () => {
    const { body, restore } = encode(RESPONSES, {
      tools: [{ kind: 'custom', name: 'apply', description: 'd' }],
      messages: [says({ type: 'tool-call', id: 'c', name: 'apply', input: '*** x', custom: true })],
    });
    expect(body['tools']).toMatchObject([
      { type: 'function', function: { name: 'apply', description: 'd', parameters: { required: ['input'] } } },
    ]);
    expect(body['messages']).toMatchObject([
      { tool_calls: [{ function: { name: 'apply', arguments: '{"input":"*** x"}' } }] },
      { tool_call_id: 'c', content: '[no result]' },
    ]);
    expect(restore.wrappedTools).toEqual(new Set(['apply']));
  });

  test('names that the wire refuses are changed everywhere, without a clash, and restored', () => {
    const long = 'x'.repeat(70);
    const { body, restore } = encode(GEMINI, {
      tools: [tool('a.b'), tool('a_b'), tool(long)],
      toolChoice: { mode: 'named', name: 'a_b' },
      messages: [says({ type: 'tool-call', id: 'c', name: 'a.b', input: '{}' })],
    });
    expect(body['tools']).toMatchObject([
      { function: { name: 'a_b' } },
      { function: { name: 'a_b_2' } },
      { function: { name: 'x'.repeat(64) } },
    ]);
    expect(body['tool_choice']).toMatchObject({ function: { name: 'a_b_2' } });
    expect(body['messages']).toMatchObject([{ tool_calls: [{ function: { name: 'a_b' } }] }, {}]);
    expect(restore.toolNames).toEqual(
      new Map([
        ['a_b', 'a.b'],
        ['a_b_2', 'a_b'],
        ['x'.repeat(64), long],
      ]),
    );
  });
});

describe('parameters', () => {
  test('a stream always asks for usage, and only a stream', () => {
    expect(encode(ANTHROPIC, { stream: true }).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(encode(ANTHROPIC).body).not.toHaveProperty('stream_options');
  });

  test.each([
    ['deepseek-chat', 'max_tokens'],
    ['gpt-5.5', 'max_completion_tokens'],
    ['openai/o3', 'max_completion_tokens'],
  ])('%s gets its limit as %s', (model, key) => {
    expect(encode(ANTHROPIC, { model, sampling: { maxOutputTokens: 100 } }).body).toHaveProperty(key, 100);
  });

  test('sampling is printed, and what has no place is warned of', () => {
    const { body, warnings } = encode(GEMINI, {
      sampling: {
        temperature: 1.5,
        topP: 0.5,
        topK: 40,
        seed: 7,
        stop: ['a', 'b', 'c', 'd', 'e'],
        presencePenalty: 1,
        candidates: 2,
      },
    });
    expect(body).toMatchObject({
      temperature: 1.5,
      top_p: 0.5,
      seed: 7,
      stop: ['a', 'b', 'c', 'd'],
      presence_penalty: 1,
      n: 2,
    });
    expect(body).not.toHaveProperty('top_k');
    expect(warnings.map(({ path }) => path)).toEqual(['sampling.topK', 'sampling.stop']);
  });

  test.each<{ asked: ModelRequest['reasoning']; model?: ModelInfo; effort: string | undefined }>([
    { asked: { mode: 'effort', effort: 'high' }, effort: 'high' },
    { asked: { mode: 'budget', budgetTokens: 8192 }, effort: 'medium' },
    { asked: { mode: 'budget', budgetTokens: 512 }, effort: 'minimal' },
    { asked: { mode: 'budget', budgetTokens: 100_000 }, effort: 'xhigh' },
    { asked: { mode: 'auto' }, effort: 'auto' },
    { asked: { mode: 'auto' }, model: { ...userModel, userDefined: false }, effort: undefined },
    { asked: { mode: 'off' }, effort: 'none' },
    {
      asked: { mode: 'off' },
      model: {
        ...userModel,
        userDefined: false,
        thinking: { zeroAllowed: false, dynamicAllowed: false, levels: ['low', 'high'] },
      },
      effort: 'low',
    },
    { asked: { summary: 'none' }, effort: undefined },
    { asked: undefined, effort: undefined },
  ])('thinking $asked is the effort $effort', ({ asked, model, effort }) => {
    const request = asked === undefined ? {} : { reasoning: asked };
    expect(encode(ANTHROPIC, request, model).body['reasoning_effort']).toBe(effort);
  });

  test.each<{ name: string; output: ModelRequest['output']; expected: unknown }>([
    { name: 'text', output: { type: 'text' }, expected: undefined },
    { name: 'json', output: { type: 'json' }, expected: { type: 'json_object' } },
    {
      name: 'a schema without a name',
      output: { type: 'json-schema', schema: { type: 'object' }, strict: true },
      expected: { type: 'json_schema', json_schema: { name: 'response', schema: { type: 'object' }, strict: false } },
    },
    {
      name: 'a closed schema',
      output: { type: 'json-schema', name: 'a b', schema: { additionalProperties: false }, strict: true },
      expected: {
        type: 'json_schema',
        json_schema: { name: 'a_b', schema: { additionalProperties: false }, strict: true },
      },
    },
  ])('prints the output format $name', ({ output, expected }) => {
    expect(encode(RESPONSES, output === undefined ? {} : { output }).body['response_format']).toEqual(expected);
  });

  test('labels travel where they mean the same', () => {
    const labels = { userId: 'u1', serviceTier: 'priority', cacheKey: 'k', metadata: { a: 'b' } };
    expect(encode(RESPONSES, labels).body).toMatchObject({
      user: 'u1',
      service_tier: 'priority',
      prompt_cache_key: 'k',
      metadata: { a: 'b' },
    });
    const { body, warnings } = encode(ANTHROPIC, { ...labels, serviceTier: 'standard_only', userId: 'x'.repeat(65) });
    expect(body).not.toHaveProperty('metadata');
    expect(body).not.toHaveProperty('service_tier');
    expect(body).not.toHaveProperty('user');
    expect(warnings).toHaveLength(3);
  });
});
