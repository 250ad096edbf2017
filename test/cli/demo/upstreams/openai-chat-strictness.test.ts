import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SimulatedUpstream, startSimulatedUpstream } from '../../../support/upstream.js';
import { post } from './refusals.js';

let upstream: SimulatedUpstream;
beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'openai-chat', models: ['m'] });
});
afterAll(() => upstream.close());

const user = { role: 'user', content: 'hi' };
const tool = (fields: object) => ({ type: 'function', function: { name: 'f', ...fields } });
const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } };
const calling = { role: 'assistant', content: null, tool_calls: [call] };
const answered = { role: 'tool', tool_call_id: 'c1', content: 'ok' };
const schema = { type: 'object', properties: { a: { type: 'string' } } };
const format = (fields: object) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'x', ...fields } },
});

test.each<[string, object, RegExp, unknown?]>([
  ['no messages', { messages: [] }, /empty array/, 'empty_array'],
  ['messages missing', { messages: undefined }, /Missing required parameter: 'messages'/],
  ['an unknown argument', { max_output_tokens: 5 }, /Unrecognized request argument supplied: max_output_tokens/],
  [
    'an unknown member of a message',
    { messages: [{ ...user, cache_control: {} }] },
    /Unknown parameter: 'messages\[0\]\.cache_control'/,
  ],
  [
    'an unknown member of a part',
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'a', cache_control: {} }] }] },
    /Unknown parameter/,
  ],
  ['an unknown role', { messages: [{ role: 'model', content: 'x' }] }, /Invalid value: 'model'/],
  ['content null', { messages: [{ role: 'user', content: null }] }, /expected a string, got null/],
  [
    'a result without its call',
    { messages: [user, answered] },
    /must be a response to a preceeding message with 'tool_calls'/,
  ],
  ['an unanswered call', { messages: [user, calling, user] }, /did not have response messages: c1/],
  ['an unanswered call at the end', { messages: [user, calling] }, /did not have response messages: c1/],
  ['a result given twice', { messages: [user, calling, answered, answered] }, /preceeding message/],
  [
    'arguments that are no text',
    { messages: [user, { ...calling, tool_calls: [{ ...call, function: { name: 'f', arguments: {} } }] }, answered] },
    /expected a string/,
  ],
  ['a tool name with a space', { tools: [tool({ name: 'a b' })] }, /does not match pattern/],
  ['a tool name too long', { tools: [tool({ name: 'a'.repeat(65) })] }, /maximum length 64/],
  ['a tool without type', { tools: [{ function: { name: 'f' } }] }, /tools\[0\]\.type/],
  ['a flat tool', { tools: [{ type: 'function', name: 'f' }] }, /tools\[0\]\.function/],
  ['empty tools', { tools: [] }, /empty array/],
  [
    'a tool schema that is no object',
    { tools: [tool({ parameters: { type: 'string' } })] },
    /Invalid schema for function 'f'/,
    'invalid_function_parameters',
  ],
  [
    'an array schema without items',
    { tools: [tool({ parameters: { type: 'object', properties: { a: { type: 'array' } } } })] },
    /array schema missing items/,
  ],
  [
    'upper-case types',
    { tools: [tool({ parameters: { type: 'object', properties: { a: { type: 'STRING' } } } })] },
    /is not valid under any/,
  ],
  [
    'an open schema under strict',
    { tools: [tool({ parameters: schema, strict: true })] },
    /'additionalProperties' is required/,
  ],
  [
    'an optional property under strict',
    { tools: [tool({ parameters: { ...schema, additionalProperties: false }, strict: true })] },
    /Missing 'a'/,
  ],
  ['tool_choice without tools', { tool_choice: 'auto' }, /only allowed when 'tools' are specified/],
  ['parallel_tool_calls without tools', { parallel_tool_calls: true }, /only allowed when 'tools' are specified/],
  [
    'an unknown tool_choice',
    { tools: [tool({})], tool_choice: { type: 'function', function: { name: 'g' } } },
    /not found in 'tools'/,
  ],
  ['both limits', { max_tokens: 5, max_completion_tokens: 5 }, /at the same time/],
  ['stream_options without stream', { stream_options: { include_usage: true } }, /only allowed when 'stream'/],
  ['temperature 3', { temperature: 3 }, /Expected a value <= 2/],
  ['an unknown effort', { reasoning_effort: 'huge' }, /Supported values are: 'none'/],
  ['five stops', { stop: ['a', 'b', 'c', 'd', 'e'] }, /array too long/],
  ['a format without schema', format({}), /response_format\.json_schema\.schema/],
  ['a format without name', { response_format: { type: 'json_schema', json_schema: { schema } } }, /json_schema\.name/],
  ['an open format under strict', format({ schema, strict: true }), /Invalid schema for response_format 'x'/],
  ['JSON mode without the word', { response_format: { type: 'json_object' } }, /must contain the word 'json'/],
  [
    'an image that is no base64',
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,a*b' } }] }] },
    /invalid base64/,
  ],
  [
    'an image type it does not know',
    {
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/tiff;base64,QUJD' } }] }],
    },
    /unsupported MIME type/,
  ],
])('refuses %s', async (_name, fields, message, code) => {
  const refused = await post(upstream, '/v1/chat/completions', { model: 'm', messages: [user], ...fields });
  expect(refused.error.message).toMatch(message);
  expect(refused.status).toBe(400);
  if (code !== undefined) expect(refused.error.code).toBe(code);
});

test.each<[string, object]>([
  ['a whole loop', { messages: [user, calling, answered, user], tools: [tool({ parameters: schema })] }],
  ['an open format without strict', format({ schema })],
  [
    'reasoning of an earlier turn',
    { messages: [user, { role: 'assistant', content: 'a', reasoning_content: 'b' }, user] },
  ],
  ['JSON mode', { messages: [{ role: 'user', content: 'as JSON' }], response_format: { type: 'json_object' } }],
])('takes %s', async (_name, fields) => {
  const { status, error } = await post(upstream, '/v1/chat/completions', { model: 'm', messages: [user], ...fields });
  expect(error.message).toBe('');
  expect(status).toBe(200);
});

test('lets everything pass when it is not strict', async () => {
  const lenient = await startSimulatedUpstream({ kind: 'openai-chat', models: ['m'], strict: false });
  const { status } = await post(lenient, '/v1/chat/completions', { model: 'm', messages: [user], unknown: 1 });
  expect(status).toBe(200);
  await lenient.close();
});
