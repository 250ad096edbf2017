import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateText, type LanguageModel, Output, stepCountIs, streamText, tool } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { PNG, PNG_BYTES } from '../support/client-requests.js';
import { MODEL_OF, type TestGateway, UPSTREAM_KINDS, useGateway } from '../support/gateway.js';
import { errorReply } from '../support/upstream.js';

let gateway: TestGateway;
useGateway((started) => {
  gateway = started;
});

const PROVIDERS: Readonly<Record<string, (model: string, apiKey?: string) => LanguageModel>> = {
  '@ai-sdk/openai chat': (model, apiKey = gateway.key) =>
    createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey }).chat(model),
  '@ai-sdk/openai responses': (model, apiKey = gateway.key) =>
    createOpenAI({ baseURL: `${gateway.url}/v1`, apiKey }).responses(model),
  '@ai-sdk/openai-compatible': (model, apiKey = gateway.key) =>
    createOpenAICompatible({
      name: 'gateway',
      baseURL: `${gateway.url}/v1`,
      apiKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    }).chatModel(model),
  '@ai-sdk/anthropic': (model, apiKey = gateway.key) =>
    createAnthropic({ baseURL: `${gateway.url}/v1`, apiKey })(model),
  '@ai-sdk/google': (model, apiKey = gateway.key) =>
    createGoogleGenerativeAI({ baseURL: `${gateway.url}/v1beta`, apiKey })(model),
};

const pairs = Object.keys(PROVIDERS).flatMap((name) => UPSTREAM_KINDS.map((kind) => ({ name, kind })));
const getWeather = tool({
  description: 'The weather in a city',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `${city} is sunny`,
});

describe.each(pairs)('$name to $kind', ({ name, kind }) => {
  const model = (): LanguageModel => {
    const open = PROVIDERS[name];
    if (open === undefined) throw new Error(name);
    return open(MODEL_OF[kind]);
  };

  test('generates text with usage', async () => {
    const { text, usage, finishReason } = await generateText({ model: model(), prompt: 'good morning', maxRetries: 0 });
    expect(text).toBe(`Hello from ${kind}: good morning`);
    expect(finishReason).toBe('stop');
    expect(usage.inputTokens).toBeGreaterThan(0);
  });

  test('streams text through a loop of parallel tool calls', async () => {
    const result = streamText({
      model: model(),
      prompt: 'use get_weather in parallel',
      tools: { get_weather: getWeather },
      stopWhen: stepCountIs(3),
      maxRetries: 0,
    });
    let text = '';
    for await (const delta of result.textStream) text += delta;
    expect(text).toContain('Paris is sunny');
    expect(text).toContain('Rome is sunny');
    const [first] = await result.steps;
    expect(first?.toolCalls.map(({ input }) => input)).toEqual([{ city: 'Paris' }, { city: 'Rome' }]);
  });

  test('takes an image', async () => {
    const { text } = await generateText({
      model: model(),
      maxRetries: 0,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'what is this?' },
            { type: 'image', image: Buffer.from(PNG, 'base64'), mediaType: 'image/png' },
          ],
        },
      ],
    });
    expect(text).toContain(`I see an image (image/png, ${PNG_BYTES} bytes)`);
  });

  test('gives structured output', async () => {
    const { output } = await generateText({
      model: model(),
      prompt: 'a person please',
      output: Output.object({ schema: z.object({ name: z.string(), age: z.number().int() }) }),
      maxRetries: 0,
    });
    expect(output).toMatchObject({ name: expect.any(String), age: expect.any(Number) });
  });

  test('reports a rate limit as retryable', async () => {
    gateway.upstreams[kind].script(errorReply(kind, 'rate-limit'));
    const error = await generateText({ model: model(), prompt: 'x', maxRetries: 0 }).catch((reason: unknown) => reason);
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: 429, isRetryable: true });
  });
});

test.each(Object.entries(PROVIDERS))('%s reports a wrong key', async (_name, open) => {
  const error = await generateText({
    model: open(MODEL_OF['openai-chat'], 'sk-wrong'),
    prompt: 'x',
    maxRetries: 0,
  }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ statusCode: 401 });
});
