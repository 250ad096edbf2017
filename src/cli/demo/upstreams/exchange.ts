import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseJson } from './json.js';
import type { OpenRecord } from './recorded-request.js';
import { pause, playReply, type ScriptedReply, sendBody } from './scripted.js';
import { type Outcome, Refusal, type Session, type Vendor } from './vendor.js';

/** More than any vendor takes. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export interface ExchangeOptions {
  readonly vendor: Vendor;
  readonly session: Session;
  readonly textDeltaMs: number;
  /** The next scripted reply, taken out of the queue; only asked when the request is no GET. */
  readonly takeScripted: () => ScriptedReply | undefined;
  /** Called with the request once its body is there. */
  readonly onRequest: (record: OpenRecord) => void;
}

/** One request, from its first byte to the last of its answer. */
export async function exchange(
  request: IncomingMessage,
  response: ServerResponse,
  options: ExchangeOptions,
): Promise<void> {
  const { vendor, session, takeScripted, onRequest } = options;
  const gone = new AbortController();
  const record = openRecord(request, response, session.now, gone);
  const text = await readText(request);
  if (gone.signal.aborted) return;
  if (text !== undefined) record.body = text === '' ? undefined : (parseJson(text) ?? text);
  onRequest(record);
  const scripted = request.method === 'GET' ? undefined : takeScripted();
  if (scripted !== undefined) return playReply(scripted, response, gone.signal);
  if (text === undefined) return sendBody(vendor.error('too-large', {}), response);
  await deliver(handle(request, record.body, vendor, session), response, gone.signal, options.textDeltaMs);
}

function handle(request: IncomingMessage, body: unknown, vendor: Vendor, session: Session): Outcome {
  const url = new URL(request.url ?? '/', 'http://upstream');
  const { method = 'GET', headers } = request;
  try {
    return vendor.handle({ method, path: url.pathname, query: url.searchParams, headers, body }, session);
  } catch (error) {
    if (error instanceof Refusal) return { type: 'reply', reply: error.reply };
    throw error;
  }
}

async function deliver(outcome: Outcome, response: ServerResponse, gone: AbortSignal, paceMs: number): Promise<void> {
  if (outcome.type === 'reply') {
    if (outcome.delayMs !== undefined) await pause(outcome.delayMs, gone);
    if (!gone.aborted) sendBody(outcome.reply, response);
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...outcome.headers,
  });
  const deltaMs = outcome.deltaMs ?? paceMs;
  for (const { text, isDelta } of outcome.frames) {
    if (isDelta && deltaMs > 0) await pause(deltaMs, gone);
    if (gone.aborted) return;
    if (!response.write(text)) await drained(response);
  }
  response.end();
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });

function openRecord(
  request: IncomingMessage,
  response: ServerResponse,
  now: () => number,
  gone: AbortController,
): OpenRecord {
  const record: OpenRecord = {
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers: request.headers,
    body: undefined,
    receivedAt: now(),
    abortedAt: undefined,
    closed: new Promise((resolve) => {
      response.once('close', () => {
        const at = now();
        if (!response.writableFinished) record.abortedAt = at;
        gone.abort();
        resolve(at);
      });
    }),
  };
  return record;
}

/** The whole body; undefined when it is too large, after reading it to its end so that the answer arrives. */
async function readText(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
  });
  await new Promise<void>((resolve) => {
    request.once('end', resolve);
    request.once('close', resolve);
  });
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks).toString('utf8');
}
