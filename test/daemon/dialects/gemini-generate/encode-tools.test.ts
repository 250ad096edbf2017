import { describe, expect, test } from 'vitest';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { ModelInfo } from '../../../../src/daemon/ir/model.js';
import type { ModelRequest, Tool, ToolChoice } from '../../../../src/daemon/ir/request.js';
import { decodeChunks, encode, gemini3, geminiModel, modelRequest, user } from '../../../support/gemini-generate.js';

const fn = (name: string, extra: Partial<Tool> = {}): Tool => ({ kind: 'function', name, ...extra }) as Tool;
const hosted = (capability: string, extra: object = {}): Tool => ({ kind: 'hosted', capability, ...extra });
const encodeTools = (tools: readonly Tool[], extra: Partial<ModelRequest> = {}, model: ModelInfo = geminiModel()) =>
  encode(modelRequest([user('hi')], { tools, ...extra }), model);
const empty = { type: 'object', properties: {} };

describe('declarations', () => {
  test('hold the cleaned schema as JSON Schema', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', default: 'x' } }, $schema: 's' };
    expect(encodeTools([fn('f', { description: 'D', schema, strict: false }), fn('g')]).body['tools']).toEqual([
      {
        functionDeclarations: [
          {
            name: 'f',
            description: 'D',
            parametersJsonSchema: { type: 'object', properties: { a: { type: 'string', description: 'default: x' } } },
          },
          { name: 'g', parametersJsonSchema: empty },
        ],
      },
    ]);
  });

  test('of one name twice are the first', () => {
    const { body, warnings } = encodeTools([fn('f', { description: 'one' }), fn('f', { description: 'two' })]);
    expect(body['tools']).toEqual([
      { functionDeclarations: [{ name: 'f', description: 'one', parametersJsonSchema: empty }] },
    ]);
    expect(warnings).toEqual([{ path: 'tools[1]', reason: 'the name "f" is taken; the first wins' }]);
  });

  test('have names in the charset of Google, and the answer has the names of the client', () => {
    const long = 'x'.repeat(70);
    const { body, restore } = encode(
      modelRequest(
        [user('hi'), { role: 'assistant', content: [{ type: 'tool-call', id: 'c', name: '9 to-5/x', input: '' }] }],
        {
          tools: ['9 to-5/x', '9_to-5/x', 'a_b', 'a/b', long, `${long}y`].map((name) => fn(name)),
          toolChoice: { mode: 'named', name: '9 to-5/x' },
        },
      ),
    );
    expect(body).toMatchObject({
      tools: [
        {
          functionDeclarations: [
            { name: '_9_to-5_x' },
            { name: '_9_to-5_x_2' },
            { name: 'a_b' },
            { name: 'a_b_2' },
            { name: 'x'.repeat(64) },
            { name: `${'x'.repeat(62)}_2` },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['_9_to-5_x'] } },
      contents: [
        {},
        { parts: [{ functionCall: { name: '_9_to-5_x' } }] },
        { parts: [{ functionResponse: { name: '_9_to-5_x' } }] },
      ],
    });
    const events = decodeChunks(
      [{ candidates: [{ content: { parts: [{ functionCall: { name: 'a_b_2', args: {} } }] }, finishReason: 'STOP' }] }],
      restore,
    );
    expect(events).toContainEqual(expect.objectContaining({ type: 'tool-call-start', name: 'a/b' }));
  });

  test('of free-form tools have one input, and the answer is unwrapped', () => {
    const { body, restore } = encodeTools([{ kind: 'custom', name: 'apply patch', description: 'D' }]);
    expect(body['tools']).toEqual([
      {
        functionDeclarations: [
          {
            name: 'apply_patch',
            description: 'D',
            parametersJsonSchema: { type: 'object', properties: { input: { type: 'string' } }, required: ['input'] },
          },
        ],
      },
    ]);
    const call = { functionCall: { id: 'c', name: 'apply_patch', args: { input: '*** x' } } };
    const events = decodeChunks([{ candidates: [{ content: { parts: [call] }, finishReason: 'STOP' }] }], restore);
    expect(events).toMatchObject([
      { type: 'response-start' },
      { type: 'tool-call-start', id: 'c', name: 'apply patch', custom: true },
      { type: 'tool-call-delta', json: '*** x' },
      { type: 'tool-call-end' },
      { type: 'response-end', finish: { reason: 'tool-calls' } },
    ]);
  });
});

describe('the choice of a tool', () => {
  test.each<{ name: string; choice: ToolChoice; config: object }>([
    { name: 'auto', choice: { mode: 'auto' }, config: { mode: 'AUTO' } },
    { name: 'none', choice: { mode: 'none' }, config: { mode: 'NONE' } },
    { name: 'required', choice: { mode: 'required' }, config: { mode: 'ANY' } },
    { name: 'one', choice: { mode: 'named', name: 'f' }, config: { mode: 'ANY', allowedFunctionNames: ['f'] } },
    {
      name: 'required of some',
      choice: { mode: 'required', allowed: ['f', 'zz'] },
      config: { mode: 'ANY', allowedFunctionNames: ['f'] },
    },
    {
      name: 'some',
      choice: { mode: 'auto', allowed: ['g'] },
      config: { mode: 'VALIDATED', allowedFunctionNames: ['g'] },
    },
    { name: 'one that is not there', choice: { mode: 'named', name: 'zzz' }, config: { mode: 'AUTO' } },
  ])('$name', ({ choice, config }) => {
    const { body } = encodeTools([fn('f'), fn('g')], { toolChoice: choice });
    expect(body['toolConfig']).toEqual({ functionCallingConfig: config });
  });

  test('is not sent without tools', () => {
    expect(encodeTools([], { toolChoice: { mode: 'required' } }).body).not.toHaveProperty('toolConfig');
  });

  test('of strict tools is validated', () => {
    expect(encodeTools([fn('f', { strict: true })]).body['toolConfig']).toEqual({
      functionCallingConfig: { mode: 'VALIDATED' },
    });
  });
});

describe("Google's own tools", () => {
  test.each([
    ['web-search', 'googleSearch'],
    ['url-context', 'urlContext'],
    ['code', 'codeExecution'],
  ])('%s is %s', (capability, key) => {
    expect(encodeTools([hosted(capability)]).body['tools']).toEqual([{ [key]: {} }]);
  });

  test('yield to functions before Gemini 3', () => {
    const { body, warnings } = encodeTools([fn('f'), hosted('web-search')]);
    expect(body['tools']).toHaveLength(1);
    expect(warnings).toEqual([{ path: 'tools[1]', reason: 'this model takes googleSearch or functions, not both' }]);
  });

  test('go with functions from Gemini 3 on', () => {
    const { body } = encodeTools([fn('f'), hosted('web-search')], {}, gemini3);
    expect(body).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'f' }] }, { googleSearch: {} }],
      toolConfig: { functionCallingConfig: { mode: 'VALIDATED' }, includeServerSideToolInvocations: true },
    });
    const vertex3 = { ...gemini3, traits: new Set(['gemini-3', 'vertex'] as const) };
    expect(encodeTools([fn('f'), hosted('code')], {}, vertex3).body['toolConfig']).toEqual({
      functionCallingConfig: { mode: 'VALIDATED' },
    });
  });

  test('that others have are dropped, and refused when chosen', () => {
    const search = hosted('file_search', { ext: { 'openai-responses': { type: 'file_search' } } });
    expect(encodeTools([search]).body).not.toHaveProperty('tools');
    expect(encodeTools([search]).warnings).toHaveLength(1);
    expect(() => encodeTools([search], { toolChoice: { mode: 'named', name: 'file_search' } })).toThrow(RequestFault);
  });
});
