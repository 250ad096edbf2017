import { openFrameFilter } from './frame-filter.js';
import type { StreamEdit } from './relay.js';

/** Takes out of a relayed stream the events whose type begins with `prefix`. */
export function openEventFilter(prefix: string): StreamEdit {
  const isHidden = new RegExp(`^(event: ?|data: ?\\{\\s*"type":\\s*")${prefix.replaceAll('.', '\\.')}`, 'm');
  return openFrameFilter({ marker: Buffer.from(prefix), isOut: (frame) => isHidden.test(frame.toString('utf8')) });
}
