import { wireBodyOf } from '../../src/daemon/engine/wire-body.js';
import { openCollector } from '../../src/daemon/ir/collect.js';
import type { ModelEvent, ModelResponse } from '../../src/daemon/ir/event.js';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import type { ModelInfo, ModelTrait } from '../../src/daemon/ir/model.js';
import { openAntigravityAccount } from '../../src/daemon/providers/antigravity/account-upstream.js';
import type { HttpReply, Upstream, UpstreamRequest } from '../../src/daemon/providers/provider.js';
import { readBody } from '../../src/daemon/transport/http.js';
import { accountContext } from './accounts.js';
import { modelNamed, relayed } from './provider.js';
import { decodeStream, encodeStream, type Side, type Translated, translate } from './sides.js';
import { G } from './translation-cases.js';
import { antigravityFile } from './vendors/antigravity.js';

const model = (id: string, more: Partial<ModelInfo>, ...traits: readonly ModelTrait[]): ModelInfo =>
  modelNamed(id, { ...more, traits: new Set<ModelTrait>(['antigravity', ...traits]) });

export const GEMINI = model(
  'gemini-3-flash',
  {
    maxOutputTokens: 65_536,
    thinking: { zeroAllowed: false, dynamicAllowed: true, levels: ['minimal', 'low', 'medium', 'high'] },
  },
  'gemini-3',
);
export const CLAUDE = model('claude-sonnet-4-6', {
  maxOutputTokens: 64_000,
  thinking: { min: 1024, max: 64_000, zeroAllowed: true, dynamicAllowed: true, levels: [] },
});
export const OTHER = model('gpt-oss-120b-medium', {});

export const openAccount = (more: JsonObject = {}): Upstream =>
  openAntigravityAccount(antigravityFile(more), accountContext());

export interface Prepared {
  readonly upstream: Upstream;
  readonly request: UpstreamRequest;
  /** As sent, envelope and all. */
  readonly envelope: JsonObject;
  /** Its `request`. */
  readonly inner: JsonObject;
  readonly translated: Translated | undefined;
  readonly stream: boolean;
}

export interface Asking {
  readonly upstream?: Upstream;
  readonly stream?: boolean;
  readonly sessionKey?: string;
  readonly operation?: 'generate' | 'count-tokens';
  /** A refusal of the first try, which is mended. */
  readonly refused?: string;
}

/** A client's request as the service gets it: relayed or translated as the engine does it, then in the account's hands. */
export function prepareFor(from: Side, to: ModelInfo, body: JsonObject, asking: Asking = {}): Prepared {
  const { upstream = openAccount(), stream = true, sessionKey, operation = 'generate', refused } = asking;
  const endpoint = upstream.endpoint({ model: to, client: from.id, operation, stream });
  if (endpoint === undefined) throw new Error(`no endpoint for ${operation}`);
  const isRelay = from.id === G.id;
  const translated = isRelay ? undefined : translate({ model: 'm', ...body }, from, G, { model: to });
  const wire = translated === undefined ? relayed(body) : wireBodyOf(translated.body);
  const failure = { reason: 'invalid-request', status: 400, message: refused ?? '' } as const;
  if (refused !== undefined && upstream.repair?.(failure, wire) !== true) throw new Error('nothing to mend');
  const call = { endpoint, body: wire, model: to, operation, stream, relay: isRelay, clientHeaders: {}, sessionKey };
  const request = upstream.prepare(call);
  const envelope: JsonObject = JSON.parse(Buffer.from(request.body).toString('utf8'));
  return { upstream, request, envelope, inner: envelope['request'] as JsonObject, translated, stream };
}

export const innerOf = (from: Side, to: ModelInfo, body: JsonObject, asking?: Asking): JsonObject =>
  prepareFor(from, to, body, asking).inner;

/** The text of the answer that the engine gets to see, where the service answers the pieces. */
export async function answerOf(
  { request }: Pick<Prepared, 'request'>,
  ...pieces: readonly Uint8Array[]
): Promise<{
  readonly type: string;
  readonly text: string;
}> {
  const reply = replyOf(200, 'text/event-stream', ...pieces);
  const answer = await request.converse?.(async () => reply, new AbortController().signal);
  if (answer === undefined) throw new Error('it is not asked for by a conversation');
  const { bytes } = await readBody(answer.body, Number.POSITIVE_INFINITY);
  return { type: String(answer.headers['content-type']), text: bytes.toString('utf8') };
}

export const replyOf = (status: number, type: string, ...pieces: readonly Uint8Array[]): HttpReply => ({
  status,
  headers: { 'content-type': type },
  body: {
    consume(consumer) {
      for (const piece of pieces) consumer.data(Buffer.from(piece));
      consumer.end();
    },
    pause: () => undefined,
    resume: () => undefined,
    abort: () => undefined,
  },
});

/** A stream of the service. */
export const wrappedStream = (...responses: readonly JsonObject[]): Buffer =>
  Buffer.from(responses.map((response) => `data: ${JSON.stringify({ response, traceId: 't}"{' })}\r\n\r\n`).join(''));

export const chunkOf = (parts: readonly JsonObject[], more: JsonObject = {}): JsonObject => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...more }],
});

/** What the client gets of an answer: JSON, or the text of a stream. */
export async function clientAnswer(
  from: Side,
  prepared: Prepared,
  ...responses: readonly JsonObject[]
): Promise<{ readonly json: JsonObject; readonly text: string }> {
  const { type, text } = await answerOf(prepared, wrappedStream(...responses));
  const { translated } = prepared;
  if (translated === undefined) return { text, json: type.includes('json') ? JSON.parse(text) : {} };
  const { request, restore } = translated;
  const context = { model: 'm', request, now: () => 0, newId: (prefix: string) => `${prefix}1` };
  if (prepared.stream) {
    const stream = encodeStream(from, decodeStream(G, [Buffer.from(text)], restore), context);
    return { text: stream, json: {} };
  }
  const answer = type.includes('json')
    ? G.upstream.decodeResponse(JSON.parse(text), restore)
    : collected(decodeStream(G, [Buffer.from(text)], restore));
  const json = from.client.encodeResponse(answer, context);
  return { json, text: JSON.stringify(json) };
}

function collected(events: readonly ModelEvent[]): ModelResponse {
  const collector = openCollector();
  events.forEach(collector.write);
  return collector.result();
}
