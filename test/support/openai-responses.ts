import { readFileSync } from 'node:fs';
import type { EncodeContext, EncodeRequestContext, Restore, Warning } from '../../src/daemon/dialects/dialect.js';
import { openaiResponsesClient, openaiResponsesUpstream } from '../../src/daemon/dialects/openai-responses/dialect.js';
import { openSseDeframer } from '../../src/daemon/framing/sse.js';
import type { ModelEvent } from '../../src/daemon/ir/event.js';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../src/daemon/ir/model.js';
import { openOrderCheck } from '../../src/daemon/ir/order.js';
import type { Message, ModelRequest } from '../../src/daemon/ir/request.js';

const folder = new URL('../fixtures/dialects/openai-responses/', import.meta.url);

export const fixtureBytes = (name: string): Buffer => readFileSync(new URL(name, folder));
export const fixtureJson = (name: string): JsonObject => JSON.parse(fixtureBytes(name).toString('utf8'));

export const userModel: ModelInfo = { id: 'gpt-5.5', userDefined: true, traits: new Set() };
export const knownModel: ModelInfo = {
  id: 'gpt-5.5',
  userDefined: false,
  traits: new Set(),
  thinking: { zeroAllowed: false, dynamicAllowed: false, levels: ['low', 'medium', 'high', 'xhigh'] },
};

/** Ids that count up, so that outcomes can be written down. */
function countingIds(): (prefix: string) => string {
  let next = 1;
  return (prefix) => `${prefix}${next++}`;
}

/** A request as another dialect would have decoded it. */
export const foreignRequest = (
  messages: readonly Message[],
  more: Partial<ModelRequest> = {},
  dialect = 'openai-chat',
): ModelRequest => ({ dialect, model: 'gpt-5.5', messages, tools: [], sampling: {}, stream: true, ...more });

export function encode(
  request: ModelRequest,
  model: ModelInfo = userModel,
): { readonly body: JsonObject; readonly restore: Restore; readonly warnings: readonly Warning[] } {
  const warnings: Warning[] = [];
  const context: EncodeRequestContext = { model, newId: countingIds(), warn: (warning) => warnings.push(warning) };
  return { ...openaiResponsesUpstream.encodeRequest(request, context), warnings };
}

/** Decodes a stream given in pieces, checking the grammar of what comes out. */
export function decodeStream(pieces: readonly Uint8Array[], restore: Restore = {}): ModelEvent[] {
  const events: ModelEvent[] = [];
  const check = openOrderCheck();
  const emit = (event: ModelEvent): void => {
    check(event);
    events.push(event);
  };
  const decoder = openaiResponsesUpstream.openDecoder(restore);
  const deframer = openSseDeframer((event, data) => decoder.push(event, data, emit));
  for (const piece of pieces) deframer.push(piece);
  deframer.end();
  decoder.end(emit);
  return events;
}

export interface WrittenEvent {
  readonly name: string | undefined;
  readonly data: JsonObject;
}

export const clientContext = (body: JsonObject): EncodeContext => ({
  model: 'my-model',
  request: openaiResponsesClient.decodeRequest(body),
  now: () => 1_790_000_000_000,
  newId: countingIds(),
});

/** What a client sees of a stream of events. */
export function writeStream(
  events: readonly ModelEvent[],
  body: JsonObject = { model: 'm', input: 'x' },
): WrittenEvent[] {
  const written: WrittenEvent[] = [];
  const encoder = openaiResponsesClient.openEncoder(clientContext(body));
  for (const event of events) {
    encoder.write(event, (name, data) => written.push({ name, data: JSON.parse(data) }));
  }
  return written;
}

export const typesOf = (written: readonly WrittenEvent[]): unknown[] => written.map(({ data }) => data['type']);
