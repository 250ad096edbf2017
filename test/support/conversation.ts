import { isObject, type JsonObject, type JsonValue } from '../../src/daemon/ir/json.js';
import { weather } from './client-requests.js';
import type { TestGateway } from './gateway.js';
import { framesOf } from './sides.js';

/** A client that keeps of an answer what its calls were, and nothing else: as the most forgetful ones do. */
export interface ForgetfulClient {
  readonly id: string;
  /** A question that makes the simulated upstreams call the tool, with thinking asked for. */
  ask(model: string, stream: boolean): Call;
  /** The same conversation with the call and its result. */
  goOn(model: string, call: { readonly id: string; readonly args: JsonObject }, stream: boolean): Call;
}

export interface Call {
  readonly path: string;
  readonly body: JsonObject;
}

const QUESTION = 'use get_weather for Paris';
const asText = (args: JsonObject): string => JSON.stringify(args);

const chat: ForgetfulClient = {
  id: 'openai-chat',
  ask: (model, stream) => ({
    path: '/v1/chat/completions',
    body: {
      model,
      stream,
      reasoning_effort: 'high',
      messages: [{ role: 'user', content: QUESTION }],
      tools: [{ type: 'function', function: weather }],
    },
  }),
  goOn(model, { id, args }, stream) {
    const { path, body } = chat.ask(model, stream);
    return {
      path,
      body: {
        ...body,
        messages: [
          { role: 'user', content: QUESTION },
          {
            role: 'assistant',
            tool_calls: [{ id, type: 'function', function: { name: weather.name, arguments: asText(args) } }],
          },
          { role: 'tool', tool_call_id: id, content: 'sunny' },
        ],
      },
    };
  },
};

const responses: ForgetfulClient = {
  id: 'openai-responses',
  ask: (model, stream) => ({
    path: '/v1/responses',
    body: {
      model,
      stream,
      reasoning: { effort: 'high' },
      input: [{ role: 'user', content: QUESTION }],
      tools: [{ type: 'function', ...weather }],
    },
  }),
  goOn(model, { id, args }, stream) {
    const { path, body } = responses.ask(model, stream);
    return {
      path,
      body: {
        ...body,
        input: [
          { role: 'user', content: QUESTION },
          { type: 'function_call', call_id: id, name: weather.name, arguments: asText(args) },
          { type: 'function_call_output', call_id: id, output: 'sunny' },
        ],
      },
    };
  },
};

const anthropic: ForgetfulClient = {
  id: 'anthropic-messages',
  ask: (model, stream) => ({
    path: '/v1/messages',
    body: {
      model,
      stream,
      max_tokens: 8000,
      thinking: { type: 'enabled', budget_tokens: 4000 },
      messages: [{ role: 'user', content: QUESTION }],
      tools: [{ name: weather.name, description: weather.description, input_schema: weather.parameters }],
    },
  }),
  goOn(model, { id, args }, stream) {
    const { path, body } = anthropic.ask(model, stream);
    return {
      path,
      body: {
        ...body,
        messages: [
          { role: 'user', content: QUESTION },
          { role: 'assistant', content: [{ type: 'tool_use', id, name: weather.name, input: args }] },
          { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'sunny' }] },
        ],
      },
    };
  },
};

const gemini: ForgetfulClient = {
  id: 'gemini-generate',
  ask: (model, stream) => ({
    path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    body: {
      contents: [{ role: 'user', parts: [{ text: QUESTION }] }],
      tools: [{ functionDeclarations: [{ name: weather.name, parametersJsonSchema: weather.parameters }] }],
      generationConfig: { thinkingConfig: { thinkingBudget: 4000, includeThoughts: true } },
    },
  }),
  goOn(model, { id, args }, stream) {
    const { path, body } = gemini.ask(model, stream);
    return {
      path,
      body: {
        ...body,
        contents: [
          { role: 'user', parts: [{ text: QUESTION }] },
          { role: 'model', parts: [{ functionCall: { id, name: weather.name, args } }] },
          { role: 'user', parts: [{ functionResponse: { id, name: weather.name, response: { result: 'sunny' } } }] },
        ],
      },
    };
  },
};

export const FORGETFUL_CLIENTS: readonly ForgetfulClient[] = [chat, responses, anthropic, gemini];

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The objects that it holds: one, or one per frame. */
  readonly objects: readonly JsonObject[];
}

export async function send(
  gateway: Pick<TestGateway, 'url' | 'key'>,
  { path, body }: Call,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const reply = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  const isStream = reply.headers.get('content-type')?.startsWith('text/event-stream') === true;
  const whole: unknown = isStream ? undefined : JSON.parse(text);
  return {
    status: reply.status,
    text,
    headers: reply.headers,
    objects: isStream ? framesOf(text) : isObject(whole) ? [whole] : [],
  };
}

/** The id of the first call of an answer, in whatever dialect. */
export function callIn(objects: readonly JsonObject[]): string {
  const found = objects.map((object) => findCall(object)).find((id) => id !== undefined);
  if (found === undefined) throw new Error('the answer has no call');
  return found;
}

function findCall(value: JsonValue | undefined): string | undefined {
  if (Array.isArray(value)) return value.map(findCall).find((id) => id !== undefined);
  if (!isObject(value)) return undefined;
  const { type, call_id: callId, id, name } = value;
  if (type === 'function_call' && typeof callId === 'string') return callId;
  if ((type === 'function' || type === 'tool_use') && typeof id === 'string') return id;
  if (name === weather.name && isObject(value['args']) && typeof id === 'string') return id;
  return Object.values(value)
    .map(findCall)
    .find((found) => found !== undefined);
}
