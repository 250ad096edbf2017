import { frameAround, openWholeFrames } from '../framing/whole-frames.js';
import type { Chunk } from './converter.js';
import type { StreamEdit } from './relay.js';

const EMPTY: Chunk = '';

/** Takes out of a relayed stream the events whose type begins with `prefix`; whole frames pass as bytes otherwise. */
export function openEventFilter(prefix: string): StreamEdit {
  const marker = Buffer.from(prefix);
  const isHidden = new RegExp(`^(event: ?|data: ?\\{\\s*"type":\\s*")${prefix.replaceAll('.', '\\.')}`, 'm');
  let out: Chunk = EMPTY;
  const frames = openWholeFrames((whole) => {
    out = whole.includes(marker) ? withoutHidden(whole, marker, isHidden) : whole;
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

function withoutHidden(frames: Buffer, marker: Buffer, isHidden: RegExp): Buffer {
  const kept: Buffer[] = [];
  let keptFrom = 0;
  for (let at = frames.indexOf(marker); at !== -1; ) {
    const frame = frameAround(frames, at);
    const start = frame.byteOffset - frames.byteOffset;
    const end = start + frame.length;
    if (isHidden.test(frame.toString('utf8'))) {
      kept.push(frames.subarray(keptFrom, start));
      keptFrom = end;
    }
    at = frames.indexOf(marker, end);
  }
  return kept.length === 0 ? frames : Buffer.concat([...kept, frames.subarray(keptFrom)]);
}
