import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import { compilePayload, unreadablePaths } from '../../../src/daemon/payload/compile.js';
import { parseConfig, requireConfig } from '../../../src/shared/config/load.js';
import { type RuleRun, shaped } from '../../support/payload.js';

/** One rule for every model. */
const rule = (kind: string, params: object, condition: object = {}): string =>
  JSON.stringify({ payload: { [kind]: [{ models: [{ name: '*', ...condition }], params }] } });

describe('a rule', () => {
  test.each<{ name: string; yaml: string; body: JsonObject; expected: JsonObject; original?: JsonObject }>([
    {
      name: 'of default writes what is missing',
      yaml: rule('default', { 'reasoning.effort': 'high' }),
      body: { a: 1 },
      expected: { a: 1, reasoning: { effort: 'high' } },
    },
    {
      name: 'of default leaves what is there, null and false too',
      yaml: rule('default', { a: 1, b: 1 }),
      body: { a: null, b: false },
      expected: { a: null, b: false },
    },
    {
      name: 'of default asks the original, not what became of it',
      yaml: rule('default', { a: 1 }),
      body: { a: 0 },
      original: {},
      expected: { a: 1 },
    },
    {
      name: 'of default leaves what only the original had',
      yaml: rule('default', { a: 1 }),
      body: {},
      original: { a: 5 },
      expected: {},
    },
    {
      name: 'of default-raw writes JSON text',
      yaml: rule('default-raw', { a: '{"b":[1,"x"]}', c: '"text"' }),
      body: {},
      expected: { a: { b: [1, 'x'] }, c: 'text' },
    },
    {
      name: 'of override writes always',
      yaml: rule('override', { a: [1], 'b.c': 'x' }),
      body: { a: 0, b: { d: 1 } },
      expected: { a: [1], b: { d: 1, c: 'x' } },
    },
    {
      name: 'of override-raw writes JSON text, and other values as they are',
      yaml: rule('override-raw', { a: 'null', b: 3 }),
      body: { a: 0 },
      expected: { a: null, b: 3 },
    },
    {
      name: 'of filter removes',
      yaml: JSON.stringify({ payload: { filter: [{ models: [{ name: '*' }], params: ['a', 'b.c', 'no.such'] }] } }),
      body: { a: 1, b: { c: 1, d: 2 } },
      expected: { b: { d: 2 } },
    },
    {
      name: 'writes to every place that a query finds',
      yaml: rule('override', { 'tools.#(type=="function")#.strict': true }),
      body: { tools: [{ type: 'function' }, { type: 'other' }, { type: 'function' }] },
      expected: { tools: [{ type: 'function', strict: true }, { type: 'other' }, { type: 'function', strict: true }] },
    },
    {
      name: 'of default skips only the places of a query that the original fills',
      yaml: rule('default', { 'tools.#(type=="f")#.strict': true }),
      body: { tools: [{ type: 'f', strict: false }, { type: 'f' }] },
      expected: {
        tools: [
          { type: 'f', strict: false },
          { type: 'f', strict: true },
        ],
      },
    },
    {
      name: 'with a path that is none does nothing, and its other paths work',
      yaml: rule('override', { 'a.@reverse': 1, b: 2 }),
      body: {},
      expected: { b: 2 },
    },
  ])('$name', ({ yaml, body, expected, original }) => {
    expect(shaped(yaml, body, original === undefined ? {} : { original }).toJSON()).toEqual(expected);
  });

  test('that changes nothing leaves the bytes', () => {
    const wire = shaped(rule('override', { a: { b: 1 } }), { a: { b: 1 } });
    expect(Buffer.from(wire.bytes).toString()).toBe('{"a":{"b":1}}');
  });
});

describe('of several rules', () => {
  const both = (kind: string): string =>
    JSON.stringify({
      payload: {
        [kind]: [
          { models: [{ name: '*' }], params: { a: 1 } },
          { models: [{ name: '*' }], params: { a: 2 } },
        ],
      },
    });

  test.each([
    ['default', 1],
    ['override', 2],
  ])('%s leaves %i', (kind, a) => {
    expect(shaped(both(kind), {}).toJSON()).toEqual({ a });
  });

  test('default-raw comes behind default, override behind both, filter last', () => {
    const models = [{ name: '*' }];
    const yaml = JSON.stringify({
      payload: {
        filter: [{ models, params: ['d'] }],
        'override-raw': [{ models, params: { c: '4' } }],
        override: [{ models, params: { b: 3, c: 3, d: 3 } }],
        'default-raw': [{ models, params: { a: '2', b: '2' } }],
        default: [{ models, params: { a: 1 } }],
      },
    });
    expect(shaped(yaml, {}).toJSON()).toEqual({ a: 1, b: 3, c: 4 });
  });

  test('a later one sees what an earlier one did', () => {
    const yaml = JSON.stringify({
      payload: {
        default: [{ models: [{ name: '*' }], params: { a: 1 } }],
        override: [{ models: [{ name: '*', match: [{ a: 1 }] }], params: { b: 1 } }],
      },
    });
    expect(shaped(yaml, {}).toJSON()).toEqual({ a: 1, b: 1 });
  });
});

describe('a condition', () => {
  const body: JsonObject = { a: 1, n: null, o: { x: [1, 2], y: 'z' }, tools: [{ type: 'f' }, { type: 'g' }] };
  const holds = (condition: object, run: RuleRun = {}): boolean =>
    'hit' in shaped(rule('override', { hit: true }, condition), body, run).toJSON();

  test.each<[object, RuleRun, boolean]>([
    [{ name: 'gpt-*' }, { models: ['gpt-5.5', 'mine'] }, true],
    [{ name: 'mine' }, { models: ['gpt-5.5', 'mine'] }, true],
    [{ name: 'Mine' }, { models: ['gpt-5.5', 'mine'] }, false],
    [{ name: '*-5*' }, { models: ['gpt-5.5'] }, true],
    [{ name: 'gpt' }, { models: ['gpt-5.5'] }, false],
    [{ name: 'm(high)' }, { models: ['u', 'm', 'm(high)'] }, true],
    [{ name: 'gpt.5' }, { models: ['gpt-5'] }, false],
    [{ protocol: 'OpenAI' }, { upstream: 'openai-chat' }, true],
    [{ protocol: 'openai' }, { upstream: 'openai-responses' }, false],
    [{ protocol: 'claude' }, { upstream: 'anthropic-messages' }, true],
    [{ protocol: 'gemini' }, { upstream: 'gemini-generate' }, true],
    [{ protocol: 'codex' }, { upstream: 'openai-responses' }, true],
    [{ protocol: 'responses' }, { upstream: 'openai-responses' }, true],
    [{ protocol: 'antigravity' }, { upstream: 'gemini-generate', provider: 'antigravity' }, true],
    [{ protocol: 'gemini' }, { upstream: 'gemini-generate', provider: 'antigravity' }, true],
    [{ protocol: 'antigravity' }, { upstream: 'gemini-generate', provider: 'gemini' }, false],
    [{ protocol: 'other' }, {}, false],
    [{ 'from-protocol': 'responses' }, { client: 'openai-responses' }, true],
    [{ 'from-protocol': 'openai-response' }, { client: 'openai-responses' }, true],
    [{ 'from-protocol': 'openai-responses' }, { client: 'openai-responses' }, true],
    [{ 'from-protocol': 'Response' }, { client: 'openai-responses' }, true],
    [{ 'from-protocol': 'claude' }, { client: 'anthropic-messages' }, true],
    [{ 'from-protocol': 'openai' }, { client: 'gemini-generate' }, false],
    [{ headers: { 'X-App': 'cli*' } }, { headers: { 'x-app': 'cli-2' } }, true],
    [{ headers: { 'X-App': 'b' } }, { headers: { 'x-app': ['a', 'b'] } }, true],
    [{ headers: { 'X-App': 'cli', 'X-B': '*' } }, { headers: { 'x-app': 'cli' } }, false],
    [{ match: [{ a: 1 }] }, {}, true],
    [{ match: [{ a: '1' }] }, {}, false],
    [{ match: [{ n: null }] }, {}, true],
    [{ match: [{ o: { y: 'z', x: [1, 2] } }] }, {}, true],
    [{ match: [{ 'o.x': [2, 1] }] }, {}, false],
    [{ match: [{ a: 1 }, { 'o.y': 'no' }] }, {}, false],
    [{ match: [{ 'tools.#.type': 'g' }] }, {}, true],
    [{ 'not-match': [{ a: 1 }] }, {}, false],
    [{ 'not-match': [{ a: 2 }, { missing: 1 }] }, {}, true],
    [{ exist: ['a', 'o.x.0'] }, {}, true],
    [{ exist: ['n'] }, {}, false],
    [{ exist: ['tools.#(type=="g")'] }, {}, true],
    [{ 'not-exist': ['missing', 'n'] }, {}, true],
    [{ 'not-exist': ['a'] }, {}, false],
  ])('%j on %j: %j', (condition, run, expected) => {
    expect(holds(condition, run)).toBe(expected);
  });

  test('of several is enough if one holds', () => {
    const yaml = JSON.stringify({
      payload: { override: [{ models: [{ name: 'no' }, { name: 'm-*' }], params: { hit: true } }] },
    });
    expect(shaped(yaml, {}).toJSON()).toEqual({ hit: true });
  });

  test('is needed: a rule without any applies to nothing', () => {
    expect(shaped(JSON.stringify({ payload: { override: [{ params: { hit: true } }] } }), {}).toJSON()).toEqual({});
  });
});

describe('the image tool', () => {
  const image = { type: 'image_generation' };
  const other = { type: 'function', name: 'f' };

  test.each<[string, JsonObject, JsonObject]>([
    ['true', { tools: [image, other] }, { tools: [other] }],
    ['chat', { tools: [image] }, {}],
    ['false', { tools: [image] }, { tools: [image] }],
    ['passthrough', { tools: [image] }, { tools: [image] }],
    ['true', { tools: [image, other], tool_choice: image }, { tools: [other] }],
    [
      'true',
      { tools: [image, other], tool_choice: { type: 'allowed_tools', tools: [image, other] } },
      { tools: [other], tool_choice: { type: 'allowed_tools', tools: [other] } },
    ],
    ['true', { tools: [other], tool_choice: 'auto' }, { tools: [other], tool_choice: 'auto' }],
  ])('with disable-image-generation %s: %j', (value, body, expected) => {
    expect(shaped(`disable-image-generation: ${value}`, body).toJSON()).toEqual(expected);
  });

  test('is gone before the rules: one of them may put it back', () => {
    const yaml = `disable-image-generation: true\npayload: ${JSON.stringify({
      override: [{ models: [{ name: '*' }], params: { 'tools.-1': image } }],
    })}`;
    expect(shaped(yaml, { tools: [image, other] }).toJSON()).toEqual({ tools: [other, image] });
  });
});

describe('a system prompt', () => {
  const prompt = (mode: string, more: object = {}): string =>
    JSON.stringify({
      payload: { 'system-prompts': [{ models: [{ name: '*' }], 'prompt-file': 'p.md', mode, ...more }] },
    });
  const put = (mode: string, upstream: NonNullable<RuleRun['upstream']>, body: JsonObject, more = {}): JsonObject =>
    shaped(prompt(mode, more), body, { upstream, prompts: { 'p.md': ' P \n' } }).toJSON();
  const text = (value: string) => ({ type: 'text', text: value });
  const [p, system, user] = [
    { role: 'system', content: 'P' },
    { role: 'developer', content: 'S' },
    { role: 'user', content: 'u' },
  ];

  test.each<[string, NonNullable<RuleRun['upstream']>, JsonObject, JsonObject]>([
    ['prepend', 'anthropic-messages', { system: 'S' }, { system: [text('P'), text('S')] }],
    ['append', 'anthropic-messages', { system: [text('S')] }, { system: [text('S'), text('P')] }],
    ['replace', 'anthropic-messages', { system: 'S' }, { system: [text('P')] }],
    ['prepend', 'anthropic-messages', { system: ' ' }, { system: [text('P')] }],
    ['prepend', 'anthropic-messages', {}, { system: [text('P')] }],
    ['prepend', 'openai-chat', { messages: [system, user] }, { messages: [p, system, user] }],
    ['append', 'openai-chat', { messages: [system, user] }, { messages: [system, p, user] }],
    ['append', 'openai-chat', { messages: [system] }, { messages: [system, p] }],
    ['replace', 'openai-chat', { messages: [system, user] }, { messages: [p, user] }],
    ['prepend', 'openai-responses', { instructions: 'S' }, { instructions: 'P\n\nS' }],
    ['append', 'openai-responses', { instructions: 'S' }, { instructions: 'S\n\nP' }],
    ['replace', 'openai-responses', {}, { instructions: 'P' }],
    ['append', 'gemini-generate', {}, { systemInstruction: { parts: [{ text: 'P' }] } }],
    [
      'prepend',
      'gemini-generate',
      { system_instruction: { parts: [{ text: 'S' }] } },
      { system_instruction: { parts: [{ text: 'P' }, { text: 'S' }] } },
    ],
  ])('%s to %s: %j', (mode, upstream, body, expected) => {
    expect(put(mode, upstream, body)).toEqual(expected);
  });

  test('of another protocol stays out', () => {
    expect(put('prepend', 'openai-chat', { messages: [user] }, { protocol: 'claude' })).toEqual({ messages: [user] });
    expect(put('prepend', 'openai-chat', { messages: [user] }, { protocol: 'OpenAI' })).toEqual({
      messages: [p, user],
    });
  });

  test('comes before the rules', () => {
    const yaml = JSON.stringify({
      payload: {
        'system-prompts': [{ models: [{ name: '*' }], 'prompt-file': 'p.md' }],
        override: [{ models: [{ name: '*' }], params: { instructions: 'mine' } }],
      },
    });
    const body = shaped(yaml, {}, { upstream: 'openai-responses', prompts: { 'p.md': 'P' } });
    expect(body.toJSON()).toEqual({ instructions: 'mine' });
  });
});

test('paths that cannot be read are named, wherever they stand', () => {
  const yaml = JSON.stringify({
    payload: {
      default: [{ models: [{ name: '*', exist: ['a.@b'] }], params: { 'x.@c': 1, ok: 1 } }],
      filter: [{ models: [{ name: '*', match: [{ 'a.#(': 1 }] }], params: ['@this', 'fine'] }],
    },
  });
  const { config } = requireConfig(parseConfig(yaml, { path: 'config.yaml' }));
  expect(unreadablePaths(config)).toEqual(['x.@c', '@this', 'a.@b', 'a.#(']);
});

test.each([
  ['no rules', ''],
  ['a prompt without a text', 'payload: { system-prompts: [{ models: [{ name: "*" }], prompt-file: p.md }] }'],
  ['images that are not switched off', 'disable-image-generation: passthrough'],
])('%s compile to nothing at all', (_, yaml) => {
  const { config } = requireConfig(parseConfig(yaml, { path: 'config.yaml' }));
  expect(compilePayload(config, {})).toBeUndefined();
});
