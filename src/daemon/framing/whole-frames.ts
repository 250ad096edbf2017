const LINE_FEED = 0x0a;
const FRAME_END = Buffer.from('\n\n');
/** `\r\n\r\n` without its first byte, so that both kinds of line end are searched for alike. */
const CRLF_FRAME_END = Buffer.from('\n\r\n');
const LONGEST_END = 3;
/** An unfinished frame beyond this is no longer looked at; a terminal event with images has some MB. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
const NOTHING: Buffer = Buffer.alloc(0);

export interface WholeFrames {
  /** Bytes as they came from the network, cut anywhere. */
  push(chunk: Uint8Array): void;
  /** The stream ended: a last frame without its blank line still counts. */
  end(): void;
}

/**
 * Watches an event stream without decoding it: `give` gets one or more whole frames at a time, as bytes. Frames that come
 * in one piece are not copied; those in pieces are joined once, when their end is there.
 */
export function openWholeFrames(give: (frames: Buffer) => void): WholeFrames {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let isSkipping = false;
  /** The last bytes held: a frame's end may begin in them. */
  let tail = NOTHING;

  const hold = (rest: Buffer): void => {
    tail =
      rest.length >= LONGEST_END ? rest.subarray(-LONGEST_END) : Buffer.concat([tail, rest]).subarray(-LONGEST_END);
    heldBytes += rest.length;
    isSkipping ||= heldBytes > MAX_HELD_BYTES;
    if (isSkipping) held = [];
    else held.push(rest);
  };
  const release = (last: Buffer): void => {
    const whole = held.length === 0 ? last : Buffer.concat([...held, last]);
    const wasSkipping = isSkipping;
    held = [];
    heldBytes = 0;
    isSkipping = false;
    tail = NOTHING;
    if (!wasSkipping && whole.length > 0) give(whole);
  };

  return {
    push(chunk) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const end = lastFrameEnd(tail, bytes);
      if (end > 0) release(end === bytes.length ? bytes : bytes.subarray(0, end));
      if (end < bytes.length) hold(end === 0 ? bytes : bytes.subarray(end));
    },
    end: () => release(NOTHING),
  };
}

/** The frame around an offset, its blank line included. */
export function frameAround(frames: Buffer, at: number): Buffer {
  return frames.subarray(frameStart(frames, at), frameEnd(frames, at));
}

/** The offset behind the end of the frame that `from` stands in; the length where the end is missing. */
export function frameEnd(frames: Buffer, from: number): number {
  const plain = frames.indexOf(FRAME_END, from);
  const end = plain === -1 ? frames.length : plain + FRAME_END.length;
  // Only up to there: the other kind of end is nearly never found, and the whole chunk would be searched for it.
  const crlf = frames.subarray(from, end).indexOf(CRLF_FRAME_END);
  return crlf === -1 ? end : from + crlf + CRLF_FRAME_END.length;
}

function frameStart(frames: Buffer, before: number): number {
  const plain = frames.lastIndexOf(FRAME_END, before);
  const start = plain === -1 ? 0 : plain + FRAME_END.length;
  const crlf = frames.subarray(start, before).lastIndexOf(CRLF_FRAME_END);
  return crlf === -1 ? start : start + crlf + CRLF_FRAME_END.length;
}

/** The offset in `bytes` behind the last frame that ends there; 0 when none does. */
function lastFrameEnd(tail: Buffer, bytes: Buffer): number {
  // The usual chunk: it ends where a frame does.
  if (bytes[bytes.length - 1] === LINE_FEED && bytes[bytes.length - 2] === LINE_FEED) return bytes.length;
  const plain = bytes.lastIndexOf(FRAME_END);
  const crlf = bytes.lastIndexOf(CRLF_FRAME_END);
  const inside = Math.max(plain === -1 ? 0 : plain + FRAME_END.length, crlf === -1 ? 0 : crlf + CRLF_FRAME_END.length);
  if (inside > 0 || tail.length === 0) return inside;
  const bridge = Buffer.concat([tail, bytes.subarray(0, LONGEST_END - 1)]);
  const across = Math.max(endOf(bridge, FRAME_END, tail.length), endOf(bridge, CRLF_FRAME_END, tail.length));
  return Math.max(0, across - tail.length);
}

function endOf(bridge: Buffer, mark: Buffer, before: number): number {
  const at = bridge.lastIndexOf(mark);
  return at === -1 || at + mark.length <= before ? 0 : at + mark.length;
}
