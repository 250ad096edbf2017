import { describe, expect, test } from 'vitest';
import { openaiCompletionsClient } from '../../../../src/daemon/dialects/openai-completions/dialect.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { ModelEvent } from '../../../../src/daemon/ir/event.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { encodeContext } from '../../../support/openai-chat.js';

const decode = (more: JsonObject) => openaiCompletionsClient.decodeRequest({ model: 'm', prompt: 'Once', ...more });

function frames(events: readonly ModelEvent[], more: JsonObject = {}): string[] {
  const written: string[] = [];
  const encoder = openaiCompletionsClient.openEncoder(encodeContext(decode(more)));
  for (const event of events) encoder.write(event, (_name, data) => written.push(data));
  return written;
}
const texts = (written: readonly string[]): unknown[] =>
  written.filter((data) => data !== '[DONE]').map((data) => JSON.parse(data).choices[0]?.text);

const answer: ModelEvent[] = [
  { type: 'response-start', id: 'x' },
  { type: 'reasoning-start', index: 0 },
  { type: 'reasoning-delta', index: 0, text: 'hm' },
  { type: 'reasoning-end', index: 0 },
  { type: 'text-start', index: 1 },
  { type: 'text-delta', index: 1, text: ' upon' },
  { type: 'text-delta', index: 1, text: ' a "time"' },
  { type: 'text-end', index: 1 },
  { type: 'usage', usage: { inputTokens: 1, outputTokens: 4 } },
  { type: 'response-end', finish: { reason: 'length' } },
];

describe('legacy completion requests', () => {
  test('the prompt is one user message', () => {
    const request = decode({
      max_tokens: 16,
      temperature: 0.1,
      stop: '\n',
      n: 2,
      user: 'u',
      stream: true,
      suffix: null,
      best_of: 1,
    });
    expect(request).toMatchObject({
      dialect: 'openai-completions',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Once' }] }],
      sampling: { maxOutputTokens: 16, temperature: 0.1, stop: ['\n'], candidates: 2 },
      userId: 'u',
      stream: true,
    });
  });

  test('a list of one text is that text', () => {
    expect(decode({ prompt: ['Twice'] }).messages).toMatchObject([{ content: [{ text: 'Twice' }] }]);
  });

  test.each<{ body: JsonObject; path: string; message: string }>([
    { body: { model: null }, path: 'model', message: 'missing' },
    { body: { prompt: null }, path: 'prompt', message: 'missing' },
    { body: { prompt: ['a', 'b'] }, path: 'prompt', message: 'a request of its own' },
    { body: { prompt: [1, 2, 3] }, path: 'prompt', message: 'token numbers' },
    { body: { prompt: [[1, 2]] }, path: 'prompt', message: 'token numbers' },
    { body: { suffix: 'end' }, path: 'suffix', message: 'not supported' },
    { body: { best_of: 3 }, path: 'best_of', message: 'not supported' },
    { body: { logprobs: 0 }, path: 'logprobs', message: 'not supported' },
    { body: { stop: [1] }, path: 'stop', message: 'a string or an array of strings' },
    { body: { temperature: 'x' }, path: 'temperature', message: 'a number' },
  ])('refuses $body', ({ body, path, message }) => {
    expect(() => decode(body)).toThrow(RequestFault);
    expect(() => decode(body)).toThrow(message);
    expect(() => decode(body)).toThrow(expect.objectContaining({ path }));
  });
});

describe('legacy completion answers', () => {
  test('a stream holds the text and nothing else', () => {
    const written = frames(answer);
    expect(written).toEqual([
      '{"id":"x","object":"text_completion","created":1780000000,"model":"alias","choices":[{"text":" upon","index":0,"logprobs":null,"finish_reason":null}]}',
      '{"id":"x","object":"text_completion","created":1780000000,"model":"alias","choices":[{"text":" a \\"time\\"","index":0,"logprobs":null,"finish_reason":null}]}',
      '{"id":"x","object":"text_completion","created":1780000000,"model":"alias","choices":[{"text":"","index":0,"logprobs":null,"finish_reason":"length"}]}',
      '[DONE]',
    ]);
  });

  test('echo puts the prompt first', () => {
    expect(texts(frames(answer, { echo: true }))).toEqual(['Once', ' upon', ' a "time"', '']);
  });

  test('usage comes in one chunk of its own, if asked for', () => {
    const written = frames(answer, { stream_options: { include_usage: true } });
    expect(written.filter((data) => data.includes('"usage"'))).toHaveLength(1);
    expect(JSON.parse(written.at(-2) ?? '')).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 1, completion_tokens: 4, total_tokens: 5 },
    });
  });

  test('further answers are chunks with their own index', () => {
    const end: ModelEvent = {
      type: 'response-end',
      finish: { reason: 'stop' },
      alternatives: [{ content: [{ type: 'text', text: 'B' }], finish: { reason: 'length' } }],
    };
    expect(JSON.parse(frames([{ type: 'response-start' }, end]).at(-2) ?? '')).toMatchObject({
      id: 'cmpl-1',
      choices: [{ text: 'B', index: 1, finish_reason: 'length' }],
    });
  });

  test('an error is one frame, without [DONE]', () => {
    const written = frames([{ type: 'error', error: { reason: 'rate-limit', message: 'slow down' } }]);
    expect(written.map((data) => JSON.parse(data))).toEqual([
      { error: { message: 'slow down', type: 'rate_limit_error', param: null, code: 'rate_limit_exceeded' } },
    ]);
  });

  test('a whole answer', () => {
    const body = openaiCompletionsClient.encodeResponse(
      {
        content: [
          { type: 'reasoning', text: 'hm' },
          { type: 'text', text: ' upon' },
        ],
        finish: { reason: 'stop' },
        usage: { inputTokens: 1, outputTokens: 4, cacheReadTokens: 1 },
      },
      encodeContext(decode({ echo: true })),
    );
    expect(body).toEqual({
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1_780_000_000,
      model: 'alias',
      choices: [{ text: 'Once upon', index: 0, logprobs: null, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: 1,
        completion_tokens: 4,
        total_tokens: 5,
        prompt_tokens_details: { cached_tokens: 1 },
      },
    });
  });

  test('an error has the status of its reason', () => {
    expect(openaiCompletionsClient.encodeError({ reason: 'quota', message: 'm' })).toEqual({
      status: 429,
      body: { error: { message: 'm', type: 'rate_limit_error', param: null, code: 'insufficient_quota' } },
    });
  });
});
