import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { initiatorOf } from '../../../../src/daemon/providers/copilot/initiator.js';
import { hasImage } from '../../../../src/daemon/providers/copilot/vision.js';
import { relayed } from '../../../support/provider.js';

const user = (content: unknown) => ({ role: 'user', content });
const result = { type: 'tool_result', tool_use_id: 't', content: 'x' };
const text = { type: 'text', text: 'x' };

describe('who began the last turn', () => {
  test.each([
    ['anthropic-messages', { messages: [user('hi')] }, 'user'],
    ['anthropic-messages', { messages: [user([result, result])] }, 'agent'],
    ['anthropic-messages', { messages: [user([result, text])] }, 'user'],
    ['anthropic-messages', { messages: [user([])] }, 'user'],
    ['anthropic-messages', { messages: [user('hi'), { role: 'assistant', content: 'So' }] }, 'agent'],
    ['anthropic-messages', { messages: [{ role: 'assistant', content: 'a' }, user('and?')] }, 'user'],
    ['openai-chat', { messages: [user('hi')] }, 'user'],
    ['openai-chat', { messages: [{ role: 'system', content: 'x' }] }, 'user'],
    ['openai-chat', { messages: [{ role: 'tool', tool_call_id: 't', content: 'x' }] }, 'agent'],
    ['openai-chat', { messages: [{ role: 'function', name: 't', content: 'x' }] }, 'agent'],
    ['openai-chat', { messages: [{ role: 'assistant', content: 'x' }] }, 'agent'],
    ['openai-chat', { messages: [{ role: 'tool', content: 'x' }, user('next')] }, 'user'],
    ['openai-responses', { input: 'hi' }, 'user'],
    ['openai-responses', { input: [{ type: 'function_call_output', output: 'x' }] }, 'agent'],
    ['openai-responses', { input: [{ type: 'custom_tool_call_output', output: 'x' }] }, 'agent'],
    ['openai-responses', { input: [{ type: 'function_call', name: 'f' }] }, 'agent'],
    ['openai-responses', { input: [{ type: 'reasoning' }] }, 'agent'],
    ['openai-responses', { input: [{ type: 'message', role: 'assistant' }] }, 'agent'],
    ['openai-responses', { input: [{ role: 'user', content: 'x' }] }, 'user'],
    ['gemini-generate', { contents: [{ role: 'user', parts: [{ text: 'x' }] }] }, 'user'],
    ['gemini-generate', { contents: [{ role: 'user', parts: [{ functionResponse: {} }] }] }, 'agent'],
    ['gemini-generate', { contents: [{ role: 'model', parts: [{ text: 'x' }] }] }, 'agent'],
    ['openai-completions', { prompt: 'x' }, 'user'],
    ['openai-chat', {}, 'user'],
    ['openai-chat', { messages: [] }, 'user'],
    ['openai-chat', { messages: ['nonsense'] }, 'user'],
  ] as const)('%s %j: %s', (dialect, body, expected) => {
    expect(initiatorOf(dialect, relayed(body as unknown as JsonObject))).toBe(expected);
  });
});

describe('an image is found', () => {
  test.each<[string, JsonObject, boolean]>([
    ['in a chat message', { messages: [user([{ type: 'image_url', image_url: { url: 'x' } }])] as never }, true],
    ['in a Messages block', { messages: [user([{ type: 'image', source: {} }])] as never }, true],
    [
      'in a tool result',
      { messages: [user([{ ...result, content: [{ type: 'image', source: {} }] }])] as never },
      true,
    ],
    ['in a Responses part', { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] }, true],
    ['as an item of its own', { input: [{ type: 'input_image', image_url: 'x' }] }, true],
    ['in a call’s output', { input: [{ type: 'function_call_output', output: [{ type: 'input_image' }] }] }, true],
    ['but not in words about one', { messages: [user('a "type":"image" is no image_url')] as never }, false],
    [
      'but not in a tool’s schema',
      {
        messages: [user('x')] as never,
        tools: [{ type: 'function', function: { parameters: { properties: { image: { type: 'image' } } } } }],
      },
      false,
    ],
  ])('%s', (_name, body, expected) => {
    expect(hasImage(relayed(body))).toBe(expected);
  });
});
