import { openSseDeframer } from '../framing/sse.js';
import { openCollector } from '../ir/collect.js';
import type { FailureFacts } from '../ir/error.js';
import type { ModelResponse } from '../ir/event.js';
import { expandResponse } from '../ir/expand.js';
import { isObject, type JsonObject, parseJson } from '../ir/json.js';
import type { Usage } from '../ir/usage.js';
import { type HttpReply, readBody, TransportError } from '../transport/http.js';
import { ownHeaders } from './account.js';
import { openFramePrinter } from './client-framing.js';
import type { Chunk } from './converter.js';
import { transportFailure } from './failures.js';
import { decoderFor, lackIn } from './image-answer.js';
import { mapModelName } from './model-name.js';
import { replayScope } from './request-body.js';
import { passedHeaders } from './response-headers.js';
import { turnStateHeader } from './thread.js';
import { type Attempt, encodeContextOf, fail, keepThread, type Reply, type Try } from './try.js';

/** A whole answer above this size is refused rather than held in memory. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

interface Answer {
  readonly bytes: Chunk;
  readonly usage: Usage | undefined;
  /** The upstream's id of the answer. */
  readonly id?: string | undefined;
  readonly contentType: string;
}

/**
 * An answer that is read to its end before the client gets any of it: the client does not stream, or the upstream does
 * not although it was asked to.
 */
export async function answerWhole(context: Try, reply: HttpReply, kind: 'stream' | 'json'): Promise<Attempt> {
  const { inbound, lease, parts, endpoint, notes } = context;
  let answer: Answer | FailureFacts;
  try {
    const { bytes, complete } = await readBody(reply.body, MAX_ANSWER_BYTES);
    answer = complete ? readAnswer(context, bytes, kind) : protocolFailure('the answer is larger than 128 MiB');
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    answer = transportFailure(error);
  }
  if ('reason' in answer) return fail(lease, inbound, answer);
  lease.succeeded();
  if (context.isRelay) keepThread(context, reply.headers, answer.id);
  parts.onEnd(inbound, { lease, upstreamDialect: endpoint.dialect, usage: answer.usage, failure: undefined });
  const { bytes, contentType } = answer;
  const passed = inbound.plan.policy.passthroughHeaders ? passedHeaders(reply.headers) : {};
  const headers = {
    ...passed,
    ...(context.isRelay ? turnStateHeader(reply.headers) : {}),
    ...ownHeaders(context, reply.headers),
    'content-type': contentType,
    ...notes.headers,
  };
  const result: Reply = { status: 200, headers, body: { kind: 'whole', bytes } };
  return { ok: true, reply: result };
}

function readAnswer(context: Try, bytes: Buffer, kind: 'stream' | 'json'): Answer | FailureFacts {
  if (kind === 'stream') {
    const collected = collect(context, bytes);
    return 'reason' in collected ? collected : encode(context, collected);
  }
  if (isBlank(bytes)) return protocolFailure('the upstream sent an empty answer');
  const { upstream, inbound, lease, isRelay, restore } = context;
  if (isRelay && !inbound.stream) {
    const refused = inBandError(context, bytes);
    if (refused !== undefined) return refused;
    const { usage, id } = upstream.tapResponse(bytes);
    const edit = inbound.dialect.editRelayed?.(encodeContextOf(context));
    const edited = edit === undefined ? bytes : edit(bytes.toString('utf8'));
    const mapped = lease.offer.forceMapping
      ? mapModelName(edited.toString('utf8'), lease.offer.model.id, inbound.modelName)
      : edited;
    return { bytes: mapped, usage, id, contentType: JSON_TYPE };
  }
  const body = parseJson(bytes.toString('utf8'));
  if (!isObject(body)) return protocolFailure('the upstream sent something that is not a JSON object');
  if (Object.keys(body).length === 0) return protocolFailure('the upstream sent an empty answer');
  // Who answers in frames of its own has no other answers: JSON is an error, whatever its status.
  const isError = isObject(body['error']) || upstream.openDeframer !== undefined;
  if (isError) return upstream.decodeError(502, bytes.toString('utf8'));
  if (inbound.operation === 'embed') return encodeVectors(context, body);
  const response = upstream.decodeResponse(body, restore);
  return lackIn(inbound, response) ?? encode(context, response);
}

function encodeVectors({ upstream, inbound }: Try, body: JsonObject): Answer | FailureFacts {
  const { embedding } = inbound.dialect;
  const request = embedding?.decode(inbound.body.toJSON());
  const vectors = upstream.embedding?.decode(body);
  if (embedding === undefined || request === undefined || vectors?.length !== request.inputs.length) {
    return protocolFailure('the upstream did not send one vector for each input');
  }
  const inputTokens = upstream.embedding?.countOf?.(body);
  const answer = embedding.encode(vectors, request, { model: inbound.modelName, inputTokens });
  const usage = inputTokens === undefined ? undefined : { inputTokens, outputTokens: 0 };
  return { bytes: JSON.stringify(answer), usage, contentType: JSON_TYPE };
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** An error object in place of an answer, with status 200: short, or it would not be one. */
function inBandError({ upstream }: Try, bytes: Buffer): FailureFacts | undefined {
  if (bytes.length > 16 * 1024) return undefined;
  const text = bytes.toString('utf8');
  const body = parseJson(text);
  if (!isObject(body)) return protocolFailure('the upstream sent something that is not a JSON object');
  if (Object.keys(body).length === 0) return protocolFailure('the upstream sent an empty answer');
  // Responses and Interactions answers carry `error: null` when all is well.
  return isObject(body['error']) && body['status'] !== 'completed' ? upstream.decodeError(502, text) : undefined;
}

function collect(context: Try, bytes: Buffer): ModelResponse | FailureFacts {
  const { upstream } = context;
  const collector = openCollector();
  const decoder = decoderFor(context);
  const openDeframer = upstream.openDeframer ?? openSseDeframer;
  const deframer = openDeframer((event, data) => decoder.push(event, data, collector.write));
  deframer.push(bytes);
  deframer.end();
  decoder.end(collector.write);
  return collector.failure ?? collector.result();
}

function encode({ inbound, lease, endpoint, upstream, notes, parts }: Try, response: ModelResponse): Answer {
  if (endpoint.dialect !== inbound.dialect.id) {
    expandResponse(response, parts.replay.record(inbound.decoded(), replayScope(inbound, lease, upstream)));
  }
  const context = encodeContextOf({ inbound, parts });
  if (!inbound.stream) {
    const body: JsonObject = inbound.dialect.encodeResponse(response, context);
    return { bytes: JSON.stringify(body), usage: response.usage, id: response.id, contentType: JSON_TYPE };
  }
  const printer = openFramePrinter(inbound.framing, notes.comment);
  const encoder = inbound.dialect.openEncoder(context);
  let text = '';
  expandResponse(response, (event) =>
    encoder.write(event, (name, data) => {
      text += printer.frame(name, data);
    }),
  );
  return { bytes: text + printer.close(), usage: response.usage, id: response.id, contentType: printer.contentType };
}

const isBlank = (bytes: Buffer): boolean => bytes.length < 1024 && bytes.toString('utf8').trim() === '';

const protocolFailure = (message: string): FailureFacts => ({
  reason: 'protocol',
  status: 502,
  code: 'invalid_upstream_answer',
  message,
});
