import { describe, expect, test } from 'vitest';
import type { Warning } from '../../../../src/daemon/dialects/dialect.js';
import { wireBodyOf } from '../../../../src/daemon/engine/wire-body.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { ModelTrait } from '../../../../src/daemon/ir/model.js';
import type { Message, ModelRequest, Part, Tool } from '../../../../src/daemon/ir/request.js';
import { encodeRequest } from '../../../../src/daemon/providers/kiro/encode-request.js';
import { finishBody } from '../../../../src/daemon/providers/kiro/finish-body.js';
import { PNG } from '../../../support/client-requests.js';
import { modelNamed } from '../../../support/provider.js';
import { kiroFaultOf } from '../../../support/vendors/kiro-rules.js';

const CONVERSATION = '7f1c9e0a-0000-4000-8000-000000000001';
const text = (value: string): Part => ({ type: 'text', text: value });
const user = (...content: (string | Part)[]): Message => ({ role: 'user', content: content.map(partOf) });
const assistant = (...content: (string | Part)[]): Message => ({ role: 'assistant', content: content.map(partOf) });
const system = (value: string): Message => ({ role: 'system', content: [text(value)] });
const partOf = (value: string | Part): Part => (typeof value === 'string' ? text(value) : value);
const call = (id: string, name = 'f', input = '{}'): Part => ({ type: 'tool-call', id, name, input });
const result = (callId: string, ...content: Part[]): Message => ({
  role: 'tool',
  content: [{ type: 'tool-result', callId, content }],
});
const image = (mediaType = 'image/png'): Part => ({ type: 'media', mediaType, source: { kind: 'base64', data: PNG } });
const tool = (name: string, more: Partial<Extract<Tool, { kind: 'function' }>> = {}): Tool => ({
  kind: 'function',
  name,
  description: `does ${name}`,
  schema: { type: 'object', properties: {} },
  ...more,
});

interface Sent {
  readonly body: JsonObject;
  /** Contents in order, the current one last. */
  readonly contents: readonly string[];
  readonly current: JsonObject;
  readonly history: readonly JsonObject[];
  readonly tools: readonly JsonObject[];
  readonly results: readonly JsonObject[];
  readonly restore: ReturnType<typeof encodeRequest>['restore'];
  readonly warnings: readonly Warning[];
}

/** What goes out, which must be what Kiro takes. */
function sent(messages: readonly Message[], more: Partial<ModelRequest> = {}, trait?: ModelTrait): Sent {
  const warnings: Warning[] = [];
  let ids = 0;
  const request: ModelRequest = {
    dialect: 'openai-chat',
    model: 'claude-x',
    messages,
    tools: [],
    sampling: {},
    stream: false,
    ...more,
  };
  const encoded = encodeRequest(request, {
    model: modelNamed('claude-x', { contextTokens: 1000, traits: new Set(trait === undefined ? [] : [trait]) }),
    warn: (warning) => warnings.push(warning),
    newId: (prefix) => `${prefix}${++ids}`,
  });
  const bytes = finishBody(wireBodyOf(encoded.body), { conversationId: CONVERSATION, profileArn: undefined });
  const body = JSON.parse(Buffer.from(bytes).toString('utf8')) as JsonObject;
  expect(kiroFaultOf(body)).toBeUndefined();
  const state = body['conversationState'] as { history: JsonObject[]; currentMessage: JsonObject };
  const inner = (message: JsonObject): JsonObject => Object.values(message)[0] as JsonObject;
  const current = inner(state.currentMessage);
  const context = (current['userInputMessageContext'] ?? {}) as Record<string, JsonObject[]>;
  return {
    body,
    current,
    history: state.history.map(inner),
    contents: [...state.history, state.currentMessage].map((message) => String(inner(message)['content'])),
    tools: (context['tools'] ?? []).map(({ toolSpecification: spec }) => spec as JsonObject),
    results: context['toolResults'] ?? [],
    restore: encoded.restore,
    warnings,
  };
}

describe('turns', () => {
  test.each<{ name: string; messages: readonly Message[]; contents: readonly string[] }>([
    { name: 'one question', messages: [user('hi')], contents: ['hi'] },
    { name: 'no message at all', messages: [], contents: ['(nothing)'] },
    {
      name: 'neighbours of one side are one turn',
      messages: [user('a'), user('b'), assistant('c'), assistant('d'), user('e')],
      contents: ['a\nb', 'c\nd', 'e'],
    },
    {
      name: 'an assistant at the front follows a user',
      messages: [assistant('a'), user('b')],
      contents: ['(nothing)', 'a', 'b'],
    },
    {
      name: 'an answer that the client began stays, and is to go on',
      messages: [user('a'), assistant('b')],
      contents: ['a', 'b', 'Continue.'],
    },
    {
      name: 'blank turns say something neutral',
      messages: [user(' '), assistant(''), user(image())],
      contents: ['(nothing)', '.', 'An image is attached.'],
    },
    {
      name: 'the system prompt opens the conversation, and stays there',
      messages: [system('one'), user('a'), assistant('b'), system('two'), user('c')],
      contents: ['one\n\ntwo\n\na', 'b', 'c'],
    },
    { name: 'the system prompt of a first question', messages: [system('one'), user('a')], contents: ['one\n\na'] },
    {
      name: 'half a character is taken out',
      messages: [user('a\ud83d b'), assistant('😀'), user('c')],
      contents: ['a b', '😀', 'c'],
    },
  ])('$name', ({ messages, contents }) => {
    expect(sent(messages).contents).toEqual(contents);
  });

  test('what Anthropic’s clients add on the way stays where it is', () => {
    const messages = [system('one'), user('a'), assistant('b'), system('two'), user('c')];
    expect(sent(messages, { dialect: 'anthropic-messages' }).contents).toEqual([
      'one\n\na',
      'b',
      '<system-reminder>\ntwo\n</system-reminder>\nc',
    ]);
  });

  test('a hundred turns are all sent', () => {
    const messages = Array.from({ length: 100 }, (_, at) => [user(`q${at}`), assistant(`a${at}`)]).flat();
    expect(sent([...messages, user('last')]).contents).toHaveLength(201);
  });

  test('the model stands in every user message', () => {
    const { history, current } = sent([user('a'), assistant('b'), user('c')]);
    expect([history[0]?.['modelId'], current['modelId']]).toEqual(['claude-x', 'claude-x']);
  });

  test('thinking goes back in tags while thinking is on, and only our own', () => {
    const own: Part = { type: 'reasoning', text: 'hm' };
    const ours: Part = { type: 'reasoning', text: 'ho', opaque: { origin: 'kiro', value: 'x' } };
    const foreign: Part = { type: 'reasoning', text: 'no', opaque: { origin: 'anthropic-messages', value: 'E' } };
    const messages = [user('a'), assistant(own, ours, foreign, 'b'), user('c')];
    const thinking = sent(messages, { reasoning: { mode: 'auto' } });
    expect(thinking.contents[1]).toBe('<thinking>hm\nho</thinking>\n\nb');
    expect(thinking.warnings).toContainEqual({ path: 'messages', reason: 'thinking of another provider is left out' });
    expect(sent(messages).contents[1]).toBe('b');
  });
});

describe('tool turns', () => {
  test('a call, its result and the next question', () => {
    const { history, results, contents } = sent(
      [user('a'), assistant('let me', call('c1', 'f', '{"n":1}')), result('c1', text('ok')), user('so?')],
      { tools: [tool('f')] },
    );
    expect(history[1]).toEqual({
      content: 'let me',
      toolUses: [{ toolUseId: 'c1', name: 'f', input: { n: 1 } }],
    });
    expect(results).toEqual([{ toolUseId: 'c1', status: 'success', content: [{ text: 'ok' }] }]);
    expect(contents.at(-1)).toBe('so?');
  });

  test('results of several calls come in one message, in the order of the calls', () => {
    const { results } = sent(
      [user('a'), assistant(call('c1'), call('c2')), result('c2', text('two')), result('c1', text('one'))],
      { tools: [tool('f')] },
    );
    expect(results.map(({ toolUseId }) => toolUseId)).toEqual(['c1', 'c2']);
  });

  test('a call that nobody answered gets an error', () => {
    const { results } = sent([user('a'), assistant(call('c1')), user('b')], { tools: [tool('f')] });
    expect(results).toEqual([
      { toolUseId: 'c1', status: 'error', content: [{ text: 'Tool use was interrupted: there is no result.' }] },
    ]);
  });

  test('a call at the very end gets one too', () => {
    const { contents, results } = sent([user('a'), assistant(call('c1'))], { tools: [tool('f')] });
    expect(contents.at(-1)).toBe('Tool results are attached.');
    expect(results).toMatchObject([{ toolUseId: 'c1', status: 'error' }]);
  });

  test('a result without a call is told as text', () => {
    const { contents, results } = sent([user('a'), assistant('b'), result('gone', text('found'))]);
    expect(contents.at(-1)).toContain('found');
    expect(results).toEqual([]);
  });

  test.each<{ name: string; content: Part[]; isError?: boolean; status: string; said: string }>([
    { name: 'an empty result says so', content: [], status: 'success', said: '(no output)' },
    { name: 'an error is one', content: [text('boom')], isError: true, status: 'error', said: 'boom' },
    {
      name: 'an image moves to the message',
      content: [text('see'), image()],
      status: 'success',
      said: 'see\n[the result has an image, attached to this message]',
    },
    {
      name: 'JSON stays as it is',
      content: [text('{"a":1}')],
      status: 'success',
      said: '{"a":1}',
    },
  ])('$name', ({ content, isError, status, said }) => {
    const answer: Message = {
      role: 'tool',
      content: [{ type: 'tool-result', callId: 'c1', content, ...(isError === undefined ? {} : { isError }) }],
    };
    const { results, current } = sent([user('a'), assistant(call('c1')), answer], { tools: [tool('f')] });
    expect(results).toEqual([{ toolUseId: 'c1', status, content: [{ text: said }] }]);
    expect(current['images']).toEqual(
      content.some(({ type }) => type === 'media') ? [{ format: 'png', source: { bytes: PNG } }] : undefined,
    );
  });

  test('ids with foreign signs, too long or counted anew each turn fit, in calls and results alike', () => {
    const long = 'x'.repeat(80);
    const { body } = sent(
      [
        user('a'),
        assistant(call('call|1'), call(long)),
        result('call|1', text('1')),
        result(long, text('2')),
        assistant(call('call|1')),
        result('call|1', text('3')),
      ],
      { tools: [tool('f')] },
    );
    const ids = [...JSON.stringify(body).matchAll(/"toolUseId":"([^"]+)"/g)].map(([, id]) => id);
    // The current message, which has the last result, stands in front of the history.
    const cut = long.slice(0, 64);
    expect(ids).toEqual(['call_1_2', 'call_1', cut, 'call_1', cut, 'call_1_2']);
  });

  test('two calls with one id in a turn are one', () => {
    const { history, warnings } = sent([user('a'), assistant(call('c1'), call('c1')), result('c1', text('x'))], {
      tools: [tool('f')],
    });
    expect(history[1]?.['toolUses']).toHaveLength(1);
    expect(warnings.map(({ reason }) => reason)).toContain('a turn has two calls with the id c1');
  });

  test('tools of the history that are no longer declared get a placeholder', () => {
    const messages = [user('a'), assistant(call('c1', 'old'), call('c2', 'F')), result('c1'), result('c2')];
    expect(sent(messages, { tools: [tool('F')] }).tools.map(({ name }) => name)).toEqual(['F', 'old']);
    expect(sent(messages).tools.map(({ name }) => name)).toEqual(['old', 'F']);
  });
});

describe('tools', () => {
  test('names that Kiro refuses change, alone for each, and the way back is known', () => {
    const long = `mcp__${'server_'.repeat(10)}`;
    const names = ['get.weather', 'get-weather', '1st', `${long}a`, `${long}b`];
    const { tools, restore } = sent([user('a')], { tools: names.map((name) => tool(name)) });
    const wires = tools.map(({ name }) => String(name));
    expect(wires.slice(0, 3)).toEqual(['get_weather', expect.stringMatching(/^get_weather_[0-9a-f]{8}$/), 't1st']);
    expect(wires.every((name) => name.length <= 63)).toBe(true);
    expect(new Set(wires).size).toBe(names.length);
    expect(wires.map((name) => restore.toolNames?.get(name) ?? name)).toEqual(names);
  });

  test('the history uses the same names', () => {
    const long = 'x'.repeat(70);
    const { tools, history } = sent([user('a'), assistant(call('c1', long)), result('c1')], { tools: [tool(long)] });
    const uses = history[1]?.['toolUses'] as JsonObject[];
    expect(tools.map(({ name }) => name)).toEqual([uses[0]?.['name']]);
  });

  test('a description that is missing or blank names the tool', () => {
    const { tools } = sent([user('a')], { tools: [tool('f', { description: ' ' })] });
    expect(tools[0]?.['description']).toBe('Tool: f');
  });

  test('what does not fit into a description goes on in the system prompt', () => {
    const { tools, contents } = sent([user('a')], { tools: [tool('f', { description: `${'ü'.repeat(5200)}end` })] });
    expect(Buffer.byteLength(String(tools[0]?.['description']))).toBe(10_000);
    expect(contents[0]).toBe(`More about the tool f:\n${'ü'.repeat(200)}end\n\na`);
  });

  test.each<{ name: string; schema: JsonObject | undefined; expected: JsonObject }>([
    { name: 'none', schema: undefined, expected: { type: 'object', properties: {} } },
    {
      name: 'nulls',
      schema: { type: 'object', properties: null, required: null },
      expected: { type: 'object', properties: {} },
    },
    {
      name: 'types in a list, deep inside',
      schema: { properties: { a: { type: ['null', 'string'], default: null }, b: { items: { type: ['number'] } } } },
      expected: {
        type: 'object',
        properties: { a: { type: 'string', default: null }, b: { items: { type: 'number' } } },
      },
    },
    {
      name: 'a root that is no object',
      schema: { type: 'string', additionalProperties: 'yes' },
      expected: { type: 'object', properties: {} },
    },
    {
      name: 'what is good stays',
      schema: {
        type: 'object',
        properties: { type: { type: 'string', enum: ['a'] } },
        required: ['type', 7],
        additionalProperties: false,
      },
      expected: {
        type: 'object',
        properties: { type: { type: 'string', enum: ['a'] } },
        required: ['type'],
        additionalProperties: false,
      },
    },
  ])('a schema: $name', ({ schema, expected }) => {
    const given: Tool = { kind: 'function', name: 'f', ...(schema === undefined ? {} : { schema }) };
    expect(sent([user('a')], { tools: [given] }).tools[0]?.['inputSchema']).toEqual({ json: expected });
  });

  test('a free-form tool becomes a function, and is known again', () => {
    const { tools, restore } = sent([user('a')], { tools: [{ kind: 'custom', name: 'patch' }] });
    expect(tools[0]).toMatchObject({ name: 'patch', inputSchema: { json: { required: ['input'] } } });
    expect([...(restore.wrappedTools ?? [])]).toEqual(['patch']);
  });

  test('a built-in tool is left out with a warning, but for the search, which Kiro has', () => {
    const { tools, warnings } = sent([user('a')], {
      tools: [{ kind: 'hosted', capability: 'code' }, { kind: 'hosted', capability: 'web-search' }, tool('web_search')],
    });
    expect(tools.map(({ name }) => name)).toEqual(['web_search', 'remote_web_search']);
    expect(warnings.map(({ path }) => path)).toEqual(['tools[0]']);
  });

  test.each<{ name: string; choice: NonNullable<ModelRequest['toolChoice']>; tools: string[]; said: string }>([
    { name: 'none', choice: { mode: 'none' }, tools: [], said: 'a' },
    {
      name: 'the search',
      choice: { mode: 'named', name: 'web_search' },
      tools: ['remote_web_search'],
      said: 'You must call the tool remote_web_search in this answer.\n\na',
    },
  ])('a choice of $name beside the search', ({ choice, tools, said }) => {
    const outcome = sent([user('a')], { tools: [{ kind: 'hosted', capability: 'web-search' }], toolChoice: choice });
    expect(outcome.tools.map(({ name }) => name)).toEqual(tools);
    expect(outcome.contents[0]).toBe(said);
  });

  test.each<{ name: string; choice: ModelRequest['toolChoice']; tools: string[]; said: string }>([
    { name: 'none: no tools', choice: { mode: 'none' }, tools: [], said: 'a' },
    { name: 'some: only those', choice: { mode: 'auto', allowed: ['g'] }, tools: ['g'], said: 'a' },
    {
      name: 'required: said in words',
      choice: { mode: 'required' },
      tools: ['f', 'g'],
      said: 'You must call at least one of the tools in this answer.\n\na',
    },
    {
      name: 'one: said in words',
      choice: { mode: 'named', name: 'g' },
      tools: ['f', 'g'],
      said: 'You must call the tool g in this answer.\n\na',
    },
  ])('a choice of $name', ({ choice, tools, said }) => {
    const outcome = sent([user('a')], {
      tools: [tool('f'), tool('g')],
      ...(choice === undefined ? {} : { toolChoice: choice }),
    });
    expect(outcome.tools.map(({ name }) => name)).toEqual(tools);
    expect(outcome.contents[0]).toBe(said);
  });

  test('a choice of a tool that is not there is refused', () => {
    expect(() => sent([user('a')], { toolChoice: { mode: 'named', name: 'g' } })).toThrow(RequestFault);
  });
});

describe('the model’s other names', () => {
  test('-agentic asks to write files in pieces, where there are tools to write them', () => {
    const asked = { tools: [tool('write')] };
    expect(sent([system('Be kind.'), user('a')], asked, 'writes-in-pieces').contents[0]).toMatch(
      /^Be kind\.\n\nWrite files in pieces: at most 300 lines[^\n]*\n\na$/,
    );
    expect(sent([user('a')], {}, 'writes-in-pieces').contents).toEqual(['a']);
  });

  test('-chat sends no tools, but for those that the history names', () => {
    const asked: Partial<ModelRequest> = { tools: [tool('f'), tool('g')], toolChoice: { mode: 'required' } };
    const { tools, contents } = sent([user('a'), assistant(call('c1')), result('c1', text('r'))], asked, 'no-tools');
    expect(tools).toMatchObject([{ name: 'f', description: 'Tool: f' }]);
    expect(contents[0]).toBe('a');
    expect(sent([user('a')], asked, 'no-tools').tools).toEqual([]);
  });
});

describe('settings', () => {
  test.each<{ name: string; reasoning: ModelRequest['reasoning']; tags: string }>([
    { name: 'off', reasoning: { mode: 'off' }, tags: '' },
    {
      name: 'a budget',
      reasoning: { mode: 'budget', budgetTokens: 5000 },
      tags: '<thinking_mode>enabled</thinking_mode><max_thinking_length>5000</max_thinking_length>\n',
    },
    { name: 'as it likes', reasoning: { mode: 'auto' }, tags: '<thinking_mode>adaptive</thinking_mode>\n' },
    {
      name: 'a level beyond the three',
      reasoning: { mode: 'effort', effort: 'xhigh' },
      tags: '<thinking_mode>adaptive</thinking_mode><thinking_effort>high</thinking_effort>\n',
    },
  ])('thinking: $name', ({ reasoning, tags }) => {
    const outcome = sent([system('s'), user('a')], reasoning === undefined ? {} : { reasoning });
    expect(outcome.contents[0]).toBe(`${tags}s\n\na`);
    expect(outcome.restore.taggedThinking).toBe(tags === '' ? undefined : true);
  });

  test('a client that sets the tags itself gets no others', () => {
    const own = '<thinking_mode>enabled</thinking_mode>';
    const outcome = sent([system(own), user('a')], { reasoning: { mode: 'auto' } });
    expect(outcome.contents[0]).toBe(`${own}\n\na`);
    expect(outcome.restore.taggedThinking).toBe(true);
  });

  test('a whole JSON Schema is asked for in words', () => {
    const properties = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`member_${at}`, { type: 'string' }]));
    const { contents } = sent([user('a')], { output: { type: 'json-schema', schema: { type: 'object', properties } } });
    expect(contents[0]).toContain('"member_199":{"type":"string"}');
  });

  test('what Kiro has no setting for is left out with a warning', () => {
    const { body, warnings } = sent([user('a')], {
      sampling: { maxOutputTokens: 5, temperature: 0.5, candidates: 1, stop: ['x'] },
      cacheKey: 'k',
      parallelToolCalls: false,
    });
    expect(Object.keys(body)).toEqual(['conversationState']);
    expect(warnings.map(({ path }) => path)).toEqual([
      'sampling.maxOutputTokens',
      'sampling.temperature',
      'sampling.stop',
      'cacheKey',
      'parallelToolCalls',
    ]);
  });

  test('a conversation stored elsewhere is refused', () => {
    const ext = { 'openai-responses': { previous_response_id: 'resp_1' } };
    expect(() => sent([user('a')], { ext })).toThrow(/previous_response_id/);
  });
});

describe('images', () => {
  test('a JPEG by its older name is one', () => {
    expect(sent([user(image('image/jpg'))]).current['images']).toMatchObject([{ format: 'jpeg' }]);
  });

  test.each<{ name: string; part: Part }>([
    { name: 'another format', part: image('image/svg+xml') },
    { name: 'a document', part: image('application/pdf') },
    { name: 'a link', part: { type: 'media', source: { kind: 'url', url: 'https://example.com/a.png' } } },
    {
      name: 'more than 10 MB',
      part: { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'A'.repeat(14_000_000) } },
    },
  ])('$name is refused, not dropped', ({ part }) => {
    expect(() => sent([user(part)])).toThrow(RequestFault);
  });

  test('a text that was attached as a file is read', () => {
    const data = Buffer.from('hello').toString('base64');
    const part: Part = { type: 'media', mediaType: 'text/plain', filename: 'a.txt', source: { kind: 'base64', data } };
    expect(sent([user(part, 'what?')]).contents[0]).toBe('a.txt:\nhello\nwhat?');
  });

  test('of more than ten the newest stay', () => {
    const messages = Array.from({ length: 12 }, () => [user(image()), assistant('ok')]).flat();
    const { history, current, contents, warnings } = sent([...messages, user('so?')]);
    expect(history.map(({ images }) => images !== undefined)).toEqual(
      Array.from({ length: 24 }, (_, at) => at >= 4 && at % 2 === 0),
    );
    expect(current['images']).toBeUndefined();
    expect(contents[0]).toBe('[an image that is no longer shown]');
    expect(warnings[0]?.reason).toMatch(/ten images/);
  });
});
