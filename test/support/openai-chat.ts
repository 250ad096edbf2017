import { readdirSync, readFileSync } from 'node:fs';
import type { EncodeContext, EncodeRequestContext, Restore, Warning } from '../../src/daemon/dialects/dialect.js';
import { openaiChatUpstream } from '../../src/daemon/dialects/openai-chat/dialect.js';
import { openSseDeframer } from '../../src/daemon/framing/sse.js';
import type { ModelEvent } from '../../src/daemon/ir/event.js';
import { isObject, type JsonObject, parseJson } from '../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../src/daemon/ir/model.js';
import { openOrderCheck } from '../../src/daemon/ir/order.js';
import type { Message, ModelRequest } from '../../src/daemon/ir/request.js';

const FOLDER = new URL('../fixtures/dialects/openai-chat/', import.meta.url);

/** The recorded bodies of one kind: file name and content. */
export const fixtureNames = (kind: 'requests' | 'streams' | 'responses'): string[] =>
  readdirSync(new URL(`${kind}/`, FOLDER)).sort();

export const fixtureBytes = (path: string): Buffer => readFileSync(new URL(path, FOLDER));

export function fixtureBody(path: string): JsonObject {
  const body = parseJson(fixtureBytes(path).toString('utf8'));
  if (!isObject(body)) throw new Error(`${path} is not a JSON object`);
  return body;
}

export const userModel: ModelInfo = { id: 'm', userDefined: true, traits: new Set() };

/** A context that counts its ids and keeps its warnings. */
export function requestContext(model: ModelInfo = userModel): EncodeRequestContext & { readonly warnings: Warning[] } {
  const warnings: Warning[] = [];
  let count = 0;
  return {
    model,
    warnings,
    warn: (warning) => {
      warnings.push(warning);
    },
    newId: (prefix) => `${prefix}${++count}`,
  };
}

/** A request as another dialect's decoder would have made it. */
export function foreignRequest(dialect: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { dialect, model: 'm', messages: [userSays('hi')], tools: [], sampling: {}, stream: false, ...more };
}

export const userSays = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });

export function encodeContext(request: ModelRequest = foreignRequest('openai-chat')): EncodeContext {
  return { model: 'alias', request, now: () => 1_780_000_000_000, newId: (prefix) => `${prefix}1` };
}

/** Decodes a whole stream, cut into the given chunks, and checks the grammar of its events. */
export function decodeStream(chunks: readonly Uint8Array[], restore: Restore = {}): ModelEvent[] {
  const events: ModelEvent[] = [];
  const check = openOrderCheck();
  const emit = (event: ModelEvent): void => {
    check(event);
    events.push(event);
  };
  const decoder = openaiChatUpstream.openDecoder(restore);
  const deframer = openSseDeframer((event, data) => decoder.push(event, data, emit));
  for (const chunk of chunks) deframer.push(chunk);
  deframer.end();
  decoder.end(emit);
  return events;
}

/** A stream of these chunk objects. */
export const sseOf = (...chunks: readonly (JsonObject | '[DONE]')[]): Buffer =>
  Buffer.from(chunks.map((chunk) => `data: ${chunk === '[DONE]' ? chunk : JSON.stringify(chunk)}\n\n`).join(''));

export const deltaChunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
  id: 'chatcmpl-A1',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'up',
  choices: [{ index: 0, delta, finish_reason: finish }],
});
