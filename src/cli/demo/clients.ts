import { z } from 'zod';

/** What a client learns from one streamed answer, whatever its dialect. */
export interface DemoAnswer {
  text: string;
  call: { id: string; name: string; input: string } | undefined;
  /** The answer as the dialect wants it back in the next turn, where that is more than text and call. */
  readonly parts: unknown[];
  error: string | undefined;
}

export interface DemoRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** One of the four dialects, as small as a client can be that does a tool call. */
export interface DemoClient {
  readonly name: string;
  ask(model: string, key: string): DemoRequest;
  /** The next turn, with the result of the call. */
  answer(model: string, key: string, answer: DemoAnswer, result: string): DemoRequest;
  /** Takes one event of the stream. */
  read(event: unknown, answer: DemoAnswer): void;
}

const TOOL = 'get_weather';
const PROMPT = `What is the weather in "Paris"? Use the ${TOOL} tool.`;
const SCHEMA = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const DESCRIPTION = 'The weather in a city';

const openaiChat: DemoClient = {
  name: 'openai-chat',
  ask: (model, key) => chatRequest(model, key, []),
  answer: (model, key, { text, call }, result) =>
    chatRequest(model, key, [
      {
        role: 'assistant',
        content: text === '' ? null : text,
        tool_calls: [{ id: call?.id, type: 'function', function: { name: call?.name, arguments: call?.input } }],
      },
      { role: 'tool', tool_call_id: call?.id, content: result },
    ]),
  read(event, answer) {
    const { error, choices } = chatEvent.parse(event);
    answer.error ??= error?.message;
    for (const { delta } of choices) {
      answer.text += delta.content ?? '';
      for (const part of delta.tool_calls ?? []) {
        answer.call ??= { id: '', name: '', input: '' };
        answer.call.id ||= part.id ?? '';
        answer.call.name ||= part.function?.name ?? '';
        answer.call.input += part.function?.arguments ?? '';
      }
    }
  },
};

const chatEvent = z.object({
  error: z.object({ message: z.string() }).optional(),
  choices: z
    .array(
      z.object({
        delta: z.object({
          content: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({
                id: z.string().nullish(),
                function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).optional(),
              }),
            )
            .nullish(),
        }),
      }),
    )
    .default([]),
});

const chatRequest = (model: string, key: string, turns: readonly object[]): DemoRequest => ({
  path: '/v1/chat/completions',
  headers: { authorization: `Bearer ${key}` },
  body: {
    model,
    stream: true,
    messages: [{ role: 'user', content: PROMPT }, ...turns],
    tools: [{ type: 'function', function: { name: TOOL, description: DESCRIPTION, parameters: SCHEMA } }],
  },
});

const openaiResponses: DemoClient = {
  name: 'openai-responses',
  ask: (model, key) => responsesRequest(model, key, []),
  answer: (model, key, { call, parts }, result) =>
    responsesRequest(model, key, [...parts, { type: 'function_call_output', call_id: call?.id, output: result }]),
  read(event, answer) {
    const parsed = responsesEvent.parse(event);
    if (parsed.type === 'response.output_text.delta') answer.text += parsed.delta ?? '';
    if (parsed.type === 'error') answer.error ??= parsed.message ?? 'the stream ended with an error';
    if (parsed.type === 'response.failed') answer.error ??= parsed.response?.error?.message ?? 'the response failed';
    if (parsed.type !== 'response.output_item.done') return;
    answer.parts.push(parsed.item);
    const call = functionCall.safeParse(parsed.item);
    if (call.success) answer.call = { id: call.data.call_id, name: call.data.name, input: call.data.arguments };
  },
};

const responsesEvent = z.object({
  type: z.string(),
  delta: z.string().optional(),
  message: z.string().optional(),
  item: z.unknown().optional(),
  response: z.object({ error: z.object({ message: z.string() }).nullish() }).optional(),
});
const functionCall = z.object({
  type: z.literal('function_call'),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
});

const responsesRequest = (model: string, key: string, items: readonly unknown[]): DemoRequest => ({
  path: '/v1/responses',
  headers: { authorization: `Bearer ${key}` },
  body: {
    model,
    stream: true,
    store: false,
    input: [{ role: 'user', content: PROMPT }, ...items],
    tools: [{ type: 'function', name: TOOL, description: DESCRIPTION, parameters: SCHEMA, strict: false }],
  },
});

const anthropicMessages: DemoClient = {
  name: 'anthropic-messages',
  ask: (model, key) => messagesRequest(model, key, []),
  answer: (model, key, { text, call }, result) =>
    messagesRequest(model, key, [
      {
        role: 'assistant',
        content: [
          ...(text === '' ? [] : [{ type: 'text', text }]),
          { type: 'tool_use', id: call?.id, name: call?.name, input: JSON.parse(call?.input || '{}') },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id, content: result }] },
    ]),
  read(event, answer) {
    const { type, error, content_block: block, delta } = messagesEvent.parse(event);
    if (type === 'error') answer.error ??= error?.message;
    if (block?.type === 'tool_use') answer.call = { id: block.id ?? '', name: block.name ?? '', input: '' };
    answer.text += delta?.text ?? '';
    if (answer.call !== undefined) answer.call.input += delta?.partial_json ?? '';
  },
};

const messagesEvent = z.object({
  type: z.string(),
  error: z.object({ message: z.string() }).optional(),
  content_block: z.object({ type: z.string(), id: z.string().optional(), name: z.string().optional() }).optional(),
  delta: z.object({ text: z.string().optional(), partial_json: z.string().optional() }).optional(),
});

const messagesRequest = (model: string, key: string, turns: readonly object[]): DemoRequest => ({
  path: '/v1/messages',
  headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01' },
  body: {
    model,
    stream: true,
    max_tokens: 1024,
    messages: [{ role: 'user', content: PROMPT }, ...turns],
    tools: [{ name: TOOL, description: DESCRIPTION, input_schema: SCHEMA }],
  },
});

const geminiGenerate: DemoClient = {
  name: 'gemini-generate',
  ask: (model, key) => geminiRequest(model, key, []),
  answer: (model, key, { call, parts }, result) =>
    geminiRequest(model, key, [
      { role: 'model', parts },
      { role: 'user', parts: [{ functionResponse: { id: call?.id, name: call?.name, response: { result } } }] },
    ]),
  read(event, answer) {
    const { error, candidates } = geminiEvent.parse(event);
    answer.error ??= error?.message;
    for (const part of candidates[0]?.content?.parts ?? []) {
      answer.parts.push(part);
      answer.text += part.text ?? '';
      const { functionCall: call } = part;
      if (call !== undefined)
        answer.call = { id: call.id ?? '', name: call.name, input: JSON.stringify(call.args ?? {}) };
    }
  },
};

const geminiEvent = z.object({
  error: z.object({ message: z.string() }).optional(),
  candidates: z
    .array(
      z.object({
        content: z
          .object({
            parts: z
              .array(
                z.looseObject({
                  text: z.string().optional(),
                  functionCall: z
                    .looseObject({ id: z.string().optional(), name: z.string(), args: z.unknown().optional() })
                    .optional(),
                }),
              )
              .optional(),
          })
          .optional(),
      }),
    )
    .default([]),
});

const geminiRequest = (model: string, key: string, turns: readonly object[]): DemoRequest => ({
  path: `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
  headers: { 'x-goog-api-key': key },
  body: {
    contents: [{ role: 'user', parts: [{ text: PROMPT }] }, ...turns],
    tools: [{ functionDeclarations: [{ name: TOOL, description: DESCRIPTION, parametersJsonSchema: SCHEMA }] }],
  },
});

export const DEMO_CLIENTS: readonly DemoClient[] = [openaiChat, openaiResponses, anthropicMessages, geminiGenerate];
