import { frameAround, openWholeFrames } from '../framing/whole-frames.js';
import type { Chunk } from './converter.js';
import type { StreamEdit } from './relay.js';

export interface FrameFilter {
  /** What every frame to be looked at holds: a stream without it passes unread. */
  readonly marker: Buffer;
  /** Whether such a frame is taken out. */
  readonly isOut: (frame: Buffer) => boolean;
  /** `false`: nothing can be out yet. */
  readonly mayBeOut?: () => boolean;
}

const EMPTY: Chunk = '';

/** Takes frames out of a relayed stream. All others pass as the bytes they are; only an unfinished last one is held. */
export function openFrameFilter(filter: FrameFilter): StreamEdit {
  let out: Chunk = EMPTY;
  const frames = openWholeFrames((whole) => {
    out = filter.mayBeOut?.() === false ? whole : without(whole, filter);
  });
  const take = (): Chunk => {
    const bytes = out;
    out = EMPTY;
    return bytes;
  };
  return {
    push(chunk) {
      frames.push(chunk);
      return take();
    },
    end() {
      frames.end();
      return take();
    },
  };
}

function without(frames: Buffer, { marker, isOut }: FrameFilter): Buffer {
  const kept: Buffer[] = [];
  let keptFrom = 0;
  for (let at = frames.indexOf(marker); at !== -1; ) {
    const frame = frameAround(frames, at);
    const start = frame.byteOffset - frames.byteOffset;
    const end = start + frame.length;
    if (isOut(frame)) {
      kept.push(frames.subarray(keptFrom, start));
      keptFrom = end;
    }
    at = frames.indexOf(marker, end);
  }
  return kept.length === 0 ? frames : Buffer.concat([...kept, frames.subarray(keptFrom)]);
}
