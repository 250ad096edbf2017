import { readFileSync } from 'node:fs';
import {
  anthropicMessagesClient,
  anthropicMessagesUpstream,
} from '../../src/daemon/dialects/anthropic-messages/dialect.js';
import type {
  EncodeContext,
  EncodedRequest,
  Restore,
  StreamTap,
  Warning,
  WireBody,
} from '../../src/daemon/dialects/dialect.js';
import { openSseDeframer } from '../../src/daemon/framing/sse.js';
import { sseFrame } from '../../src/daemon/framing/sse-frame.js';
import type { ModelEvent } from '../../src/daemon/ir/event.js';
import type { JsonObject, JsonValue } from '../../src/daemon/ir/json.js';
import type { ModelInfo, ModelTrait } from '../../src/daemon/ir/model.js';
import { openOrderCheck } from '../../src/daemon/ir/order.js';
import type { Message, ModelRequest, Part } from '../../src/daemon/ir/request.js';

const FOLDER = new URL('../fixtures/dialects/anthropic-messages/', import.meta.url);

export const fixture = (name: string): Buffer => readFileSync(new URL(name, FOLDER));
export const jsonFixture = (name: string): JsonObject => JSON.parse(fixture(name).toString('utf8'));

/** A known model that thinks by budget, as claude-sonnet-4-5 does. */
export const budgetModel = (more: Partial<ModelInfo> = {}): ModelInfo => ({
  id: 'claude-sonnet-4-5',
  maxOutputTokens: 64_000,
  userDefined: false,
  traits: new Set(),
  thinking: { min: 1024, max: 128_000, zeroAllowed: true, dynamicAllowed: false, levels: [] },
  ...more,
});

/** One that takes levels and budgets, as claude-opus-4-6 does. */
export const hybridModel = (more: Partial<ModelInfo> = {}): ModelInfo =>
  budgetModel({
    id: 'claude-opus-4-6',
    thinking: {
      min: 1024,
      max: 128_000,
      zeroAllowed: true,
      dynamicAllowed: true,
      levels: ['low', 'medium', 'high', 'max'],
    },
    ...more,
  });

export const traits = (...names: ModelTrait[]): Pick<ModelInfo, 'traits'> => ({ traits: new Set(names) });

export const request = (messages: readonly Message[], more: Partial<ModelRequest> = {}): ModelRequest => ({
  dialect: 'openai-chat',
  model: 'm',
  messages,
  tools: [],
  sampling: {},
  stream: false,
  ...more,
});

export const text = (value: string): Part => ({ type: 'text', text: value });
export const user = (...content: readonly (Part | string)[]): Message => say('user', content);
export const assistant = (...content: readonly (Part | string)[]): Message => say('assistant', content);
export const system = (...content: readonly (Part | string)[]): Message => say('system', content);

const say = (role: Message['role'], content: readonly (Part | string)[]): Message => ({
  role,
  content: content.map((part) => (typeof part === 'string' ? text(part) : part)),
});

export const call = (id: string, name = 'f', input = '{}'): Part => ({ type: 'tool-call', id, name, input });
export const result = (callId: string, value: string): Message => ({
  role: 'tool',
  content: [{ type: 'tool-result', callId, content: [text(value)] }],
});

/** Encodes for an upstream; ids count from 1. */
export function encode(
  asked: ModelRequest,
  model: ModelInfo = budgetModel(),
): EncodedRequest & { readonly warnings: readonly Warning[] } {
  const warnings: Warning[] = [];
  const encoded = anthropicMessagesUpstream.encodeRequest(asked, {
    model,
    warn: (warning) => warnings.push(warning),
    newId: counter(),
  });
  return { ...encoded, warnings };
}

function counter(): (prefix: string) => string {
  let count = 0;
  return (prefix) => {
    count += 1;
    return `${prefix}${count}`;
  };
}

/** Decodes a stream given in chunks, and checks the grammar of what comes out. */
export function decodeStream(chunks: readonly Uint8Array[], restore: Restore = {}): ModelEvent[] {
  const events: ModelEvent[] = [];
  const check = openOrderCheck();
  const emit = (event: ModelEvent): void => {
    check(event);
    events.push(event);
  };
  const decoder = anthropicMessagesUpstream.openDecoder(restore);
  const deframer = openSseDeframer((event, data) => decoder.push(event, data, emit));
  for (const chunk of chunks) deframer.push(chunk);
  deframer.end();
  decoder.end(emit);
  return events;
}

export const encodeContext = (more: Partial<EncodeContext> = {}): EncodeContext => ({
  model: 'alias',
  request: request([user('hi')], { dialect: 'anthropic-messages' }),
  now: () => 0,
  newId: counter(),
  ...more,
});

export interface Frame {
  readonly event: string | undefined;
  readonly data: JsonObject;
}

/** Encodes events for a client. */
export function encodeStream(events: readonly ModelEvent[], context = encodeContext()): Frame[] {
  const frames: Frame[] = [];
  const encoder = anthropicMessagesClient.openEncoder(context);
  for (const event of events)
    encoder.write(event, (name, data) => frames.push({ event: name, data: JSON.parse(data) }));
  return frames;
}

export const toSse = (frames: readonly Frame[]): string =>
  frames.map(({ event, data }) => sseFrame(event, JSON.stringify(data))).join('');

export function observe(tap: StreamTap, chunks: readonly Uint8Array[]): StreamTap['facts'] {
  for (const chunk of chunks) tap.observe(chunk);
  tap.end();
  return tap.facts;
}

/** A body whose members can be read and written, without the byte splicing of the real one. */
export function wireBody(body: JsonObject): WireBody {
  const members = new Map<string, JsonValue | undefined>(Object.entries(body));
  const toJSON = (): JsonObject => Object.fromEntries([...members].filter(([, value]) => value !== undefined));
  return {
    get bytes() {
      return Buffer.from(JSON.stringify(toJSON()));
    },
    get: (key) => members.get(key),
    set(key, value) {
      members.set(key, value);
    },
    toJSON,
  };
}
