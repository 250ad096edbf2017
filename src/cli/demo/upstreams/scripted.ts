import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A step of a scripted stream: raw text (an empty one sends the headers alone), a wait, or one of the words `end` (the
 * body ends well), `cut` (the connection closes in mid-body), `reset` (TCP reset) and `stall` (nothing more comes).
 */
export type StreamStep = string | { readonly waitMs: number } | { readonly waitFor: Promise<unknown> };

/** An answer given in place of the normal behaviour. */
export interface ScriptedReply {
  /** 200 unless told. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly delayMs?: number;
  /** In place of `body`. Headers go out with the first text; after the last step the body ends well. */
  readonly stream?: readonly StreamStep[];
}

/** Plays the reply until it is over or the client is gone. */
export async function playReply(reply: ScriptedReply, response: ServerResponse, signal: AbortSignal): Promise<void> {
  if (reply.delayMs !== undefined) await pause(reply.delayMs, signal);
  if (signal.aborted) return;
  if (reply.stream === undefined) return sendBody(reply, response);
  response.writeHead(reply.status ?? 200, { 'content-type': 'text/event-stream; charset=utf-8', ...reply.headers });
  for (const step of reply.stream) {
    if (signal.aborted) return;
    if (typeof step !== 'string') {
      await ('waitMs' in step ? pause(step.waitMs, signal) : Promise.race([step.waitFor, aborted(signal)]));
    } else if (step === 'stall') {
      return aborted(signal);
    } else if (step === 'reset') {
      response.socket?.resetAndDestroy();
      return;
    } else if (step === 'cut') {
      response.socket?.destroy();
      return;
    } else if (step === 'end') {
      break;
    } else if (step === '') {
      response.flushHeaders();
    } else {
      await written(response, step);
    }
  }
  response.end();
}

/** Sends a body at once; without a content type of its own it is JSON, or plain text. */
export function sendBody({ status = 200, headers = {}, body }: ScriptedReply, response: ServerResponse): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? '');
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    ...headers,
  });
  response.end(text);
}

/** Waits, or returns early when the client is gone. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  // It rejects for one reason only: the signal.
  sleep(ms, undefined, { signal }).catch(() => undefined);

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Resolves when the text is with the operating system, or the client is gone. */
const written = (response: ServerResponse, text: string): Promise<void> =>
  new Promise((resolve) => {
    response.write(text, () => resolve());
  });
