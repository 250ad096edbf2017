import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueOpaque } from '../../../../src/cli/demo/upstreams/opaque.js';
import { type SimulatedUpstream, startSimulatedUpstream } from '../../../support/upstream.js';
import { post } from './refusals.js';

let upstream: SimulatedUpstream;
beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'openai-responses', models: ['m'] });
});
afterAll(() => upstream.close());

const user = { role: 'user', content: 'hi' };
const call = { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'c1', output: 'ok' };
const own = { type: 'reasoning', summary: [], encrypted_content: issueOpaque('openai', 'reasoning') };
const foreign = { ...own, encrypted_content: issueOpaque('anthropic', '') };

test.each<[string, object, RegExp, unknown?]>([
  ['an unknown parameter', { max_tokens: 5 }, /Unknown parameter: 'max_tokens'/, 'unknown_parameter'],
  ['no input', { input: undefined }, /Missing required parameter: 'input'/],
  ['an unknown item', { input: [{ type: 'tool_result' }] }, /Invalid value: 'tool_result'/, 'invalid_value'],
  ['an unknown member of an item', { input: [{ ...user, name: 'x' }] }, /Unknown parameter: 'input\[0\]\.name'/],
  [
    'an output without its call',
    { input: [user, output] },
    /No tool call found for function call output with call_id c1/,
  ],
  ['an output before its call', { input: [user, output, call] }, /No tool call found/],
  ['a call without its output', { input: [user, call] }, /No tool output found for function call c1/],
  ['arguments that are no text', { input: [user, { ...call, arguments: {} }, output] }, /expected a string/],
  ['an id of the wrong kind', { input: [user, { ...call, id: 'call_1' }, output] }, /begins with 'fc'/],
  ['an id too long', { input: [user, { ...call, id: `fc_${'a'.repeat(70)}` }, output] }, /maximum length 64/],
  ['a Chat part', { input: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }] }, /Invalid value: 'text'/],
  [
    'an assistant with input parts',
    { input: [{ role: 'assistant', content: [{ type: 'input_text', text: 'a' }] }, user] },
    /'output_text' and 'refusal'/,
  ],
  [
    'an image as object',
    { input: [{ role: 'user', content: [{ type: 'input_image', image_url: { url: 'https://x' } }] }] },
    /expected a string/,
  ],
  [
    'foreign encrypted content',
    { input: [foreign, call, output] },
    /could not be verified/,
    'invalid_encrypted_content',
  ],
  ['reasoning without what follows', { input: [user, own] }, /without its required following item/],
  ['a nested tool', { tools: [{ type: 'function', function: { name: 'f' } }] }, /tools\[0\]\.name/],
  ['a tool of an unknown type', { tools: [{ type: 'web_search_20250305' }] }, /Invalid value: 'web_search_20250305'/],
  ['a tool name with a dot', { tools: [{ type: 'function', name: 'a.b' }] }, /does not match pattern/],
  [
    'an unknown member of a tool',
    { tools: [{ type: 'function', name: 'f', input_schema: {} }] },
    /Unknown parameter: 'tools\[0\]\.input_schema'/,
  ],
  [
    'a choice that is not declared',
    { tools: [{ type: 'function', name: 'f' }], tool_choice: { type: 'function', name: 'g' } },
    /not found in 'tools'/,
  ],
  ['a limit under 16', { max_output_tokens: 5 }, /Expected a value >= 16, but got 5/, 'integer_below_min_value'],
  ['an unknown effort', { reasoning: { effort: 'huge' } }, /Supported values are/],
  ['an unknown include', { include: ['everything'] }, /include|Invalid value: 'everything'/],
  ['a nested format', { text: { format: { type: 'json_schema', json_schema: { name: 'x' } } } }, /text\.format\.name/],
  [
    'an open format under strict',
    { text: { format: { type: 'json_schema', name: 'x', strict: true, schema: { type: 'object' } } } },
    /'additionalProperties' is required/,
    'invalid_json_schema',
  ],
])('refuses %s', async (_name, fields, message, code) => {
  const refused = await post(upstream, '/v1/responses', { model: 'm', input: 'hi', ...fields });
  expect(refused.error.message).toMatch(message);
  expect(refused.status).toBe(400);
  if (code !== undefined) expect(refused.error.code).toBe(code);
});

test('does not find reasoning that was never stored', async () => {
  const input = [user, { type: 'reasoning', id: 'rs_1', summary: [] }, call, output];
  const { status, error } = await post(upstream, '/v1/responses', { model: 'm', input, store: false });
  expect(status).toBe(404);
  expect(error.message).toMatch(/Items are not persisted when `store` is set to false/);
});

test.each<[string, object]>([
  ['a whole loop', { input: [user, own, call, output, user] }],
  [
    'parallel calls answered later',
    { input: [user, call, { ...call, call_id: 'c2' }, output, { ...output, call_id: 'c2' }] },
  ],
  [
    'what Codex sends',
    {
      input: [{ type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'a' }] }, user],
      client_metadata: { a: 'b' },
      store: false,
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: 'k',
      tools: [{ type: 'web_search', external_web_access: false }],
    },
  ],
])('takes %s', async (_name, fields) => {
  const { status, error } = await post(upstream, '/v1/responses', { model: 'm', input: 'hi', ...fields });
  expect(error.message).toBe('');
  expect(status).toBe(200);
});
