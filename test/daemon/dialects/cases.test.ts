import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import { knownModel } from '../../support/sides.js';
import {
  A,
  A6,
  C,
  type Case,
  call,
  called,
  fn,
  G,
  G2,
  hi,
  R,
  refusal,
  result,
  says,
  sent,
  text,
  tool,
  up,
  userA,
  VERTEX,
} from '../../support/translation-cases.js';

// The numbers are those of the table of translation cases; its other parts stand in the files named `cases-` beside this one.
const cases: readonly Case[] = [
  {
    name: '1 C->A: system and developer text from anywhere is system',
    from: C,
    to: A,
    body: {
      messages: [
        { role: 'developer', content: 'Be terse' },
        { role: 'user', content: 'hi' },
        { role: 'system', content: 'Use SI' },
      ],
    },
    expected: { system: [text('Be terse'), text('Use SI')], messages: [userA(text('hi'))] },
  },
  {
    name: '2 C->G: system text alone is the user turn',
    from: C,
    to: G,
    body: { messages: [{ role: 'system', content: 'Only rules' }] },
    expected: { contents: [{ role: 'user', parts: [{ text: 'Only rules' }] }], systemInstruction: undefined },
  },
  {
    name: '3 R->C: instructions first, developer items after',
    from: R,
    to: C,
    body: {
      instructions: 'A',
      input: [
        { role: 'developer', content: 'B' },
        { role: 'user', content: 'C' },
      ],
    },
    expected: {
      messages: [
        { role: 'system', content: 'A' },
        { role: 'system', content: 'B' },
        { role: 'user', content: 'C' },
      ],
    },
  },
  {
    name: '4 A->C: one system message, without empty text',
    from: A,
    to: C,
    body: { system: [text('S1'), text('')] },
    expected: {
      messages: [
        { role: 'system', content: [text('S1')] },
        { role: 'user', content: 'hi' },
      ],
    },
  },
  {
    name: '5 A->G: system in the middle is a reminder of the user',
    from: A,
    to: G,
    body: {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'system', content: 'note' },
        { role: 'user', content: 'b' },
      ],
    },
    expected: {
      contents: [
        {
          role: 'user',
          parts: [{ text: 'a' }, { text: '<system-reminder>\nnote\n</system-reminder>' }, { text: 'b' }],
        },
      ],
    },
  },
  {
    name: '6 G->A: parts of the instruction are one block',
    from: G,
    to: A,
    body: { system_instruction: { parts: [{ text: 'x' }, { text: 'y' }] } },
    expected: { system: [text('x\ny')], messages: [userA(text('hi'))] },
  },
  {
    name: '7 C->G: turns of one role are one',
    from: C,
    to: G,
    body: {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'user', content: 'b' },
        { role: 'assistant', content: 'c' },
        { role: 'user', content: 'd' },
      ],
    },
    expected: {
      contents: [
        { role: 'user', parts: [{ text: 'a' }, { text: 'b' }] },
        { role: 'model', parts: [{ text: 'c' }] },
        { role: 'user', parts: [{ text: 'd' }] },
      ],
    },
  },
  {
    name: '10 C->A: a data URL is base64',
    from: C,
    to: A,
    body: says({ type: 'image_url', image_url: { url: 'data:image/webp;base64,UklG' } }),
    expected: {
      messages: [userA({ type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'UklG' } })],
    },
  },
  {
    name: '11 C->A: a link stays a link',
    from: C,
    to: A,
    body: says({ type: 'image_url', image_url: { url: 'https://ex.org/a.png' } }),
    expected: { messages: [userA({ type: 'image', source: { type: 'url', url: 'https://ex.org/a.png' } })] },
  },
  {
    name: '12 C->Vertex: a link is file data',
    from: C,
    to: G,
    model: VERTEX,
    body: says({ type: 'image_url', image_url: { url: 'https://ex.org/a.png' } }),
    expected: {
      contents: [{ role: 'user', parts: [{ fileData: { mimeType: 'image/png', fileUri: 'https://ex.org/a.png' } }] }],
    },
  },
  {
    name: '13 C->G: the type of bare base64 comes from the name',
    from: C,
    to: G,
    body: says({ type: 'file', file: { filename: 'r.PDF', file_data: 'JVBERi0=' } }),
    expected: {
      contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'application/pdf', data: 'JVBERi0=' } }] }],
    },
  },
  {
    name: '15 C->G: audio formats are types',
    from: C,
    to: G,
    body: says({ type: 'input_audio', input_audio: { data: 'QQ==', format: 'mp3' } }),
    expected: { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'audio/mpeg', data: 'QQ==' } }] }] },
  },
  {
    name: '16 R->A: a file is a document',
    from: R,
    to: A,
    body: {
      input: [{ role: 'user', content: [{ type: 'input_file', file_data: 'data:application/pdf;base64,JVB' }] }],
    },
    expected: {
      messages: [userA({ type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVB' } })],
    },
  },
  {
    name: '17 A->R: a document is a file named by its title',
    from: A,
    to: R,
    body: says({
      type: 'document',
      title: 'spec.pdf',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' },
    }),
    expected: {
      input: [
        {
          type: 'message',
          role: 'user',
          content: [{ type: 'input_file', filename: 'spec.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' }],
        },
      ],
    },
  },
  {
    name: '18 C->A: empty text is left out',
    from: C,
    to: A,
    body: says(text(''), text('q')),
    expected: { messages: [userA(text('q'))] },
  },
  {
    name: '19 C->A: a function without parameters takes an empty object',
    from: C,
    to: A,
    body: { tools: [{ type: 'function', function: { name: 'f' } }] },
    expected: { tools: [{ name: 'f', input_schema: { type: 'object', properties: {} } }] },
  },
  {
    name: '25 C->A: required and one at a time',
    from: C,
    to: A,
    body: { tools: [fn('f')], tool_choice: 'required', parallel_tool_calls: false },
    expected: { tool_choice: { type: 'any', disable_parallel_tool_use: true } },
  },
  {
    name: '26 C->A: one at a time without a choice',
    from: C,
    to: A,
    body: { tools: [fn('f')], parallel_tool_calls: false },
    expected: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
  },
  ...(
    [
      [
        { type: 'tool', name: 'f' },
        { type: 'function', function: { name: 'f' } },
      ],
      [{ type: 'any' }, 'required'],
      [{ type: 'none' }, 'none'],
    ] as const
  ).map(([choice, expected]) => ({
    name: `27 A->C: the choice ${choice.type}`,
    from: A,
    to: C,
    body: { tools: [tool('f')], tool_choice: choice },
    expected: { tool_choice: expected },
  })),
  {
    name: '28 A->G: a named tool is the only one allowed',
    from: A,
    to: G,
    body: { tools: [tool('f')], tool_choice: { type: 'tool', name: 'f' } },
    expected: { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } } },
  },
  {
    name: '29 G->C: one allowed name is the choice',
    from: G,
    to: C,
    body: {
      tools: [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['a'] } },
    },
    expected: { tool_choice: { type: 'function', function: { name: 'a' } } },
  },
  {
    name: '29 G->C: of two allowed names one is required, and only they are offered',
    from: G,
    to: C,
    body: {
      tools: [{ functionDeclarations: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['a', 'b'] } },
    },
    expected: {
      tool_choice: 'required',
      tools: [
        { type: 'function', function: expect.objectContaining({ name: 'a' }) },
        { type: 'function', function: expect.objectContaining({ name: 'b' }) },
      ],
    },
  },
  {
    name: '30 C->A: a name that was not declared leaves the choice to the model',
    from: C,
    to: A,
    body: { tools: [fn('f')], tool_choice: { type: 'function', function: { name: 'zzz' } } },
    expected: { tool_choice: { type: 'auto' } },
  },
  {
    name: '31 R->C: free-form input is wrapped',
    from: R,
    to: C,
    body: {
      tools: [{ type: 'custom', name: 'apply' }],
      input: [
        { role: 'user', content: 'hi' },
        { type: 'custom_tool_call', call_id: 'c1', name: 'apply', input: '*** x' },
        { type: 'custom_tool_call_output', call_id: 'c1', output: 'ok' },
      ],
    },
    expected: {
      messages: [{ role: 'user', content: 'hi' }, called(call('c1', 'apply', '{"input":"*** x"}')), result('c1', 'ok')],
    },
  },
  {
    name: '56 A->R: a budget becomes a level',
    from: A,
    to: R,
    body: { max_tokens: 16_000, thinking: { type: 'enabled', budget_tokens: 8192 } },
    expected: { reasoning: expect.objectContaining({ effort: 'medium' }) },
  },
  {
    name: '58 C->A: a level that is missing is the nearest in meaning',
    from: C,
    to: A,
    model: A6,
    body: { reasoning_effort: 'xhigh' },
    expected: { thinking: expect.objectContaining({ type: 'adaptive' }), output_config: { effort: 'max' } },
  },
  {
    name: '55 C->G: between two levels the lower is taken',
    from: C,
    to: G,
    model: knownModel('gemini-3-pro-preview'),
    body: { reasoning_effort: 'medium' },
    expected: {
      generationConfig: expect.objectContaining({ thinkingConfig: expect.objectContaining({ thinkingLevel: 'low' }) }),
    },
  },
  {
    name: '63 C->A: without a limit 32000',
    from: C,
    to: A,
    model: A6,
    body: {},
    expected: { max_tokens: 32_000 },
  },
  {
    name: '63 C->A: without a limit the one of the model, where it is lower',
    from: C,
    to: A,
    model: { ...A6, maxOutputTokens: 8192 },
    body: {},
    expected: { max_tokens: 8192 },
  },
  ...(
    [
      ['thinking', A6, { reasoning_effort: 'high' }, undefined],
      ['not thinking', A6, {}, 0.2],
      ['opus-4-7', knownModel('claude-opus-4-7'), {}, undefined],
    ] as const
  ).map(([name, model, more, temperature]) => ({
    name: `64 C->A: sampling, ${name}`,
    from: C,
    to: A,
    model,
    body: { temperature: 0.2, top_p: 0.5, ...more },
    expected: { temperature, top_p: undefined },
  })),
  {
    name: '65 C->A: the temperature is lowered, unknown settings are left out',
    from: C,
    to: A,
    body: { temperature: 1.7, seed: 7, logit_bias: { '5': 1 }, frequency_penalty: 0.5 },
    expected: { temperature: 1, seed: undefined, logit_bias: undefined, frequency_penalty: undefined },
  },
  {
    name: '66 C->G: settings have the names of Google',
    from: C,
    to: G,
    body: { stop: 'END', seed: 7, presence_penalty: 0.5 },
    expected: { generationConfig: { stopSequences: ['END'], seed: 7, presencePenalty: 0.5 } },
  },
  {
    name: '67 C->G: the schema of the answer is the one given',
    from: C,
    to: G,
    body: {
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'a',
          schema: { type: 'object', properties: { x: { type: 'string' } }, additionalProperties: false },
        },
      },
    },
    expected: {
      generationConfig: {
        responseMimeType: 'application/json',
        responseJsonSchema: { type: 'object', properties: { x: { type: 'string' } }, additionalProperties: false },
      },
    },
  },
  { name: '68 C->A: user', from: C, to: A, body: { user: 'u1' }, expected: { metadata: { user_id: 'u1' } } },
  { name: '68 C->A: without user', from: C, to: A, body: {}, expected: { metadata: undefined } },
  {
    name: '82 A->G: a prefill asks to go on',
    from: A,
    to: G,
    body: { messages: [...hi, { role: 'assistant', content: 'The answer is' }] },
    expected: {
      contents: [{ role: 'user', parts: [{ text: 'hi' }, { text: 'Continue from: The answer is' }] }],
    },
  },
  {
    name: '83 A->Vertex: web search is Google search',
    from: A,
    to: G,
    model: { ...G2, traits: new Set([...G2.traits, 'vertex']) },
    body: { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
    expected: { tools: [{ googleSearch: {} }] },
  },
];

describe.each([
  ['whole', false],
  ['streamed', true],
])('asked for a %s answer', (_name, stream) => {
  test.each(cases)('case $name', ({ from, to, body, model, expected }) => {
    const translated = up(from, to, { ...body, stream }, model);
    for (const [member, value] of Object.entries(expected)) expect(translated[member]).toEqual(value);
    // Google's body does not say it: its URL does.
    if (to !== G) expect(translated['stream'] ?? false).toBe(stream);
  });
});

describe('case', () => {
  test('9 C->G3: a history that begins with the model is led in by an empty user turn', () => {
    const messages = [{ role: 'assistant', content: 'x' }];
    expect(up(C, G, { messages: [...messages, ...hi] })['contents']).toEqual([
      { role: 'user', parts: [{ text: '' }] },
      { role: 'model', parts: [{ text: 'x' }] },
      { role: 'user', parts: [{ text: 'hi' }] },
    ]);
  });

  test.each([
    [
      '12 C->G: a link that only a download could open',
      C,
      G,
      says({ type: 'image_url', image_url: { url: 'https://10.0.0.5/a.png' } }),
    ],
    [
      '14 C->G: a file of an unknown type',
      C,
      G,
      says({ type: 'file', file: { filename: 'r.unknownx', file_data: 'AAAA' } }),
    ],
    ['15 C->A: audio', C, A, says({ type: 'input_audio', input_audio: { data: 'QQ==', format: 'mp3' } })],
    ['65 C->A: two answers', C, A, { n: 2 }],
    ...[C, A, G].map(
      (to) =>
        [
          `R->${to.id}: the choice of a built-in tool that only OpenAI has`,
          R,
          to,
          { tools: [{ type: 'file_search', vector_store_ids: ['v'] }], tool_choice: { type: 'file_search' } },
        ] as const,
    ),
  ] as const)('%s is refused as 400', (_name, from, to, body) => {
    expect(refusal(() => up(from, to, body)).failure).toMatchObject({ status: 400, reason: 'invalid-request' });
  });

  test('20 C->G2: a nullable property, and keywords that Google does not know', () => {
    const parameters = {
      type: 'object',
      properties: { u: { type: ['integer', 'null'], minimum: 1, maxLength: 5 } },
      required: ['u'],
      additionalProperties: false,
    };
    const { properties, required, additionalProperties, description } = schemaOf(
      up(C, G, { tools: [fn('f', parameters)] }, G2),
    );
    expect(properties).toEqual({
      u: { type: 'integer', minimum: 1, description: expect.stringMatching(/\(nullable\)/) },
    });
    expect(properties).toMatchObject({ u: { description: expect.stringContaining('maxLength: 5') } });
    expect([required, additionalProperties]).toEqual([undefined, undefined]);
    expect(description).toContain('No extra properties allowed');
  });

  test('21 C->G2: a property named like a keyword survives, the keyword becomes a hint', () => {
    const parameters = {
      type: 'object',
      properties: { default: { type: 'string' }, n: { type: 'integer', default: 3 } },
    };
    expect(schemaOf(up(C, G, { tools: [fn('f', parameters)] }, G2))['properties']).toEqual({
      default: { type: 'string' },
      n: { type: 'integer', description: expect.stringContaining('default: 3') },
    });
  });

  test('22 C->G2: an enumeration of numbers is one of words', () => {
    const parameters = { type: 'object', properties: { k: { type: 'integer', enum: [1, 2] } } };
    expect(schemaOf(up(C, G, { tools: [fn('f', parameters)] }, G2))['properties']).toEqual({
      k: expect.objectContaining({ type: 'string', enum: ['1', '2'] }),
    });
  });

  test('24 C->G: a name that Google refuses is changed, and known for the way back', () => {
    const { body, restore } = sent(C, G, { tools: [fn('9 to-5/x')] });
    expect(body['tools']).toMatchObject([{ functionDeclarations: [{ name: '_9_to-5_x' }] }]);
    expect(restore.toolNames?.get('_9_to-5_x')).toBe('9 to-5/x');
  });

  test.each([
    [G, { tools: [{ googleSearch: {} }, { urlContext: {} }, { codeExecution: {} }] }, 0],
    [A, { tools: undefined }, 3],
    [R, { tools: undefined }, 3],
  ] as const)('C->$0.id: the tools of Google are for Google', (to, expected, warnings) => {
    const tools = [{ google_search: {} }, { url_context: {} }, { code_execution: {} }];
    const translated = sent(C, to, { tools });
    expect(translated.body['tools']).toEqual(expected.tools);
    expect(translated.warnings).toHaveLength(warnings);
  });

  test('48 C->G3: a signature that came with a call goes back on it', () => {
    const signed = { ...call('c1'), extra_content: { google: { thought_signature: 'SIG' } } };
    const { contents } = up(C, G, { messages: [...hi, called(signed), result('c1', 'ok')] });
    expect(contents).toMatchObject([{}, { parts: [{ thoughtSignature: 'SIG' }] }, {}]);
  });
});

function schemaOf(body: JsonObject): JsonObject {
  const [first] = (body['tools'] ?? []) as readonly { functionDeclarations: { parametersJsonSchema: JsonObject }[] }[];
  return first?.functionDeclarations[0]?.parametersJsonSchema ?? {};
}
