import { StringDecoder } from 'node:string_decoder';
import { type Deframer, type FrameSink, openDeframer } from './deframer.js';

/** The deframer on Node, whose own decoder takes a third of the time of a `TextDecoder` that streams. */
export function openSseDeframer(sink: FrameSink): Deframer {
  const decoder = new StringDecoder('utf8');
  return openDeframer(sink, { write: (chunk) => decoder.write(chunk as Buffer), end: () => decoder.end() });
}
