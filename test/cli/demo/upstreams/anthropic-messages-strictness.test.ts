import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueOpaque } from '../../../../src/cli/demo/upstreams/opaque.js';
import { PNG } from '../../../support/client-requests.js';
import { type SimulatedUpstream, startSimulatedUpstream } from '../../../support/upstream.js';
import { post } from './refusals.js';

const models = ['claude-sonnet-4-5', 'claude-opus-4-7', 'claude-opus-5'];
let upstream: SimulatedUpstream;
beforeAll(async () => {
  upstream = await startSimulatedUpstream({ kind: 'anthropic-messages', models });
});
afterAll(() => upstream.close());

const user = { role: 'user', content: 'hi' };
const use = { type: 'tool_use', id: 't1', name: 'f', input: {} };
const result = { type: 'tool_result', tool_use_id: 't1', content: 'ok' };
const said = (...content: object[]) => ({ role: 'user', content });
const answered = (...content: object[]) => ({ role: 'assistant', content });
const text = (value: string) => ({ type: 'text', text: value });
const marked = { ...text('x'), cache_control: { type: 'ephemeral' } };
const tool = (fields: object = {}) => ({ name: 'f', input_schema: { type: 'object' }, ...fields });
const enabled = { thinking: { type: 'enabled', budget_tokens: 1024 }, max_tokens: 2000 };
const thought = { type: 'thinking', thinking: 'hm', signature: issueOpaque('anthropic', 'hm') };
const image = (fields: object) =>
  said({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG, ...fields } });
const output = (schema: object) => ({ output_config: { format: { type: 'json_schema', schema } } });

test.each<[string, object, RegExp]>([
  ['no max_tokens', { max_tokens: undefined }, /max_tokens: Field required/],
  ['max_tokens 0', { max_tokens: 0 }, /greater than or equal to 1/],
  ['an unknown field', { stop: ['x'] }, /stop: Extra inputs are not permitted/],
  ['a field without its beta', { context_management: {} }, /context_management: Extra inputs are not permitted/],
  ['an unknown member of metadata', { metadata: { session: 'x' } }, /metadata\.session: Extra inputs/],
  ['no messages', { messages: [] }, /at least one message is required/],
  ['an assistant first', { messages: [answered(text('a')), user] }, /first message must use the "user" role/],
  ['two users in a row', { messages: [user, user] }, /roles must alternate/],
  [
    'a system role on an older model',
    { messages: [user, { role: 'system', content: 'x' }] },
    /role 'system' is not supported on this model/,
  ],
  ['an unknown role', { messages: [{ role: 'tool', content: 'x' }] }, /Unexpected role "tool"/],
  ['an unknown member of a message', { messages: [{ ...user, name: 'x' }] }, /messages\.0\.name: Extra inputs/],
  ['empty content', { messages: [{ role: 'user', content: '' }] }, /must have non-empty content/],
  ['an empty text', { messages: [said(text(''))] }, /text content blocks must be non-empty/],
  ['a blank text', { messages: [said(text(' \n'))] }, /non-whitespace/],
  ['an empty system text', { system: [text('')] }, /non-empty/],
  ['an unknown block', { messages: [said({ type: 'input_text', text: 'x' })] }, /Input tag 'input_text'/],
  [
    'an unknown member of a block',
    { messages: [said({ ...text('x'), detail: 1 })] },
    /messages\.0\.content\.0\.text\.detail: Extra inputs/,
  ],
  [
    'a call without its result',
    { messages: [user, answered(use), said(text('go'))] },
    /`tool_use` ids were found without `tool_result` blocks immediately after: t1/,
  ],
  ['a result after text', { messages: [user, answered(use), said(text('go'), result)] }, /ids were found without/],
  [
    'a result without its call',
    { messages: [said(result)] },
    /unexpected `tool_use_id` found in `tool_result` blocks: t1/,
  ],
  ['two results for one call', { messages: [user, answered(use), said(result, result)] }, /single result/],
  [
    'a call id used twice',
    { messages: [user, answered(use), said(result), answered(use), said(result)] },
    /must be unique/,
  ],
  [
    'a call id with a colon',
    { messages: [user, answered({ ...use, id: 'a:1' }), said({ ...result, tool_use_id: 'a:1' })] },
    /String should match pattern/,
  ],
  [
    'arguments as text',
    { messages: [user, answered({ ...use, input: '{}' }), said(result)] },
    /Input should be a valid dictionary/,
  ],
  ['a call by the user', { messages: [said(use)] }, /can only be in `assistant` messages/],
  [
    'prefill that ends with a space',
    { messages: [user, { role: 'assistant', content: 'The ' }] },
    /cannot end with trailing whitespace/,
  ],
  [
    'prefill on a newer model',
    { model: 'claude-opus-4-7', messages: [user, { role: 'assistant', content: 'The' }] },
    /does not support assistant message prefill/,
  ],
  [
    'a budget under 1024',
    { ...enabled, thinking: { type: 'enabled', budget_tokens: 512 } },
    /greater than or equal to 1024/,
  ],
  ['no budget', { ...enabled, thinking: { type: 'enabled' } }, /budget_tokens: Field required/],
  ['a budget as large as max_tokens', { ...enabled, max_tokens: 1024 }, /`max_tokens` must be greater than/],
  ['temperature with thinking', { ...enabled, temperature: 0.5 }, /may only be set to 1/],
  ['top_p with thinking', { ...enabled, top_p: 0.5 }, /greater than or equal to 0.95/],
  ['top_k with thinking', { ...enabled, top_k: 5 }, /must be unset/],
  [
    'a forced tool with thinking',
    { ...enabled, tools: [tool()], tool_choice: { type: 'any' } },
    /may not be enabled when tool_choice forces/,
  ],
  [
    'a call without thinking before it',
    { ...enabled, messages: [user, answered(use), said(result)] },
    /Expected `thinking` or `redacted_thinking`, but found `tool_use`/,
  ],
  ['adaptive thinking on an older model', { thinking: { type: 'adaptive' } }, /adaptive thinking is not supported/],
  ['a budget on a newer model', { ...enabled, model: 'claude-opus-4-7' }, /"thinking.type.enabled" is not supported/],
  [
    'temperature on a newer model',
    { model: 'claude-opus-5', temperature: 1 },
    /`temperature` is deprecated for this model/,
  ],
  [
    'a foreign signature',
    { messages: [user, answered({ ...thought, signature: issueOpaque('gemini', 'hm') }, text('a')), user] },
    /Invalid `signature` in `thinking` block/,
  ],
  [
    'a changed thought',
    { messages: [user, answered({ ...thought, thinking: 'ha' }, text('a')), user] },
    /messages\.1\.content\.0: Invalid `signature`/,
  ],
  [
    'thinking without signature',
    { messages: [user, answered({ type: 'thinking', thinking: 'hm' }, text('a')), user] },
    /signature: Field required/,
  ],
  ['temperature 1.5', { temperature: 1.5 }, /range: 0\.\.1/],
  ['temperature and top_p', { temperature: 0.5, top_p: 0.5 }, /cannot both be specified/],
  [
    'five breakpoints',
    { system: [marked, marked, marked], messages: [said(marked, marked)] },
    /A maximum of 4 blocks with cache_control may be provided. Found 5/,
  ],
  [
    'a breakpoint on thinking',
    { messages: [user, answered({ ...thought, cache_control: { type: 'ephemeral' } }, text('a')), user] },
    /thinking\.cache_control: Extra inputs/,
  ],
  [
    'a long breakpoint after a short one',
    { system: [marked], messages: [said({ ...marked, cache_control: { type: 'ephemeral', ttl: '1h' } })] },
    /must not come after/,
  ],
  ['a tool without schema', { tools: [{ name: 'f' }] }, /input_schema: Field required/],
  ['a tool schema without type', { tools: [tool({ input_schema: {} })] }, /input_schema\.type: Field required/],
  [
    'a tool schema that is no object',
    { tools: [tool({ input_schema: { type: 'string' } })] },
    /Input should be 'object'/,
  ],
  [
    'a union as tool schema',
    { tools: [tool({ input_schema: { type: 'object', anyOf: [] } })] },
    /does not support oneOf, allOf, or anyOf/,
  ],
  ['an OpenAI tool', { tools: [{ type: 'function', function: { name: 'f' } }] }, /Input tag 'function'/],
  ['a tool name with a dot', { tools: [tool({ name: 'a.b' })] }, /String should match pattern/],
  ['two tools of one name', { tools: [tool(), tool()] }, /must be unique/],
  ['tool_choice without tools', { tool_choice: { type: 'auto' } }, /only be specified while providing tools/],
  [
    'a choice that is not declared',
    { tools: [tool()], tool_choice: { type: 'tool', name: 'g' } },
    /Tool 'g' not found/,
  ],
  [
    'an image type it does not know',
    { messages: [image({ media_type: 'image/tiff' })] },
    /Input should be 'image\/jpeg'/,
  ],
  ['an image that is another', { messages: [image({ media_type: 'image/jpeg' })] }, /appears to be a image\/png image/],
  ['an image that is no base64', { messages: [image({ data: 'a*b=' })] }, /invalid base64 data/],
  ['an open output schema', output({ type: 'object' }), /'additionalProperties' must be explicitly set to false/],
  [
    'bounds in an output schema',
    output({
      type: 'object',
      additionalProperties: false,
      properties: { a: { type: 'integer', minimum: 1, maximum: 2 } },
    }),
    /properties minimum, maximum are not supported/,
  ],
])('refuses %s', async (_name, fields, message) => {
  const body = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [user], ...fields };
  const refused = await post(upstream, '/v1/messages', body);
  expect(refused.error.message).toMatch(message);
  expect(refused.status).toBe(400);
});

test.each<[string, object]>([
  [
    'a whole loop with thinking',
    { ...enabled, tools: [tool()], messages: [user, answered(thought, use), said(result, text('next'))] },
  ],
  ['a system message on a newer model', { model: 'claude-opus-5', messages: [user, { role: 'system', content: 'x' }] }],
  ['prefill on an older model', { messages: [user, { role: 'assistant', content: 'The' }] }],
  [
    'a long breakpoint before a short one',
    { system: [{ ...marked, cache_control: { type: 'ephemeral', ttl: '1h' } }], messages: [said(marked)] },
  ],
])('takes %s', async (_name, fields) => {
  const body = { model: 'claude-sonnet-4-5', max_tokens: 100, messages: [user], ...fields };
  const { status, error } = await post(upstream, '/v1/messages', body);
  expect(error.message).toBe('');
  expect(status).toBe(200);
});

test('takes a field beside its beta, and counts only what may be counted', async () => {
  const body = { model: 'claude-sonnet-4-5', messages: [user] };
  const beta = { 'anthropic-beta': 'context-management-2025-06-27' };
  const managed = await post(upstream, '/v1/messages', { ...body, max_tokens: 9, context_management: {} }, beta);
  expect(managed.status).toBe(200);
  expect((await post(upstream, '/v1/messages/count_tokens', body)).status).toBe(200);
  const refused = await post(upstream, '/v1/messages/count_tokens', { ...body, max_tokens: 9 });
  expect(refused.error.message).toBe('max_tokens: Extra inputs are not permitted');
});
