import { bodyOf, type HttpReply, readBody, TransportError, type UpstreamRequest } from '../provider.js';
import { isHostBusy } from './errors.js';

const MAX_ERROR_BYTES = 64 * 1024;

/**
 * Asks one host after the other until one has room (antigravity.md 3.1); the last refusal, where none has. A client that is
 * gone is not asked for elsewhere.
 */
export async function sendToAny(
  requests: readonly UpstreamRequest[],
  send: (request: UpstreamRequest) => Promise<HttpReply>,
): Promise<HttpReply> {
  const [last, ...earlier] = requests.toReversed();
  if (last === undefined) throw new Error('there is no host to ask');
  let refusal: HttpReply | undefined;
  for (const request of earlier.reverse()) {
    try {
      const reply = await send(request);
      if (reply.status !== 429 && reply.status !== 503) return reply;
      const { bytes } = await readBody(reply.body, MAX_ERROR_BYTES);
      refusal = { ...reply, body: bodyOf(bytes) };
      if (!isHostBusy(reply.status, bytes.toString('utf8'))) return refusal;
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
    }
  }
  try {
    return await send(last);
  } catch (error) {
    // What a host has said tells more than that another one cannot be reached.
    if (refusal === undefined || !isConnectionLost(error)) throw error;
    return refusal;
  }
}

const isConnectionLost = (error: unknown): boolean => error instanceof TransportError && error.kind !== 'aborted';
