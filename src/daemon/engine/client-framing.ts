import { sseFrame } from '../framing/sse-frame.js';

/**
 * How frames reach the client. Gemini clients that do not ask for `alt=sse` get one JSON array; `json-lines` is for transports
 * with frames of their own: one line each, an empty line to keep alive.
 */
export type ClientFraming = 'sse' | 'json-array' | 'json-lines';

export interface FramePrinter {
  readonly contentType: string;
  frame(event: string | undefined, data: string): string;
  /** What closes the whole stream. */
  close(): string;
}

/** @param comment Event-stream comments to close with; a JSON array has no place for them. */
export function openFramePrinter(framing: ClientFraming, comment = ''): FramePrinter {
  if (framing === 'sse') {
    return { contentType: 'text/event-stream; charset=utf-8', frame: sseFrame, close: () => comment };
  }
  if (framing === 'json-lines') return JSON_LINES;
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

const JSON_LINES: FramePrinter = {
  contentType: 'application/x-ndjson; charset=utf-8',
  // A line end inside of JSON can only be white space.
  frame: (_event, data) => `${data.includes('\n') ? data.replaceAll('\n', ' ') : data}\n`,
  close: () => '',
};
