import type { ReplyHeaders } from './http.js';

export type Members = Readonly<Record<string, unknown>>;

export const isRecord = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The members of a frame; `undefined` when it is no JSON object. */
export function readFrame(data: Buffer): Members | undefined {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Long enough for every type there is, where it stands first. */
const HEAD_BYTES = 96;

/** What a frame calls itself. Where the type stands first, as OpenAI writes it, nothing is parsed. */
export function typeOfFrame(data: Buffer): string | undefined {
  const head = data.toString('latin1', 0, HEAD_BYTES);
  const found = /^\s*\{\s*"type"\s*:\s*"([\w.-]+)"/.exec(head)?.[1];
  if (found !== undefined) return found;
  const type = readFrame(data)?.['type'];
  return typeof type === 'string' && /^[\w.-]+$/.test(type) ? type : undefined;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** A frame as the HTTP API would have sent it. A line end inside of JSON can only be white space. */
export function sseBytes(type: string | undefined, data: Buffer): Buffer {
  const head = type === undefined ? 'data: ' : `event: ${type}\ndata: `;
  const bytes = Buffer.allocUnsafe(head.length + data.length + 2);
  bytes.write(head, 0, 'latin1');
  data.copy(bytes, head.length);
  for (let index = head.length; index < head.length + data.length; index++) {
    const byte = bytes[index];
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) bytes[index] = SPACE;
  }
  bytes.write('\n\n', head.length + data.length, 'latin1');
  return bytes;
}

/** Events that promise an answer and are none yet. */
export const isGreeting = (type: string | undefined): boolean =>
  type !== undefined && (/^response\.(created|in_progress|queued)$/.test(type) || type.startsWith('codex.'));

const TERMINAL: ReadonlySet<string | undefined> = new Set([
  'response.completed',
  'response.done',
  'response.incomplete',
  'response.failed',
  'error',
]);

export const isTerminal = (type: string | undefined): boolean => TERMINAL.has(type);

/** An `error` frame as the HTTP answer that it stands for. */
export interface ErrorFrame {
  readonly code: string | undefined;
  /** Absent: it says no status, and is left to the stream's own reading. */
  readonly reply: { readonly status: number; readonly headers: ReplyHeaders; readonly body: Buffer } | undefined;
}

export function readErrorFrame(data: Buffer): ErrorFrame {
  const frame = readFrame(data) ?? {};
  const inner = isRecord(frame['body']) ? frame['body']['error'] : undefined;
  const error = [frame['error'], inner].find(isRecord);
  const code = [error?.['code'], error?.['type'], frame['code']].find((one) => typeof one === 'string');
  const status = [frame['status'], frame['status_code']].find(isErrorStatus);
  const known = typeof code === 'string' ? code : undefined;
  if (status === undefined) return { code: known, reply: undefined };
  const body = Buffer.from(JSON.stringify({ error: error ?? { message: frame['message'], code: frame['code'] } }));
  return { code: known, reply: { status, headers: { ...headersOf(frame['headers']), ...JSON_TYPE }, body } };
}

const JSON_TYPE = { 'content-type': 'application/json' };

const isErrorStatus = (value: unknown): value is number => typeof value === 'number' && value >= 400 && value <= 599;

/** Values may be numbers. */
function headersOf(value: unknown): ReplyHeaders {
  const headers: Record<string, string> = {};
  for (const [name, one] of Object.entries(isRecord(value) ? value : {})) {
    if (typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean') {
      headers[name.toLowerCase()] = String(one);
    }
  }
  return headers;
}
