import { sseFrame } from '../framing/sse.js';

/** How frames reach the client. Gemini clients that do not ask for `alt=sse` get one JSON array. */
export type ClientFraming = 'sse' | 'json-array';

export interface FramePrinter {
  readonly contentType: string;
  frame(event: string | undefined, data: string): string;
  /** What closes the whole stream. */
  close(): string;
}

export function openFramePrinter(framing: ClientFraming): FramePrinter {
  if (framing === 'sse') return { contentType: 'text/event-stream; charset=utf-8', frame: sseFrame, close: () => '' };
  let isFirst = true;
  return {
    contentType: 'application/json; charset=utf-8',
    frame(_event, data) {
      const prefix = isFirst ? '[' : ',\r\n';
      isFirst = false;
      return prefix + data;
    },
    close: () => (isFirst ? '[]' : ']'),
  };
}
