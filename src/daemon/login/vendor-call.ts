import { AppError } from '../../shared/errors.js';
import { USER_AGENT } from '../../shared/version.js';
import { isObject, type JsonObject, parseJson } from '../ir/json.js';
import { type ReplyHeaders, readBody, TransportError } from '../transport/http.js';
import type { AccountContext } from './account-context.js';
import { printable } from './printable.js';

export interface VendorCall {
  readonly method?: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** At most one of the two; `undefined` members are left out. */
  readonly json?: JsonObject;
  readonly form?: Readonly<Record<string, string | undefined>>;
  /** Aborts the call; without it the call runs to its end, as a rotation must. */
  readonly signal?: AbortSignal;
  /** For the whole call. Default 30 s. */
  readonly timeoutMs?: number;
  /** A longer answer counts as none. Default 256 KiB, many times what token answers need. */
  readonly maxBytes?: number;
  /** The member under which an answer that is a bare list is given; absent: it counts as none. */
  readonly listAs?: string;
}

export interface VendorReply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  /** Empty when the answer is no JSON object. */
  readonly body: JsonObject;
}

const TIMEOUT_MS = 30_000;
const MAX_BODY_BYTES = 256 * 1024;

/** One side call to a vendor, through the account's own proxy. @throws AppError `vendor_unreachable` */
export async function callVendor(context: AccountContext, call: VendorCall): Promise<VendorReply> {
  const { url, headers, timeoutMs = TIMEOUT_MS } = call;
  const body = bodyOf(call);
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const reply = await context.http.send({
      method: call.method ?? 'POST',
      url,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': USER_AGENT,
        ...(body === undefined ? {} : { 'content-type': body.type }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: Buffer.from(body.text) }),
      proxyUrl: context.proxyUrl,
      signal: call.signal === undefined ? deadline : AbortSignal.any([call.signal, deadline]),
      // A call over a dying connection is sent again by itself, and a token that can be used once must not be.
      closesConnection: true,
      headersTimeoutMs: timeoutMs,
      idleTimeoutMs: timeoutMs,
    });
    const { bytes, complete } = await readBody(reply.body, call.maxBytes ?? MAX_BODY_BYTES);
    const value = complete ? parseJson(bytes.toString('utf8')) : undefined;
    const list = call.listAs !== undefined && Array.isArray(value) ? { [call.listAs]: value } : {};
    return { status: reply.status, headers: reply.headers, body: isObject(value) ? value : list };
  } catch (error) {
    call.signal?.throwIfAborted();
    if (!(error instanceof TransportError)) throw error;
    const why = deadline.aborted ? `${new URL(url).host}: no answer in time` : error.message;
    throw new AppError('vendor_unreachable', why, {
      hint: 'check the network, and `proxy-url` or HTTPS_PROXY if a proxy is needed',
      cause: error,
    });
  }
}

function bodyOf({ json, form }: VendorCall): { readonly type: string; readonly text: string } | undefined {
  if (json !== undefined) return { type: 'application/json', text: JSON.stringify(json) };
  if (form === undefined) return undefined;
  const fields = new URLSearchParams();
  for (const [name, value] of Object.entries(form)) if (value !== undefined) fields.set(name, value);
  return { type: 'application/x-www-form-urlencoded', text: fields.toString() };
}

/** How a vendor says no: RFC 6749 (`error`, `error_description`), or an object in its place. */
export interface VendorError {
  readonly code?: string;
  /** For people; without what we sent. */
  readonly message: string;
}

/** `secrets`: what was sent and must not come back in a message. */
export function readVendorError({ status, body }: VendorReply, secrets: readonly string[] = []): VendorError {
  const { error } = body;
  const inner = isObject(error) ? error : undefined;
  const code = textOf(inner?.['code']) ?? textOf(inner?.['type']) ?? textOf(error) ?? textOf(body['code']);
  const words = [inner?.['message'], body['error_description'], body['message'], code].map(textOf);
  const said = words.find((text) => text !== undefined) ?? '';
  const hidden = secrets.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, '***')), said);
  const message = hidden === '' ? `HTTP ${status}` : `${printable(hidden)} (HTTP ${status})`;
  return { message, ...(code === undefined ? {} : { code }) };
}

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** `Retry-After` as seconds or date, or `Retry-After-Ms`; `undefined` when it says nothing usable. */
export function readRetryAfterMs(headers: ReplyHeaders, now: number): number | undefined {
  const first = (name: string): string => {
    const value = headers[name];
    return (typeof value === 'string' ? value : (value?.[0] ?? '')).trim();
  };
  const ms = Number(first('retry-after-ms') || Number.NaN);
  if (ms >= 0) return ms;
  const text = first('retry-after');
  if (text === '') return undefined;
  const wait = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

/** The answer's member, or the end of the login: without it nothing can be kept. */
export function requireText(body: JsonObject, member: string, vendor: string): string {
  const value = textOf(body[member]);
  if (value !== undefined) return value;
  throw new AppError('login_refused', `${vendor} answered without \`${member}\``, { hint: 'start the login again' });
}
