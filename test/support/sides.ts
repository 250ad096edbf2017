import { readdirSync, readFileSync } from 'node:fs';
import {
  anthropicMessagesClient,
  anthropicMessagesUpstream,
} from '../../src/daemon/dialects/anthropic-messages/dialect.js';
import type {
  ClientDialect,
  EncodeContext,
  EncodedRequest,
  Restore,
  UpstreamDialect,
  Warning,
} from '../../src/daemon/dialects/dialect.js';
import { geminiGenerateClient, geminiGenerateUpstream } from '../../src/daemon/dialects/gemini-generate/dialect.js';
import { openaiChatClient, openaiChatUpstream } from '../../src/daemon/dialects/openai-chat/dialect.js';
import { openaiResponsesClient, openaiResponsesUpstream } from '../../src/daemon/dialects/openai-responses/dialect.js';
import { openSseDeframer } from '../../src/daemon/framing/sse.js';
import { sseFrame } from '../../src/daemon/framing/sse-frame.js';
import type { ModelEvent } from '../../src/daemon/ir/event.js';
import { isObject, type JsonObject } from '../../src/daemon/ir/json.js';
import { clientPath } from '../../src/daemon/ir/lost.js';
import type { ModelInfo } from '../../src/daemon/ir/model.js';
import { openOrderCheck } from '../../src/daemon/ir/order.js';
import type { ModelRequest } from '../../src/daemon/ir/request.js';
import { openCatalog } from '../../src/daemon/models/catalog.js';
import { fitReasoning } from '../../src/daemon/models/reasoning.js';

/** One dialect, as both ends speak it, and the model that stands for its upstreams. */
export interface Side {
  readonly id: string;
  readonly client: ClientDialect;
  readonly upstream: UpstreamDialect;
  readonly model: ModelInfo;
}

const catalog = openCatalog();

/** A model of the built-in catalogue. */
export function knownModel(id: string): ModelInfo {
  const model = catalog.find(id);
  if (model === undefined) throw new Error(`the catalogue has no ${id}`);
  return model;
}

/** A model of an OpenAI-compatible upstream that only the user's configuration names. */
export const userModel = (more: Partial<ModelInfo> = {}): ModelInfo => ({
  id: 'own-model',
  userDefined: true,
  traits: new Set(),
  ...more,
});

export const SIDES: readonly Side[] = [
  { id: 'openai-chat', client: openaiChatClient, upstream: openaiChatUpstream, model: userModel() },
  {
    id: 'openai-responses',
    client: openaiResponsesClient,
    upstream: openaiResponsesUpstream,
    model: knownModel('gpt-5.5'),
  },
  {
    id: 'anthropic-messages',
    client: anthropicMessagesClient,
    upstream: anthropicMessagesUpstream,
    model: knownModel('claude-sonnet-4-5'),
  },
  {
    id: 'gemini-generate',
    client: geminiGenerateClient,
    upstream: geminiGenerateUpstream,
    model: knownModel('gemini-3-flash-preview'),
  },
];

export const PAIRS: readonly { readonly name: string; readonly from: Side; readonly to: Side }[] = SIDES.flatMap(
  (from) => SIDES.map((to) => ({ name: `${from.id} -> ${to.id}`, from, to })),
);

/** The side of that dialect, `openai-chat` for instance. */
export function sideOf(id: string): Side {
  const side = SIDES.find((candidate) => candidate.id === id);
  if (side === undefined) throw new Error(`no dialect ${id}`);
  return side;
}

/** Ids that count up, so that outcomes can be written down. */
function countingIds(): (prefix: string) => string {
  let next = 1;
  return (prefix) => `${prefix}${next++}`;
}

export interface Translated extends EncodedRequest {
  readonly request: ModelRequest;
  readonly warnings: readonly Warning[];
}

/**
 * A client's body as the upstream of another dialect gets it: decoded, fitted to the model, encoded. As the engine does
 * it, without HTTP.
 */
export function translate(
  body: JsonObject,
  from: Side,
  to: Side,
  { model = to.model, suffix }: { readonly model?: ModelInfo; readonly suffix?: ModelRequest['reasoning'] } = {},
): Translated {
  const { reasoning: asked, ...rest } = from.client.decodeRequest(body);
  const reasoning =
    suffix === undefined
      ? fitReasoning(asked, model, { strict: from.client.reasoningFamily === to.client.reasoningFamily })
      : fitReasoning(suffix, model, { strict: false });
  const request = { ...rest, model: model.id, ...(reasoning === undefined ? {} : { reasoning }) };
  const warnings: Warning[] = [];
  const encoded = to.upstream.encodeRequest(request, {
    model,
    newId: countingIds(),
    warn: ({ path, reason }) => warnings.push({ path: clientPath(path, from.client.kept), reason }),
    kept: from.client.kept,
  });
  return { ...encoded, request, warnings };
}

/** The smallest request of a dialect, for answers that need one to answer to. */
export function smallestRequest(side: Side, more: JsonObject = {}): JsonObject {
  const question: Record<string, JsonObject> = {
    'openai-chat': { messages: [{ role: 'user', content: 'hi' }] },
    'openai-responses': { input: 'hi' },
    'anthropic-messages': { max_tokens: 100, messages: [{ role: 'user', content: 'hi' }] },
    'gemini-generate': { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
  };
  return { model: 'm', ...question[side.id], stream: true, ...more };
}

export const answerContext = (side: Side, body = smallestRequest(side)): EncodeContext => ({
  model: 'alias',
  request: side.client.decodeRequest(body),
  now: () => 1_780_000_000_000,
  newId: countingIds(),
});

/** The events of an upstream's stream given in pieces; their grammar is checked. */
export function decodeStream(side: Side, pieces: readonly Uint8Array[], restore: Restore = {}): ModelEvent[] {
  const events: ModelEvent[] = [];
  const check = openOrderCheck();
  const emit = (event: ModelEvent): void => {
    check(event);
    events.push(event);
  };
  const decoder = side.upstream.openDecoder(restore);
  const deframer = openSseDeframer((event, data) => decoder.push(event, data, emit));
  for (const piece of pieces) deframer.push(piece);
  deframer.end();
  decoder.end(emit);
  return events;
}

/** The text of a stream as a client of this dialect gets it. */
export function encodeStream(side: Side, events: readonly ModelEvent[], context = answerContext(side)): string {
  let text = '';
  const encoder = side.client.openEncoder(context);
  for (const event of events) {
    encoder.write(event, (name, data) => {
      text += sseFrame(name, data);
    });
  }
  return text;
}

/** The data of each frame of a stream, `[DONE]` left out. */
export function framesOf(text: string): JsonObject[] {
  const frames: JsonObject[] = [];
  const deframer = openSseDeframer((_event, data) => {
    if (data === '[DONE]') return;
    const value: unknown = JSON.parse(data);
    if (!isObject(value)) throw new Error(`a frame that is no object: ${data}`);
    frames.push(value);
  });
  deframer.push(Buffer.from(text));
  deframer.end();
  return frames;
}

export const sseOf = (...frames: readonly (JsonObject | string)[]): Buffer =>
  Buffer.from(
    frames
      .map((frame) =>
        typeof frame === 'string'
          ? sseFrame(undefined, frame)
          : sseFrame(typeof frame['type'] === 'string' ? frame['type'] : undefined, JSON.stringify(frame)),
      )
      .join(''),
  );

const DIALECT_FIXTURES = new URL('../fixtures/dialects/', import.meta.url);
const MATRIX_FIXTURES = new URL('../fixtures/matrix/', import.meta.url);

/** The canonical requests of a dialect, by concept. */
export function canonicalRequests(side: Side): Readonly<Record<string, JsonObject>> {
  return JSON.parse(readFileSync(new URL(`requests/${side.id}.json`, MATRIX_FIXTURES), 'utf8'));
}

export interface Recording {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Everything recorded of a dialect: `request`s, `stream`s or whole `response`s. */
export function recordings(side: Side, kind: 'request' | 'stream' | 'response'): readonly Recording[] {
  const folder = new URL(`${side.id}/`, DIALECT_FIXTURES);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.startsWith(kind) && /\.(json|sse)$/.test(name))
    .sort()
    .map((name) => ({ name: name.replace(/^\w+s\//, ''), bytes: readFileSync(new URL(name, folder)) }));
}

export const recordedBodies = (side: Side, kind: 'request' | 'response'): readonly JsonObject[] =>
  recordings(side, kind).map(({ bytes }) => {
    const body: JsonObject = JSON.parse(bytes.toString('utf8'));
    return 'model' in body || kind === 'response' ? body : { model: 'm', ...body };
  });
