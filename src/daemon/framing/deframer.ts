/** Called for each frame: the SSE event name, if any, and the joined data lines. */
export type FrameSink = (event: string | undefined, data: string) => void;

export interface Deframer {
  push(chunk: Uint8Array): void;
  /** The stream ended: a last frame without its blank line still counts. */
  end(): void;
}

/** Bytes to text; what is left of a character cut in two comes with the next piece, or at the end. */
export interface Utf8Decoder {
  write(chunk: Uint8Array): string;
  end(): string;
}

/** A single event above this size is refused: nothing may grow without bound (images of 30 MB do arrive). */
const MAX_FRAME_CHARS = 64 * 1024 * 1024;

class FrameTooLarge extends Error {
  override readonly name = 'FrameTooLarge';
}

/**
 * Cuts a byte stream into server-sent events. Chunks may be cut anywhere, inside a UTF-8 sequence too. A bare JSON line
 * without `data:` counts as data: some upstreams send errors that way.
 */
export function openDeframer(sink: FrameSink, decoder: Utf8Decoder): Deframer {
  // Pieces of an unfinished frame are joined only when its end arrives, so a huge frame costs one copy, not n.
  let pieces: string[] = [];
  let heldChars = 0;
  let lastChar = '';
  let heldCarriageReturn = false;

  const normalise = (text: string): string => {
    const whole = heldCarriageReturn ? `\r${text}` : text;
    heldCarriageReturn = whole.endsWith('\r');
    const complete = heldCarriageReturn ? whole.slice(0, -1) : whole;
    return complete.includes('\r') ? complete.replaceAll('\r\n', '\n').replaceAll('\r', '\n') : complete;
  };

  const flush = (tail: string): void => {
    const text = pieces.length === 0 ? tail : pieces.join('') + tail;
    pieces = [];
    heldChars = 0;
    emitFrame(text, sink);
  };

  const take = (text: string): void => {
    let start = 0;
    if (lastChar === '\n' && text[0] === '\n') {
      flush('');
      start = 1;
    }
    for (;;) {
      const end = text.indexOf('\n\n', start);
      if (end === -1) break;
      flush(text.slice(start, end));
      start = end + 2;
    }
    if (start < text.length) {
      const rest = start === 0 ? text : text.slice(start);
      pieces.push(rest);
      heldChars += rest.length;
      lastChar = rest[rest.length - 1] ?? '';
      if (heldChars > MAX_FRAME_CHARS) throw new FrameTooLarge('upstream sent an event of more than 64 MiB');
    } else {
      lastChar = '';
    }
  };

  return {
    push(chunk) {
      const text = decoder.write(chunk);
      const plain = heldCarriageReturn || text.includes('\r') ? normalise(text) : text;
      if (plain.length > 0) take(plain);
    },
    end() {
      const text = decoder.end();
      if (text.length > 0) take(normalise(text));
      flush('');
      lastChar = '';
    },
  };
}

function emitFrame(frame: string, sink: FrameSink): void {
  // The common case by far: one data line and nothing else.
  if (frame.startsWith('data: ') && !frame.includes('\n')) return sink(undefined, frame.slice(6));
  let event: string | undefined;
  let data: string | undefined;
  for (const line of frame.split('\n')) {
    if (line === '' || line[0] === ':') continue;
    if (line.startsWith('data:')) {
      const value = line.slice(line[5] === ' ' ? 6 : 5);
      data = data === undefined ? value : `${data}\n${value}`;
    } else if (line.startsWith('event:')) {
      event = line.slice(6).trim();
    } else if (data === undefined && (line[0] === '{' || line[0] === '[')) {
      data = line;
    }
  }
  if (data !== undefined) sink(event, data);
}
