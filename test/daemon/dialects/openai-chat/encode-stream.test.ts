import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openaiChatClient } from '../../../../src/daemon/dialects/openai-chat/dialect.js';
import { openCollector } from '../../../../src/daemon/ir/collect.js';
import type { ModelEvent } from '../../../../src/daemon/ir/event.js';
import { expandResponse } from '../../../../src/daemon/ir/expand.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { ModelRequest } from '../../../../src/daemon/ir/request.js';
import { modelResponses } from '../../../support/model-response.js';
import { decodeStream, encodeContext, fixtureBody, foreignRequest } from '../../../support/openai-chat.js';

const withUsage = foreignRequest('openai-chat', {
  ext: { 'openai-chat': { stream_options: { include_usage: true } } },
});

function frames(events: readonly ModelEvent[], request?: ModelRequest): string[] {
  const written: string[] = [];
  const encoder = openaiChatClient.openEncoder(encodeContext(request));
  for (const event of events) {
    encoder.write(event, (name, data) => {
      expect(name).toBeUndefined();
      written.push(data);
    });
  }
  return written;
}
const chunks = (events: readonly ModelEvent[], request?: ModelRequest): JsonObject[] =>
  frames(events, request)
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data));
const deltas = (events: readonly ModelEvent[], request?: ModelRequest): unknown[] =>
  chunks(events, request).map((chunk) => (chunk as { choices: { delta: unknown }[] }).choices[0]?.delta);

const start: ModelEvent = { type: 'response-start', id: 'msg_1', model: 'upstream-model' };
const end = (reason: 'stop' | 'tool-calls' | 'length' = 'stop'): ModelEvent => ({
  type: 'response-end',
  finish: { reason },
});
const text = (index: number, ...pieces: string[]): ModelEvent[] => [
  { type: 'text-start', index },
  ...pieces.map((piece): ModelEvent => ({ type: 'text-delta', index, text: piece })),
  { type: 'text-end', index },
];
const first = { role: 'assistant', content: '' };

describe('streams for clients', () => {
  test('a text answer: role, deltas, finish, [DONE]; the model is what the client asked for', () => {
    expect(frames([start, ...text(0, 'a', '"b"'), end()])).toEqual([
      '{"id":"msg_1","object":"chat.completion.chunk","created":1780000000,"model":"alias","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}',
      '{"id":"msg_1","object":"chat.completion.chunk","created":1780000000,"model":"alias","choices":[{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null}]}',
      '{"id":"msg_1","object":"chat.completion.chunk","created":1780000000,"model":"alias","choices":[{"index":0,"delta":{"content":"\\"b\\""},"logprobs":null,"finish_reason":null}]}',
      '{"id":"msg_1","object":"chat.completion.chunk","created":1780000000,"model":"alias","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}',
      '[DONE]',
    ]);
  });

  test('tool indexes count calls, not blocks, and fragments pass without waiting for an end', () => {
    const events: ModelEvent[] = [
      start,
      { type: 'reasoning-start', index: 0 },
      { type: 'reasoning-delta', index: 0, text: 'hm' },
      { type: 'reasoning-end', index: 0, opaque: { origin: 'anthropic-messages', value: 'secret-state' } },
      { type: 'tool-call-start', index: 1, id: 'a', name: 'f' },
      { type: 'tool-call-delta', index: 1, json: '{"x":' },
      { type: 'tool-call-start', index: 2, id: 'b', name: 'g' },
      { type: 'tool-call-delta', index: 2, json: '{}' },
      { type: 'tool-call-delta', index: 1, json: '1}' },
      { type: 'tool-call-end', index: 1 },
      { type: 'tool-call-end', index: 2 },
      end('tool-calls'),
    ];
    expect(deltas(events)).toEqual([
      first,
      { reasoning_content: 'hm' },
      { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"x":' } }] },
      { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'g', arguments: '' } }] },
      { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '1}' } }] },
      {},
    ]);
    expect(frames(events).join('')).not.toContain('secret-state');
    expect(chunks(events).at(-1)).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] });
  });

  test('a call without input has an empty object of arguments', () => {
    const events: ModelEvent[] = [
      start,
      { type: 'tool-call-start', index: 0, id: 'a', name: 'f' },
      { type: 'tool-call-end', index: 0 },
      end(),
    ];
    expect(deltas(events)).toContainEqual({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] });
    expect(chunks(events).at(-1)).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] });
  });

  test('a custom call keeps its raw text', () => {
    const events: ModelEvent[] = [
      start,
      { type: 'tool-call-start', index: 0, id: 'a', name: 'apply', custom: true },
      { type: 'tool-call-delta', index: 0, json: '*** x' },
      { type: 'tool-call-end', index: 0 },
      end(),
    ];
    expect(deltas(events).slice(1, 3)).toEqual([
      { tool_calls: [{ index: 0, id: 'a', type: 'custom', custom: { name: 'apply', input: '' } }] },
      { tool_calls: [{ index: 0, custom: { input: '*** x' } }] },
    ]);
  });

  test.each([
    ['gemini-generate', 'SIG'],
    ['openai-chat', 'cliproxy0CSIG'],
  ])('a signature of %s travels in its slot as %s', (origin, value) => {
    const events: ModelEvent[] = [
      start,
      { type: 'tool-call-start', index: 0, id: 'a', name: 'f', opaque: { origin, value: 'SIG' } },
      { type: 'tool-call-end', index: 0 },
      end(),
    ];
    expect(deltas(events)[1]).toMatchObject({
      tool_calls: [{ extra_content: { google: { thought_signature: value } } }],
    });
  });

  test('no chunk has usage unless the client asked for it; then exactly one, before [DONE]', () => {
    const events: ModelEvent[] = [
      start,
      { type: 'usage', usage: { inputTokens: 10, cacheReadTokens: 4 } },
      ...text(0, 'a'),
      { type: 'usage', usage: { outputTokens: 5, reasoningTokens: 3 } },
      end(),
    ];
    expect(chunks(events).filter((chunk) => 'usage' in chunk)).toEqual([]);
    const all = frames(events, withUsage);
    expect(all.filter((data) => data.includes('"usage"'))).toHaveLength(1);
    expect(all.at(-1)).toBe('[DONE]');
    expect(JSON.parse(all.at(-2) ?? '')).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens_details: { reasoning_tokens: 3 },
      },
    });
  });

  test('an error is one frame, without [DONE]', () => {
    const events: ModelEvent[] = [
      start,
      { type: 'text-start', index: 0 },
      { type: 'text-delta', index: 0, text: 'a' },
      { type: 'text-delta', index: 0, text: 'b' },
      { type: 'error', error: { reason: 'overloaded', code: 'overloaded_error', message: 'busy' } },
    ];
    const all = frames(events);
    expect(all).toHaveLength(4);
    expect(JSON.parse(all[3] ?? '')).toEqual({
      error: { message: 'busy', type: 'server_error', param: null, code: 'overloaded_error' },
    });
  });

  test('refusals, citations and pictures', () => {
    const events: ModelEvent[] = [
      start,
      ...text(0, 'abc'),
      { type: 'text-start', index: 1 },
      { type: 'text-delta', index: 1, text: 'see A' },
      { type: 'citation', index: 1, citation: { url: 'https://a.example', title: 'A', start: 4, end: 5 } },
      { type: 'text-end', index: 1 },
      { type: 'text-start', index: 2, refusal: true },
      { type: 'text-delta', index: 2, text: 'no' },
      { type: 'text-end', index: 2 },
      {
        type: 'part',
        index: 3,
        part: { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AA' } },
      },
      end(),
    ];
    expect(deltas(events)).toEqual([
      first,
      { content: 'abc' },
      { content: 'see A' },
      {
        annotations: [
          {
            type: 'url_citation',
            url_citation: { url: 'https://a.example', title: 'A', start_index: 7, end_index: 8 },
          },
        ],
      },
      { refusal: 'no' },
      { images: [{ index: 0, type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }] },
      {},
    ]);
  });

  test('further answers come as chunks of their own', () => {
    const events: ModelEvent[] = [
      start,
      ...text(0, 'a'),
      {
        type: 'response-end',
        finish: { reason: 'stop' },
        alternatives: [{ content: [{ type: 'text', text: 'b' }], finish: { reason: 'length' } }],
      },
    ];
    expect(chunks(events).at(-1)).toMatchObject({
      choices: [{ index: 1, delta: { role: 'assistant', content: 'b' }, finish_reason: 'length' }],
    });
  });

  test('a client that knows functions only gets function_call', () => {
    const request = openaiChatClient.decodeRequest(fixtureBody('requests/legacy.json'));
    const events: ModelEvent[] = [
      start,
      { type: 'tool-call-start', index: 0, id: 'a', name: 'add' },
      { type: 'tool-call-delta', index: 0, json: '{}' },
      { type: 'tool-call-end', index: 0 },
      end('tool-calls'),
    ];
    expect(deltas(events, request).slice(1, 3)).toEqual([
      { function_call: { name: 'add', arguments: '' } },
      { function_call: { arguments: '{}' } },
    ]);
    expect(chunks(events, request).at(-1)).toMatchObject({ choices: [{ finish_reason: 'function_call' }] });
  });

  test('what is written can be read again: text, thinking and calls of any answer survive', () => {
    fc.assert(
      fc.property(modelResponses, (response) => {
        const { alternatives: _alternatives, ...single } = response;
        const written: string[] = [];
        const encoder = openaiChatClient.openEncoder(encodeContext());
        expandResponse(single, (event) => encoder.write(event, (_name, data) => written.push(data)));
        const collector = openCollector();
        for (const event of decodeStream([Buffer.from(written.map((data) => `data: ${data}\n\n`).join(''))])) {
          collector.write(event);
        }
        const { content } = collector.result();
        const textOf = (parts: typeof content, refusal: boolean): string =>
          parts.map((part) => (part.type === 'text' && (part.refusal === true) === refusal ? part.text : '')).join('');
        expect(textOf(content, false)).toBe(textOf(single.content, false));
        expect(textOf(content, true)).toBe(textOf(single.content, true));
        const calls = (parts: typeof content): unknown[] =>
          parts.flatMap((part) =>
            part.type === 'tool-call'
              ? [[part.id, part.name, part.input === '' && part.custom !== true ? '{}' : part.input, part.custom]]
              : [],
          );
        expect(calls(content)).toEqual(calls(single.content));
      }),
    );
  });
});
