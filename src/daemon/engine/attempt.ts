import type { ClientDialect, StreamFacts, UpstreamDialect, Warning, WireBody } from '../dialects/dialect.js';
import { openSseDeframer } from '../framing/sse.js';
import type { FailureFacts } from '../ir/error.js';
import type { Lease } from '../pool/pool.js';
import type { Endpoint, UpstreamRequest } from '../providers/provider.js';
import { type HttpReply, type ReplyHeaders, readBody, TransportError } from '../transport/http.js';
import { learn, ownHeaders, withheld } from './account.js';
import { type FramePrinter, openFramePrinter } from './client-framing.js';
import type { Converter } from './converter.js';
import { transportFailure } from './failures.js';
import { openEventFilter } from './hidden-events.js';
import { decoderFor, isImageOperation, showsImage, wrongPath } from './image-answer.js';
import type { Inbound } from './inbound.js';
import { mapModelName } from './model-name.js';
import { StreamPump } from './pump.js';
import { withoutQuotedSecrets } from './quoted-secrets.js';
import { openFrameEdit, openRelay, type StreamEdit } from './relay.js';
import { renewedLease } from './renew.js';
import { prepareBody, replayScope } from './request-body.js';
import { passedHeaders } from './response-headers.js';
import { socketCall } from './socket-call.js';
import { headersFor, turnStateHeader } from './thread.js';
import { openTranslation } from './translate.js';
import { type Attempt, type AttemptParts, encodeContextOf, fail, keepThread, NOT_OFFERED, type Try } from './try.js';
import { openUsageFilter } from './usage-filter.js';
import { judge } from './verdict.js';
import { warningNotes } from './warnings.js';
import { answerWhole } from './whole-answer.js';

function unsupported(lease: Lease, { operation }: Inbound): Attempt {
  const { credential, offer } = lease;
  const failure: FailureFacts = isImageOperation(operation)
    ? {
        reason: 'invalid-request',
        status: 400,
        code: 'model_not_supported',
        param: 'model',
        message: `${credential.label} does not draw images with "${offer.model.id}"; choose a model that does, such as gpt-image-2 or gemini-3.1-flash-image`,
      }
    : {
        reason: 'model-missing',
        status: 404,
        code: 'unsupported_operation',
        message: `${credential.label} does not offer ${operation}`,
      };
  return notOffered(lease, failure);
}

/** Nothing cools, and others may offer it. */
function notOffered(lease: Lease, failure: FailureFacts): Attempt {
  lease.failed(failure, NOT_OFFERED);
  return { ok: false, failure, verdict: NOT_OFFERED };
}

/** An error body beyond this is cut: it may be a whole web page. */
const MAX_ERROR_BYTES = 64 * 1024;

/** One try with one credential: endpoint, body, send, first event. Ends the lease itself when it fails. */
export async function attempt(
  lease: Lease,
  inbound: Inbound,
  parts: AttemptParts,
  isRenewed = false,
): Promise<Attempt> {
  const { credential, offer } = lease;
  const kept = withheld(lease, inbound, parts.now());
  if (kept !== undefined) return kept;
  const wrong = wrongPath(offer.model, inbound.operation);
  if (wrong !== undefined) return notOffered(lease, wrong);
  // Keys never wait.
  const preparing = credential.upstream.ready?.();
  const unready = preparing === undefined ? undefined : await preparing;
  if (unready !== undefined) {
    const renewed = unready.status === 401 && !isRenewed ? await renewedLease(lease) : undefined;
    return renewed === undefined ? fail(lease, inbound, unready) : attempt(renewed, inbound, parts, true);
  }
  const endpoint = credential.upstream.endpoint({
    model: offer.model,
    client: inbound.dialect.id,
    operation: inbound.operation,
    stream: inbound.stream,
  });
  const upstream = endpoint && parts.dialects[endpoint.dialect];
  // A count is asked in the upstream's own dialect or not at all: we estimate better than we translate it.
  const isForeignCount = inbound.operation === 'count-tokens' && endpoint?.dialect !== inbound.dialect.id;
  const isUnknownEmbed = inbound.operation === 'embed' && !canEmbed(inbound, endpoint, upstream);
  if (endpoint === undefined || upstream === undefined || isForeignCount || isUnknownEmbed) {
    return unsupported(lease, inbound);
  }
  const isMade = inbound.operation === 'generate' || isImageOperation(inbound.operation);
  if (isMade && endpoint.dialect !== inbound.dialect.id) {
    const fetching = inbound.media.fetchFor(upstream, offer.model, inbound.decoded());
    if (fetching !== undefined) await fetching;
  }
  const prepared = prepareBody(inbound, lease, endpoint, upstream, parts);
  let context: Try = {
    inbound,
    lease,
    endpoint,
    upstream,
    isRelay: prepared.isRelay,
    restore: prepared.restore,
    notes: warningNotes(inbound.headers, prepared.warnings),
    parts,
  };
  let sent: Sent;
  try {
    sent = await send(context, prepared.body);
    if (!isOk(sent.reply)) {
      const failure = await refused(context, sent);
      // A token may end, or be taken back, at any time: that is no fault of the account.
      const renewed = failure.status === 401 && !isRenewed ? await renewedLease(lease) : undefined;
      if (renewed !== undefined) return attempt(renewed, inbound, parts, true);
      // Bounded by the provider: what it has found not to work it does not choose again.
      const isOtherWay = credential.upstream.reroute?.(failure, { endpoint, model: offer.model }) === true;
      if (isOtherWay) return attempt(lease, inbound, parts, isRenewed);
      const body = mended(context, failure, prepared.replayed);
      if (body === undefined) return fail(lease, inbound, failure);
      const warning = mendedWarning(failure);
      inbound.warn(warning);
      context = { ...context, notes: warningNotes(inbound.headers, [...prepared.warnings, warning]) };
      sent = await send(context, body);
    }
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return fail(lease, inbound, transportFailure(error));
  }
  const { reply } = sent;
  if (!isOk(reply)) return fail(lease, inbound, await refused(context, sent));
  const kind = bodyKind(reply.headers);
  if (kind === 'unusable') return fail(lease, inbound, await unusable(reply));
  return inbound.stream && kind === 'stream' ? streamed(context, reply) : answerWhole(context, reply, kind);
}

const canEmbed = ({ dialect }: Inbound, endpoint?: Endpoint, upstream?: UpstreamDialect): boolean =>
  endpoint?.dialect === dialect.id || (dialect.embedding !== undefined && upstream?.embedding !== undefined);

const isOk = ({ status }: HttpReply): boolean => status >= 200 && status <= 299;

/** The body for one more try with the same credential, where somebody knows how to mend what was refused. */
function mended(context: Try, failure: FailureFacts, replayed: readonly string[]): WireBody | undefined {
  const { inbound, lease, endpoint, upstream, parts } = context;
  const { upstream: provider } = lease.credential;
  if (provider.repair === undefined && (upstream.dropRefusedState === undefined || failure.status !== 400)) {
    return undefined;
  }
  const { body } = prepareBody(inbound, lease, endpoint, upstream, parts);
  if (provider.repair?.(failure, body) !== true && upstream.dropRefusedState?.(failure, body) !== true)
    return undefined;
  parts.replay.forget(replayed);
  return body;
}

const mendedWarning = ({ message }: FailureFacts): Warning => ({
  path: '',
  reason: `sent again without what the upstream refused: ${message}`,
});

/** An answer, and the headers that asked for it. */
interface Sent {
  readonly reply: HttpReply;
  readonly headers: UpstreamRequest['headers'];
}

async function send(context: Try, body: WireBody): Promise<Sent> {
  const { inbound, lease, endpoint, isRelay, parts } = context;
  const { credential, offer } = lease;
  const request = credential.upstream.prepare({
    endpoint,
    body,
    model: offer.model,
    operation: inbound.operation,
    stream: inbound.stream,
    relay: isRelay,
    clientHeaders: headersFor(inbound.headers, inbound.thread, credential.id),
    sessionKey: inbound.sessionKey,
    isAlone: () => inbound.route.candidates.every((other) => other.credential.provider.id === credential.provider.id),
    asked: { dialect: inbound.dialect.id, body: inbound.body },
  });
  const { firstByteTimeoutMs } = inbound.plan.policy;
  const once = ({ url, headers, body: bytes }: UpstreamRequest): Promise<HttpReply> =>
    parts.http.send({
      url,
      headers,
      body: bytes,
      ...socketOf(context, request, body),
      proxyUrl: credential.proxyUrl,
      signal: inbound.signal,
      ...(firstByteTimeoutMs > 0 ? { headersTimeoutMs: firstByteTimeoutMs } : {}),
    });
  const reply = await (request.converse?.(once, inbound.signal) ?? once(request));
  learn(context, reply);
  return { reply, headers: request.headers };
}

/** A socket is offered for answers only: nothing else is asked over one. */
function socketOf({ inbound, lease, endpoint }: Try, { headers }: UpstreamRequest, body: WireBody) {
  if (endpoint.socketUrl === undefined || inbound.operation !== 'generate') return undefined;
  const { sessionKey } = inbound;
  const socket = socketCall({ url: endpoint.socketUrl, headers, body, sessionKey });
  return { credentialId: lease.credential.id, socket };
}

async function refused({ upstream, lease, parts }: Try, { reply, headers }: Sent): Promise<FailureFacts> {
  const body = await readBody(reply.body, MAX_ERROR_BYTES).catch(() => undefined);
  const text = withoutQuotedSecrets(body?.bytes.toString('utf8') ?? '', headers);
  const failure = upstream.decodeError(reply.status, text);
  const retryAfterMs = failure.retryAfterMs ?? retryAfter(reply.headers);
  const facts: FailureFacts = {
    ...failure,
    status: failure.status ?? reply.status,
    ...(text === '' ? {} : { body: text }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  const { credential, offer } = lease;
  return credential.upstream.explain?.(facts, reply.headers, parts.now(), offer.model) ?? facts;
}

/** `Retry-After-Ms`, or `Retry-After` in seconds or as an HTTP date. */
function retryAfter(headers: ReplyHeaders): number | undefined {
  const ms = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const value = headers['retry-after'];
  if (typeof value !== 'string') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

type BodyKind = 'stream' | 'json' | 'unusable';

function bodyKind(headers: ReplyHeaders): BodyKind {
  const type = String(headers['content-type'] ?? '').toLowerCase();
  if (type.includes('text/event-stream')) return 'stream';
  if (type.includes('json')) return 'json';
  // A login page or a challenge with status 200 is no answer of a model.
  return type.includes('html') ? 'unusable' : 'stream';
}

async function unusable(reply: HttpReply): Promise<FailureFacts> {
  const body = await readBody(reply.body, MAX_ERROR_BYTES).catch(() => undefined);
  return {
    reason: 'protocol',
    status: 502,
    code: 'unexpected_content_type',
    message: 'the upstream answered with a web page instead of a model answer; is the base URL right?',
    ...(body === undefined ? {} : { body: body.bytes.toString('utf8') }),
  };
}

function streamed(context: Try, reply: HttpReply): Promise<Attempt> {
  const { inbound, lease, parts, endpoint, notes } = context;
  const printer = openFramePrinter(inbound.framing, notes.comment);
  const converter = openConverter(context, printer);
  return new Promise((resolve) => {
    const pump = new StreamPump({
      body: reply.body,
      converter,
      keepAlive: inbound.framing === 'sse' ? inbound.dialect.keepAlive : '\n',
      keepAliveMs: inbound.plan.policy.keepAliveMs,
      ticker: parts.ticker,
      firstByteTimeoutMs: inbound.plan.policy.firstByteTimeoutMs,
      now: parts.now,
      onReject: (failure) => resolve(fail(lease, inbound, failure)),
      onCommit: () => {
        lease.answered();
        resolve({
          ok: true,
          reply: {
            status: 200,
            headers: {
              ...(inbound.plan.policy.passthroughHeaders ? passedHeaders(reply.headers) : {}),
              ...(context.isRelay ? turnStateHeader(reply.headers) : {}),
              ...ownHeaders(context, reply.headers),
              'content-type': printer.contentType,
              'cache-control': 'no-cache',
              'x-accel-buffering': 'no',
              ...notes.headers,
            },
            body: { kind: 'stream', start: (sink) => pump.start(sink) },
          },
        });
      },
      onEnd: ({ failure }) => {
        if (failure === undefined) {
          lease.succeeded();
          if (context.isRelay) keepThread(context, reply.headers, converter.facts.id);
        } else lease.failed(failure, judge(failure, lease.credential, inbound.plan.policy));
        parts.onEnd(inbound, { lease, upstreamDialect: endpoint.dialect, usage: converter.facts.usage, failure });
      },
    });
    reply.body.consume(pump);
  });
}

function openConverter(context: Try, printer: FramePrinter): Converter {
  const { inbound, lease, upstream, isRelay, parts } = context;
  if (isRelay) {
    const tap = upstream.openTap();
    return openRelay(inbound.dialect, tap, printer, streamEdit(context, printer, tap.facts));
  }
  const encoder = inbound.dialect.openEncoder(encodeContextOf(context));
  const decoder = decoderFor(context);
  const record = parts.replay.record(inbound.decoded(), replayScope(inbound, lease, upstream));
  return openTranslation({
    decoder,
    encoder,
    printer,
    openDeframer: upstream.openDeframer ?? openSseDeframer,
    observe: record,
    ...(isImageOperation(inbound.operation) ? { isShown: showsImage(inbound) } : {}),
  });
}

/** Relayed bytes are touched where they must be: another framing, a mapped model name, events or usage nobody asked for. */
function streamEdit({ inbound, lease, parts }: Try, printer: FramePrinter, facts: StreamFacts): StreamEdit | undefined {
  const { offer } = lease;
  if (offer.forceMapping) {
    return openFrameEdit(printer, (data) => mapModelName(data, offer.model.id, inbound.modelName));
  }
  if (inbound.framing !== 'sse') return openFrameEdit(printer, (data) => data);
  const edit = inbound.dialect.editRelayed?.(encodeContextOf({ inbound, parts }));
  if (edit !== undefined) return openFrameEdit(printer, edit);
  const hidden = lease.credential.upstream.hides?.({ dialect: inbound.dialect.id, headers: inbound.headers });
  if (hidden !== undefined) return openEventFilter(hidden);
  return hidesUsage(inbound.dialect, inbound) ? openUsageFilter(facts) : undefined;
}

function hidesUsage(dialect: ClientDialect, inbound: Inbound): boolean {
  if (dialect.id !== 'openai-chat') return false;
  const options = inbound.body.get('stream_options');
  return !(
    typeof options === 'object' &&
    options !== null &&
    'include_usage' in options &&
    options.include_usage === true
  );
}
