import { createOpenAI } from '@ai-sdk/openai';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { openaiResponsesClient } from '../../../../src/daemon/dialects/openai-responses/dialect.js';
import { sseFrame } from '../../../../src/daemon/framing/sse-frame.js';
import type { ModelResponse } from '../../../../src/daemon/ir/event.js';
import { expandResponse } from '../../../../src/daemon/ir/expand.js';
import { isObject, parseJson } from '../../../../src/daemon/ir/json.js';
import { clientContext } from '../../../support/openai-responses.js';

const ANSWER: ModelResponse = {
  id: 'msg_1',
  content: [
    { type: 'reasoning', text: 'hm', opaque: { origin: 'anthropic-messages', value: 'SIG' } },
    { type: 'search', id: 'srvtoolu_1', queries: ['news'], results: [{ url: 'https://e.org', title: 'E' }] },
    { type: 'text', text: 'See this', citations: [{ url: 'https://e.org', title: 'E' }] },
    { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: 'AAAA' } },
    { type: 'tool-call', id: 'call_1', name: 'weather', input: '{"city":"Oslo"}' },
  ],
  finish: { reason: 'tool-calls' },
  usage: { inputTokens: 10, cacheReadTokens: 4, outputTokens: 6, reasoningTokens: 2 },
};

/** Answers as our client dialect would, streamed if the request says so. */
function answering(answer: ModelResponse): typeof fetch {
  return async (_url, init) => {
    const body = parseJson(String(init?.body));
    if (!isObject(body)) throw new Error('the SDK sent no JSON object');
    const context = clientContext(body);
    if (body['stream'] !== true) return Response.json(openaiResponsesClient.encodeResponse(answer, context));
    let text = '';
    const encoder = openaiResponsesClient.openEncoder(context);
    expandResponse(answer, (event) =>
      encoder.write(event, (name, data) => {
        text += sseFrame(name, data);
      }),
    );
    return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
  };
}

const openai = new OpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1', fetch: answering(ANSWER), maxRetries: 0 });
const ai = createOpenAI({ apiKey: 'k', baseURL: 'http://127.0.0.1:1/v1', fetch: answering(ANSWER) });

test('the OpenAI SDK folds the stream into the answer it gets whole', async () => {
  const request = { model: 'm', input: 'x', store: false };
  const whole = await openai.responses.create(request);
  const streamed = await openai.responses.stream(request).finalResponse();
  expect(streamed.output_text).toBe('See this');
  expect(whole.output_text).toBe('See this');
  expect(streamed.output.map(({ type }) => type)).toEqual(whole.output.map(({ type }) => type));
  expect(streamed.usage).toEqual(whole.usage);
});

test('the ai SDK accepts every part of a stream', async () => {
  const result = streamText({ model: ai.responses('gpt-5.5'), prompt: 'x', onError: () => undefined });
  const types = [];
  for await (const part of result.fullStream) types.push(part.type);
  expect(types).not.toContain('error');
  expect(types).toEqual(
    expect.arrayContaining(['reasoning-delta', 'text-delta', 'source', 'tool-call', 'tool-result']),
  );
  expect(await result.text).toBe('See this');
  expect(await result.usage).toMatchObject({ inputTokens: 10, outputTokens: 6 });
});

test('the ai SDK accepts a whole answer', async () => {
  const { text, reasoningText, sources, usage } = await generateText({ model: ai.responses('gpt-5.5'), prompt: 'x' });
  expect(text).toBe('See this');
  expect(reasoningText).toBe('hm');
  expect(sources).toMatchObject([{ url: 'https://e.org' }]);
  expect(usage).toMatchObject({ inputTokens: 10, outputTokens: 6 });
});
