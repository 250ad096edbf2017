import { openSseDeframer } from '../../framing/sse.js';
import { sseFrame } from '../../framing/sse-frame.js';
import { isObject, parseJson } from '../../ir/json.js';
import { bodyOf, type HttpReply, type ReplyBody, readBody } from '../provider.js';
import type { AnswerEdit } from './answer-edit.js';
import { fold } from './fold.js';
import { searchFirst } from './search-answer.js';
import { unwrapped } from './unwrap.js';

/** The longest answer that is held in memory. */
const MAX_BYTES = 128 * 1024 * 1024;

export interface AnswerParts {
  readonly stream: boolean;
  readonly edit: AnswerEdit | undefined;
  /** The sources of a search come before the words that are written from them. */
  readonly searchFirst: boolean;
}

/**
 * An answer of the service as one of the public Gemini API: out of its wrapping, and whole where the client wants it so,
 * since the service is always asked for a stream.
 */
export async function openAnswer(reply: HttpReply, parts: AnswerParts): Promise<HttpReply> {
  const type = String(reply.headers['content-type'] ?? '').toLowerCase();
  if (type.includes('html')) return reply;
  if (type.includes('json')) return whole(reply, (text) => plain(text, parts.edit));
  if (parts.stream && !parts.searchFirst) return { ...reply, body: unwrappedStream(reply.body, parts.edit) };
  return folded(reply, parts);
}

/** JSON text out of its wrapping, with what has to be undone undone. */
function plain(text: string, edit: AnswerEdit | undefined): string {
  const inner = unwrapped(text);
  const value = edit === undefined ? undefined : parseJson(inner);
  return edit !== undefined && isObject(value) ? JSON.stringify(edit(value)) : inner;
}

function unwrappedStream(body: ReplyBody, edit: AnswerEdit | undefined): ReplyBody {
  return {
    consume(consumer) {
      let out = '';
      const deframer = openSseDeframer((_event, data) => {
        if (data !== '[DONE]') out += sseFrame(undefined, plain(data, edit));
      });
      const flush = (): void => {
        const text = out;
        out = '';
        if (text !== '') consumer.data(Buffer.from(text));
      };
      body.consume({
        data(chunk) {
          deframer.push(chunk);
          flush();
        },
        end() {
          deframer.end();
          flush();
          consumer.end();
        },
        error(error) {
          flush();
          consumer.error(error);
        },
      });
    },
    pause: () => body.pause(),
    resume: () => body.resume(),
    abort: () => body.abort(),
  };
}

async function folded(reply: HttpReply, { edit, stream, searchFirst: isSearch }: AnswerParts): Promise<HttpReply> {
  const { bytes } = await readBody(reply.body, MAX_BYTES);
  const frames: string[] = [];
  const deframer = openSseDeframer((_event, data) => {
    if (data !== '[DONE]') frames.push(plain(data, edit));
  });
  deframer.push(bytes);
  deframer.end();
  const chunks = frames.map((frame) => parseJson(frame)).filter(isObject);
  const isSound = chunks.length === frames.length;
  const answer = isSound && !isSearch && !stream ? fold(chunks) : undefined;
  if (answer !== undefined) return withBody(reply, JSON.stringify(answer), 'application/json');
  // What is no whole answer stays a stream: how it went wrong is told where streams are read.
  const ordered = isSound && isSearch ? searchFirst(chunks).map((chunk) => JSON.stringify(chunk)) : frames;
  return withBody(reply, ordered.map((data) => sseFrame(undefined, data)).join(''), 'text/event-stream');
}

async function whole(reply: HttpReply, change: (text: string) => string): Promise<HttpReply> {
  const { bytes } = await readBody(reply.body, MAX_BYTES);
  return withBody(reply, change(bytes.toString('utf8')), 'application/json');
}

function withBody(reply: HttpReply, text: string, type: string): HttpReply {
  const { 'content-length': _length, 'content-encoding': _encoding, ...headers } = reply.headers;
  return { ...reply, headers: { ...headers, 'content-type': type }, body: bodyOf(Buffer.from(text)) };
}
