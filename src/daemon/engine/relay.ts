import type { ClientDialect, StreamFacts, StreamTap } from '../dialects/dialect.js';
import { openSseDeframer } from '../framing/sse.js';
import type { FailureFacts } from '../ir/error.js';
import type { FramePrinter } from './client-framing.js';
import type { Chunk, Converter } from './converter.js';

/** Changes a relayed stream where it must be changed; absent, bytes pass through untouched. */
export interface StreamEdit {
  push(chunk: Buffer): Chunk;
  end(): Chunk;
}

/** The same dialect on both sides: bytes through, facts observed. */
export function openRelay(client: ClientDialect, tap: StreamTap, printer: FramePrinter, edit?: StreamEdit): Converter {
  const errorFrames = (failure: FailureFacts): string => {
    let text = '';
    client.encodeStreamError(failure, (event, data) => {
      text += printer.frame(event, data);
    });
    return text;
  };
  return {
    facts: tap.facts,
    push(chunk) {
      tap.observe(chunk);
      return edit === undefined ? chunk : edit.push(chunk);
    },
    end() {
      const rest = edit?.end() ?? '';
      const hadFailed = tap.facts.failure !== undefined;
      tap.end();
      const { failure } = tap.facts;
      if (failure === undefined || hadFailed) return join(rest, printer.close());
      return join(rest, `${cut(printer)}${errorFrames(failure)}${printer.close()}`);
    },
    fail(failure) {
      tap.facts.failure ??= failure;
      return join(edit?.end() ?? '', `${cut(printer)}${errorFrames(failure)}${printer.close()}`);
    },
  };
}

/** The connection may have broken inside a frame: a blank line makes what follows a frame of its own. */
const cut = (printer: FramePrinter): string => (printer.contentType.startsWith('text/event-stream') ? '\n\n' : '');

function join(first: Chunk, second: string): Chunk {
  if (first.length === 0) return second;
  if (second === '') return first;
  return typeof first === 'string' ? first + second : Buffer.concat([first, Buffer.from(second)]);
}

/** Prints every frame anew: for another framing, or to write an alias into the frames' model members. */
export function openFrameEdit(printer: FramePrinter, change: (data: string) => string): StreamEdit {
  let out = '';
  const deframer = openSseDeframer((event, data) => {
    out += printer.frame(event, change(data));
  });
  const take = (): string => {
    const text = out;
    out = '';
    return text;
  };
  return {
    push(chunk) {
      deframer.push(chunk);
      return take();
    },
    end() {
      deframer.end();
      return take();
    },
  };
}

const EMPTY: Chunk = '';
const FRAME_END = Buffer.from('\n\n');
const CRLF_FRAME_END = Buffer.from('\r\n\r\n');
const NO_CHOICES = [Buffer.from('"choices":[]'), Buffer.from('"choices": []')];

/**
 * Takes the usage-only chunk out of an OpenAI chat stream: we always ask the upstream for it, and a client that did not
 * must not see it. Whole frames pass as bytes; only an unfinished last one is held.
 * @param facts What a tap has seen, the chunk at hand included: before there is usage, there is nothing to look for.
 */
export function openUsageFilter(facts: StreamFacts): StreamEdit {
  let held: Buffer | undefined;
  return {
    push(chunk) {
      if (held === undefined && facts.usage === undefined && endsWithFrame(chunk)) return chunk;
      const bytes = held === undefined ? chunk : Buffer.concat([held, chunk]);
      const end = lastFrameEnd(bytes);
      held = end === bytes.length ? undefined : bytes.subarray(end);
      if (end === 0) return EMPTY;
      const complete = end === bytes.length ? bytes : bytes.subarray(0, end);
      return NO_CHOICES.some((marker) => complete.includes(marker)) ? withoutUsageFrames(complete) : complete;
    },
    end() {
      const rest = held ?? Buffer.alloc(0);
      held = undefined;
      return NO_CHOICES.some((marker) => rest.includes(marker)) ? EMPTY : rest;
    },
  };
}

const LINE_FEED = 0x0a;

const endsWithFrame = (bytes: Buffer): boolean =>
  bytes[bytes.length - 1] === LINE_FEED && bytes[bytes.length - 2] === LINE_FEED;

function lastFrameEnd(bytes: Buffer): number {
  const plain = bytes.lastIndexOf(FRAME_END);
  const crlf = bytes.lastIndexOf(CRLF_FRAME_END);
  return Math.max(plain === -1 ? 0 : plain + 2, crlf === -1 ? 0 : crlf + 4);
}

const withoutUsageFrames = (frames: Buffer): string =>
  frames
    .toString('utf8')
    .split(/(?<=\r?\n\r?\n)/)
    .filter((frame) => !(/"choices":\s*\[\]/.test(frame) && /"usage":\s*\{/.test(frame)))
    .join('');
