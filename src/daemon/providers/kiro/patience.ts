import type { Clock } from '../../../shared/clock.js';
import { bodyOf, type HttpReply, readBody, type UpstreamRequest } from '../provider.js';
import { CAPACITY } from './account-errors.js';
import { decodeError } from './decode-error.js';

/** Before a model that has no room is asked again: it is of no use to ask with another account. */
const WAITS_MS = [5_000, 10_000, 20_000] as const;

/** What is beyond is not read of any refusal. */
const MAX_ERROR_BYTES = 64 * 1024;

type Send = (request: UpstreamRequest) => Promise<HttpReply>;

interface Patience extends Pick<Clock, 'sleep'> {
  /** Nobody waits any more. */
  readonly signal: AbortSignal;
}

/** Sends, and sends again while the model has no room; the last refusal is the answer. */
export const withPatience =
  (send: Send, { sleep, signal }: Patience): Send =>
  async (request) => {
    for (let tries = 0; ; tries += 1) {
      const reply = await send(request);
      // No other status says so.
      if (reply.status !== 429 && reply.status !== 500) return reply;
      const { bytes } = await readBody(reply.body, MAX_ERROR_BYTES);
      const refused = { ...reply, body: bodyOf(bytes) };
      const wait = WAITS_MS[tries];
      const failure = decodeError(reply.status, bytes.toString('utf8'));
      if (failure.code !== CAPACITY || wait === undefined) return refused;
      const isOver = await sleep(failure.retryAfterMs ?? wait, signal).then(
        () => false,
        () => true,
      );
      if (isOver) return refused;
    }
  };
