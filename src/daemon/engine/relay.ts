import type { ClientDialect, StreamTap } from '../dialects/dialect.js';
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
