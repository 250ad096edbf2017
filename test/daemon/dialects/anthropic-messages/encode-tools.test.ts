import { describe, expect, test } from 'vitest';
import { toolSchema } from '../../../../src/daemon/dialects/anthropic-messages/tool-schema.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { ModelRequest, Tool } from '../../../../src/daemon/ir/request.js';
import { assistant, budgetModel, call, encode, request, traits, user } from '../../../support/anthropic-messages.js';

const fn = (name: string, more: object = {}): Tool => ({ kind: 'function', name, ...more });
const body = (tools: readonly Tool[], more: Partial<ModelRequest> = {}): JsonObject =>
  encode(request([user('q')], { tools, ...more })).body;

describe('declarations', () => {
  test('a function without a schema takes an empty object', () => {
    expect(body([fn('f')])['tools']).toEqual([{ name: 'f', input_schema: { type: 'object', properties: {} } }]);
  });

  test('the first of two tools of one name counts', () => {
    const { body: encoded, warnings } = encode(
      request([user('q')], { tools: [fn('f', { description: 'one' }), fn('f', { description: 'two' })] }),
    );
    expect(encoded['tools']).toMatchObject([{ description: 'one' }]);
    expect(warnings).toMatchObject([{ path: 'tools[1]' }]);
  });

  test('a name the vendor refuses is changed, in the history too, and can be restored', () => {
    const long = 'n'.repeat(80);
    const { body: encoded, restore } = encode(
      request([user('q'), assistant(call('c1', '9 to-5/x'))], { tools: [fn('9 to-5/x'), fn('9_to-5_x'), fn(long)] }),
    );
    expect(encoded['tools']).toMatchObject([{ name: '9_to-5_x' }, { name: '9_to-5_x_2' }, { name: 'n'.repeat(64) }]);
    expect(encoded['messages']).toMatchObject([{}, { content: [{ name: '9_to-5_x' }] }, {}]);
    expect(restore.toolNames).toEqual(
      new Map([
        ['9_to-5_x', '9 to-5/x'],
        ['9_to-5_x_2', '9_to-5_x'],
        ['n'.repeat(64), long],
      ]),
    );
  });

  test('names that fit leave nothing to restore', () => {
    expect(encode(request([user('q')], { tools: [fn('f')] })).restore).toEqual({});
  });

  test('strict needs a model that has it', () => {
    const asked = request([user('q')], { tools: [fn('f', { strict: true })] });
    expect(encode(asked).body['tools']).toEqual([{ name: 'f', input_schema: { type: 'object', properties: {} } }]);
    expect(encode(asked, budgetModel(traits('structured-output'))).body['tools']).toMatchObject([{ strict: true }]);
  });

  test('the grammar of a custom tool is told in words', () => {
    const format = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' };
    expect(body([{ kind: 'custom', name: 'apply', description: 'Applies.', format }])['tools']).toMatchObject([
      { description: 'Applies.\n\nThe input must follow this lark grammar:\nstart: "x"' },
    ]);
  });

  test('a web search is the vendor’s own', () => {
    const tool: Tool = { kind: 'hosted', capability: 'web-search', allowedDomains: ['ex.org'], maxUses: 3 };
    expect(body([tool])['tools']).toEqual([
      { type: 'web_search_20250305', name: 'web_search', allowed_domains: ['ex.org'], max_uses: 3 },
    ]);
  });

  test('a function cannot take the name of the web search', () => {
    expect(body([{ kind: 'hosted', capability: 'web-search' }, fn('web_search')])['tools']).toMatchObject([
      { name: 'web_search', type: 'web_search_20250305' },
      { name: 'web_search_2' },
    ]);
  });

  test('a tool that another provider would run is dropped with a warning', () => {
    const { body: encoded, warnings } = encode(
      request([user('q')], { tools: [{ kind: 'hosted', capability: 'image' }] }),
    );
    expect(encoded).not.toHaveProperty('tools');
    expect(warnings).toMatchObject([{ path: 'tools[0]' }]);
  });
});

describe('choice', () => {
  test.each<[string, Partial<ModelRequest>, JsonObject | undefined]>([
    ['nothing said', {}, undefined],
    ['auto', { toolChoice: { mode: 'auto' } }, { type: 'auto' }],
    ['none', { toolChoice: { mode: 'none' } }, { type: 'none' }],
    [
      'required, one at a time',
      { toolChoice: { mode: 'required' }, parallelToolCalls: false },
      { type: 'any', disable_parallel_tool_use: true },
    ],
    ['one at a time', { parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
    ['a named tool', { toolChoice: { mode: 'named', name: 'f' } }, { type: 'tool', name: 'f' }],
    ['a tool nobody declared', { toolChoice: { mode: 'named', name: 'zzz' } }, { type: 'auto' }],
  ])('%s', (_, more, expected) => {
    expect(body([fn('f')], more)['tool_choice']).toEqual(expected);
  });

  test('without tools there is no choice', () => {
    expect(body([], { toolChoice: { mode: 'required' } })).not.toHaveProperty('tool_choice');
  });

  test('of a subset only those tools are declared', () => {
    expect(body([fn('f'), fn('g')], { toolChoice: { mode: 'required', allowed: ['g'] } })).toMatchObject({
      tools: [{ name: 'g' }],
      tool_choice: { type: 'any' },
    });
  });

  test('a choice of a built-in tool that does not exist here is refused', () => {
    const tool: Tool = {
      kind: 'hosted',
      capability: 'file-search',
      ext: { 'openai-responses': { type: 'file_search' } },
    };
    expect(() => body([tool, fn('f')], { toolChoice: { mode: 'named', name: 'file_search' } })).toThrow(
      expect.objectContaining({ path: 'tool_choice' }),
    );
  });

  test('a choice of the web search finds it', () => {
    expect(
      body([{ kind: 'hosted', capability: 'web-search' }], { toolChoice: { mode: 'named', name: 'web_search' } }),
    ).toMatchObject({ tool_choice: { type: 'tool', name: 'web_search' } });
  });
});

test.each<[string, JsonObject | undefined, JsonObject]>([
  ['nothing', undefined, { type: 'object', properties: {} }],
  ['an object without properties', { type: 'object' }, { type: 'object', properties: {} }],
  ['no type', { properties: { a: {} } }, { type: 'object', properties: { a: {} } }],
  ['a type of another kind', { type: 'string' }, { type: 'object', properties: {} }],
  ['a nullable object', { type: ['object', 'null'], properties: { a: {} } }, { type: 'object', properties: { a: {} } }],
  [
    'a union',
    { anyOf: [{ type: 'object', properties: { a: {} }, required: ['a'] }, { properties: { b: {} } }] },
    { type: 'object', properties: { a: {}, b: {} } },
  ],
  [
    'an intersection',
    {
      allOf: [
        { properties: { a: {} }, required: ['a'] },
        { properties: { b: {} }, required: ['b', 'a'] },
      ],
    },
    { type: 'object', properties: { a: {}, b: {} }, required: ['a', 'b'] },
  ],
  [
    'a reference',
    { $ref: '#/$defs/A', $defs: { A: { type: 'object', properties: { a: {} } } } },
    { type: 'object', properties: { a: {} }, $defs: { A: { type: 'object', properties: { a: {} } } } },
  ],
  ['a reference to itself', { $ref: '#' }, { type: 'object', properties: {} }],
  [
    'what is fine already',
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
  ],
])('the root of a schema is a plain object: %s', (_, schema, expected) => {
  expect(toolSchema(schema)).toEqual(expected);
});
