import { crc32 } from 'node:zlib';
import type { Deframer, FrameSink } from './deframer.js';

/** Lengths and their checksum, before the headers. */
const PRELUDE_BYTES = 12;
/** With the checksum of the whole at its end. */
const MIN_FRAME_BYTES = 16;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** The event name under which a stream tells that it is damaged; no vendor's name begins with a colon. */
export const BROKEN_FRAME = ':broken';
/** Begins the event name of a frame that is an exception: `:exception:ThrottlingException`. */
export const EXCEPTION_FRAME = ':exception:';
/** Begins the event name of a frame that is an error without a body: `:error:InternalFailure`. */
export const ERROR_FRAME = ':error:';

/**
 * Cuts `application/vnd.amazon.eventstream` into frames, cut anywhere by the network. Both checksums of every frame are
 * checked; damage, and an end within a frame, come as one `BROKEN_FRAME` with `{"message"}`, and nothing after it.
 */
export function openAwsEventStreamDeframer(sink: FrameSink): Deframer {
  let pieces: Buffer[] = [];
  let held = 0;
  let wanted = PRELUDE_BYTES;
  let isBroken = false;

  const fail = (message: string): void => {
    isBroken = true;
    pieces = [];
    held = 0;
    sink(BROKEN_FRAME, JSON.stringify({ message }));
  };

  /** One frame off the front; `undefined` when more bytes are needed. */
  const takeFrame = (bytes: Buffer): number | undefined => {
    if (bytes.length < PRELUDE_BYTES) {
      wanted = PRELUDE_BYTES;
      return undefined;
    }
    const total = bytes.readUInt32BE(0);
    const headersLength = bytes.readUInt32BE(4);
    if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8)) {
      fail('the checksum of a frame’s lengths is wrong');
      return undefined;
    }
    if (total < MIN_FRAME_BYTES || total > MAX_FRAME_BYTES || headersLength > total - MIN_FRAME_BYTES) {
      fail(`a frame of ${total} bytes with ${headersLength} bytes of headers cannot be`);
      return undefined;
    }
    if (bytes.length < total) {
      wanted = total;
      return undefined;
    }
    if (crc32(bytes.subarray(0, total - 4)) !== bytes.readUInt32BE(total - 4)) {
      fail('the checksum of a frame is wrong');
      return undefined;
    }
    const headers = readHeaders(bytes.subarray(PRELUDE_BYTES, PRELUDE_BYTES + headersLength));
    if (headers === undefined) {
      fail('the headers of a frame cannot be read');
      return undefined;
    }
    tell(headers, bytes.toString('utf8', PRELUDE_BYTES + headersLength, total - 4), sink);
    return total;
  };

  return {
    push(chunk) {
      if (isBroken || chunk.length === 0) return;
      pieces.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      held += chunk.length;
      // A large frame is joined once, when all of it is there.
      if (held < wanted) return;
      let bytes = pieces.length === 1 ? (pieces[0] ?? EMPTY) : Buffer.concat(pieces, held);
      for (;;) {
        const taken = takeFrame(bytes);
        if (isBroken) return;
        if (taken === undefined) break;
        bytes = bytes.subarray(taken);
      }
      pieces = bytes.length === 0 ? [] : [Buffer.from(bytes)];
      held = bytes.length;
      if (held === 0) wanted = PRELUDE_BYTES;
    },
    end() {
      if (!isBroken && held > 0) fail('the stream ended within a frame');
    },
  };
}

/** Prints a frame whose headers are texts. */
export function encodeAwsFrame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const body = Buffer.from(payload);
  const frame = Buffer.alloc(MIN_FRAME_BYTES + head.length + body.length);
  frame.writeUInt32BE(frame.length, 0);
  frame.writeUInt32BE(head.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  head.copy(frame, PRELUDE_BYTES);
  body.copy(frame, PRELUDE_BYTES + head.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, -4)), frame.length - 4);
  return frame;
}

function encodeHeader(name: string, value: string): Buffer {
  const text = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([Buffer.from([Buffer.byteLength(name)]), Buffer.from(name), Buffer.from([TEXT]), length, text]);
}

const EMPTY = Buffer.alloc(0);

function tell(headers: ReadonlyMap<string, string>, payload: string, sink: FrameSink): void {
  switch (headers.get(':message-type')) {
    case 'exception':
      return sink(`${EXCEPTION_FRAME}${headers.get(':exception-type') ?? ''}`, payload === '' ? '{}' : payload);
    case 'error': {
      const message = headers.get(':error-message') ?? '';
      return sink(`${ERROR_FRAME}${headers.get(':error-code') ?? ''}`, JSON.stringify({ message }));
    }
    default:
      return sink(headers.get(':event-type'), payload === '' ? '{}' : payload);
  }
}

/** Bytes that a value of each type takes; the two with a length of their own are not here. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 };
const BYTES = 6;
const TEXT = 7;

/** The headers that are texts; all others are skipped by their type. `undefined`: they do not add up. */
function readHeaders(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes.readUInt8(at);
    if (nameEnd >= bytes.length) return undefined;
    const name = bytes.toString('utf8', at + 1, nameEnd);
    const type = bytes.readUInt8(nameEnd);
    let start = nameEnd + 1;
    let length = FIXED_BYTES[type];
    if (type === BYTES || type === TEXT) {
      if (start + 2 > bytes.length) return undefined;
      length = bytes.readUInt16BE(start);
      start += 2;
    }
    if (length === undefined || start + length > bytes.length) return undefined;
    if (type === TEXT) headers.set(name, bytes.toString('utf8', start, start + length));
    at = start + length;
  }
  return headers;
}
