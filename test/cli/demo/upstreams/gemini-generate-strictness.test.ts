import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueOpaque } from '../../../../src/cli/demo/upstreams/opaque.js';
import { type SimulatedUpstream, startSimulatedUpstream } from '../../../support/upstream.js';
import { post } from './refusals.js';

const two = 'gemini-2.5-flash';
const pro = 'gemini-2.5-pro';
const three = 'gemini-3-flash-preview';
let upstream: SimulatedUpstream;
beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'gemini-generate', models: [two, pro, three] });
});
afterAll(() => upstream.close());

const user = (...parts: object[]) => ({ role: 'user', parts });
const model = (...parts: object[]) => ({ role: 'model', parts });
const hi = user({ text: 'hi' });
const call = { functionCall: { name: 'f', args: {} } };
const result = { functionResponse: { name: 'f', response: { result: 'ok' } } };
const declare = (fields: object) => ({ tools: [{ functionDeclarations: [{ name: 'f', ...fields }] }] });
const parameters = (schema: object) => declare({ parameters: { type: 'OBJECT', properties: { a: schema } } });
const config = (generationConfig: object) => ({ generationConfig });
const signed = { ...call, thoughtSignature: issueOpaque('gemini', 'thought') };

test.each<[string, object, RegExp, string?]>([
  ['an unknown field', { messages: [] }, /Unknown name "messages": Cannot find field/],
  ['an unknown field of the config', config({ max_tokens: 5 }), /Unknown name "max_tokens" at 'generation_config'/],
  ['an unknown field of a part', { contents: [user({ text: 'a', type: 'text' })] }, /at 'contents\[0\]\.parts\[0\]'/],
  ['no contents', { contents: [] }, /contents is not specified/],
  [
    'an unknown role',
    { contents: [{ role: 'assistant', parts: [{ text: 'a' }] }] },
    /Please use a valid role: user, model/,
  ],
  ['no parts', { contents: [{ role: 'user', parts: [] }] }, /contents\.parts must not be empty/],
  [
    'a part without data',
    { contents: [user({ thought: true })] },
    /required oneof field 'data' must have one initialized field/,
  ],
  [
    'a part with two',
    { contents: [user({ text: 'a', functionCall: { name: 'f' } })] },
    /oneof field 'data' is already set/,
  ],
  [
    'a call without a turn before',
    { contents: [model(call), user(result)] },
    /function call turn comes immediately after a user turn/,
  ],
  [
    'fewer responses than calls',
    { contents: [hi, model(call, call), user(result)] },
    /number of function response parts is equal/,
  ],
  [
    'a response without its call',
    { contents: [hi, model({ text: 'a' }), user(result)] },
    /function response turn comes immediately after a function call turn/,
  ],
  [
    'a response of another name',
    { contents: [hi, model(call), user({ functionResponse: { name: 'g', response: {} } })] },
    /matches a function call/,
  ],
  [
    'a response without name',
    { contents: [hi, model(call), user({ functionResponse: { response: {} } })] },
    /Name cannot be empty/,
  ],
  [
    'a response that is a text',
    { contents: [hi, model(call), user({ functionResponse: { name: 'f', response: 'ok' } })] },
    /google\.protobuf\.Struct/,
  ],
  [
    'arguments that are a text',
    { contents: [hi, model({ functionCall: { name: 'f', args: '{}' } }), user(result)] },
    /google\.protobuf\.Struct/,
  ],
  [
    'data that is no base64',
    { contents: [user({ inlineData: { mimeType: 'image/png', data: 'a*b=' } })] },
    /Base64 decoding failed/,
  ],
  [
    'data of an unknown type',
    { contents: [user({ inlineData: { mimeType: 'application/octet-stream', data: 'QUJD' } })] },
    /Unsupported MIME type/,
  ],
  ['a function name with a space', declare({ name: 'a b' }), /Invalid function name/],
  ['a function name too long', declare({ name: 'a'.repeat(65) }), /Invalid function name/],
  [
    'two functions of one name',
    { tools: [{ functionDeclarations: [{ name: 'f' }, { name: 'f' }] }] },
    /Duplicate function declaration/,
  ],
  [
    'additionalProperties in parameters',
    declare({ parameters: { type: 'object', additionalProperties: false } }),
    /Unknown name "additionalProperties" at 'tools\[0\]\.function_declarations\[0\]\.parameters'/,
  ],
  ['$ref in parameters', parameters({ $ref: '#/x' }), /Unknown name "\$ref"/],
  ['const in parameters', parameters({ const: 1 }), /Unknown name "const"/],
  ['a list of types', parameters({ type: ['string', 'null'] }), /Invalid value at .*\.type/],
  ['an enum of numbers', parameters({ type: 'integer', enum: [1, 2] }), /Invalid value at .*\.enum/],
  ['an enum that is no text', parameters({ type: 'integer', enum: ['1'] }), /only allowed for STRING type/],
  ['an array without items', parameters({ type: 'array' }), /items: missing field/],
  ['an unknown text format', parameters({ type: 'string', format: 'uuid' }), /only 'enum' and 'date-time'/],
  [
    'required without a property',
    declare({ parameters: { type: 'object', properties: {}, required: ['b'] } }),
    /property is not defined/,
  ],
  ['both kinds of parameters', declare({ parameters: { type: 'object' }, parametersJsonSchema: {} }), /only one of/],
  ['strict', declare({ strict: true }), /Unknown name "strict"/],
  [
    'names with AUTO',
    { ...declare({}), toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['f'] } } },
    /should only be set when/,
  ],
  [
    'ANY without functions',
    { toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
    /set without function_declarations/,
  ],
  [
    'functions beside search',
    { tools: [{ functionDeclarations: [{ name: 'f' }] }, { googleSearch: {} }] },
    /unsupported/,
  ],
  ['functions beside JSON', { ...declare({}), ...config({ responseMimeType: 'application/json' }) }, /is unsupported/],
  ['a schema without its type', config({ responseJsonSchema: {} }), /response mime type/],
  [
    'a budget too large',
    config({ thinkingConfig: { thinkingBudget: 99_999 } }),
    /The thinking budget 99999 is invalid/,
  ],
  ['a budget of 0', config({ thinkingConfig: { thinkingBudget: 0 } }), /only works in thinking mode/, pro],
  ['a level on 2.5', config({ thinkingConfig: { thinkingLevel: 'low' } }), /Thinking level is not supported/],
  [
    'both amounts',
    config({ thinkingConfig: { thinkingLevel: 'low', thinkingBudget: 200 } }),
    /only one of thinking budget and thinking level/,
    three,
  ],
  [
    'a call without signature',
    { contents: [hi, model(call), user(result)] },
    /missing a thought_signature in functionCall parts/,
    three,
  ],
  [
    'a foreign signature',
    { contents: [hi, model({ ...call, thoughtSignature: issueOpaque('anthropic', '') }), user(result)] },
    /Corrupted thought signature/,
    three,
  ],
  ['temperature 3', config({ temperature: 3 }), /must be in the range/],
  ['six stops', config({ stopSequences: ['a', 'b', 'c', 'd', 'e', 'f'] }), /up to 5 stop sequences/],
])('refuses %s', async (_name, fields, message, name = two) => {
  const refused = await post(upstream, `/v1beta/models/${name}:generateContent`, { contents: [hi], ...fields });
  expect(refused.error.message).toMatch(message);
  expect(refused).toMatchObject({ status: 400, error: { code: 400, status: 'INVALID_ARGUMENT' } });
});

test.each<[string, object]>([
  ['a signed call', { contents: [hi, model(signed), user(result)] }],
  ['parallel calls of which the first is signed', { contents: [hi, model(signed, call), user(result, result)] }],
  [
    'the bypass',
    { contents: [hi, model({ ...call, thoughtSignature: 'skip_thought_signature_validator' }), user(result)] },
  ],
  ['an unsigned call of an earlier turn', { contents: [hi, model(call), user(result), model({ text: 'a' }), hi] }],
  [
    'snake case',
    { contents: [hi], system_instruction: { parts: [{ text: 'x' }] }, generation_config: { max_output_tokens: 9 } },
  ],
  [
    'JSON Schema with everything',
    declare({ parametersJsonSchema: { type: 'object', additionalProperties: false, $defs: {} } }),
  ],
])('takes %s', async (_name, fields) => {
  const { status, error } = await post(upstream, `/v1beta/models/${three}:generateContent`, {
    contents: [hi],
    ...fields,
  });
  expect(error.message).toBe('');
  expect(status).toBe(200);
});

test('without alt=sse a stream is one JSON array', async () => {
  const reply = await fetch(`${upstream.origin}/v1beta/models/${two}:streamGenerateContent?key=k`, {
    method: 'POST',
    body: JSON.stringify({ contents: [hi] }),
  });
  const chunks = (await reply.json()) as { candidates: { content: { parts: { text: string }[] } }[] }[];
  expect(chunks.map(({ candidates }) => candidates[0]?.content.parts[0]?.text).join('')).toBe(
    'Hello from gemini-generate: hi',
  );
});
