import { readdirSync, readFileSync } from 'node:fs';
import type { EncodeContext, EncodeRequestContext, Restore, Warning } from '../../src/daemon/dialects/dialect.js';
import { openDecoder } from '../../src/daemon/dialects/gemini-generate/decode-stream.js';
import { encodeRequest } from '../../src/daemon/dialects/gemini-generate/encode-request.js';
import { openEncoder } from '../../src/daemon/dialects/gemini-generate/encode-stream.js';
import { openSseDeframer } from '../../src/daemon/framing/sse.js';
import type { ModelEvent } from '../../src/daemon/ir/event.js';
import { isObject, type JsonObject } from '../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../src/daemon/ir/model.js';
import { checkOrder } from '../../src/daemon/ir/order.js';
import type { Message, ModelRequest } from '../../src/daemon/ir/request.js';

const FIXTURES = new URL('../fixtures/dialects/gemini-generate/', import.meta.url);

export const readStream = (name: string): Buffer => readFileSync(new URL(`streams/${name}.sse`, FIXTURES));

export const requestFixtures: readonly { readonly name: string; readonly body: JsonObject }[] = readdirSync(
  new URL('requests/', FIXTURES),
).map((name) => ({ name, body: JSON.parse(readFileSync(new URL(`requests/${name}`, FIXTURES), 'utf8')) }));

/** `gemini-2.5-flash` unless told otherwise. */
export function geminiModel(extra: Partial<ModelInfo> = {}): ModelInfo {
  return {
    id: 'gemini-2.5-flash',
    maxOutputTokens: 65_536,
    thinking: { min: 1, max: 24_576, zeroAllowed: true, dynamicAllowed: true, levels: [] },
    userDefined: false,
    traits: new Set(),
    ...extra,
  };
}

export const gemini3 = geminiModel({
  id: 'gemini-3-flash-preview',
  thinking: { zeroAllowed: false, dynamicAllowed: true, levels: ['minimal', 'low', 'medium', 'high'] },
  traits: new Set(['gemini-3']),
});
export const vertex = geminiModel({ traits: new Set(['vertex']) });

export function modelRequest(messages: readonly Message[], extra: Partial<ModelRequest> = {}): ModelRequest {
  return { dialect: 'openai-chat', model: 'm', messages, tools: [], sampling: {}, stream: false, ...extra };
}

export const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
export const assistant = (text: string): Message => ({ role: 'assistant', content: [{ type: 'text', text }] });
export const system = (text: string): Message => ({ role: 'system', content: [{ type: 'text', text }] });

export interface Encoded {
  readonly body: JsonObject;
  readonly restore: Restore;
  readonly warnings: readonly Warning[];
}

export function encode(request: ModelRequest, model: ModelInfo = geminiModel()): Encoded {
  const warnings: Warning[] = [];
  const context: EncodeRequestContext = {
    model,
    warn: (warning) => warnings.push(warning),
    newId: (prefix) => `${prefix}1`,
  };
  return { ...encodeRequest(request, context), warnings };
}

/** Decodes a recorded stream, cut into the chunks given; the order of events is checked. */
export function decodeStream(chunks: readonly Uint8Array[], restore: Restore = {}): readonly ModelEvent[] {
  const events: ModelEvent[] = [];
  const emit = (event: ModelEvent): void => void events.push(event);
  const decoder = openDecoder(restore);
  const deframer = openSseDeframer((event, data) => decoder.push(event, data, emit));
  for (const chunk of chunks) deframer.push(Buffer.from(chunk));
  deframer.end();
  decoder.end(emit);
  checkOrder(events);
  return events;
}

/** Decodes chunks given as values. */
export function decodeChunks(chunks: readonly JsonObject[], restore: Restore = {}): readonly ModelEvent[] {
  return decodeStream([Buffer.from(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''))], restore);
}

export function encodeContext(extra: Partial<EncodeContext> = {}): EncodeContext {
  return {
    model: 'my-alias',
    request: modelRequest([], { dialect: 'gemini-generate' }),
    now: () => 0,
    newId: (prefix) => `${prefix}new`,
    ...extra,
  };
}

/** The chunks that a client gets for these events. */
export function encodeEvents(
  events: readonly ModelEvent[],
  context: EncodeContext = encodeContext(),
): readonly JsonObject[] {
  const frames: JsonObject[] = [];
  const encoder = openEncoder(context);
  for (const event of events) {
    encoder.write(event, (name, data) => {
      if (name !== undefined) throw new Error(`an event name: ${name}`);
      const frame: unknown = JSON.parse(data);
      if (!isObject(frame)) throw new Error('a frame that is no object');
      frames.push(frame);
    });
  }
  return frames;
}
