import type { Operation, StreamDecoder } from '../dialects/dialect.js';
import type { FailureFacts } from '../ir/error.js';
import type { ModelEvent } from '../ir/event.js';
import { isImageOnly, lackOfImage, requireImage } from '../ir/image-answer.js';
import type { ModelInfo } from '../ir/model.js';
import type { Inbound } from './inbound.js';
import type { Try } from './try.js';

export const isImageOperation = (operation: Operation): boolean => operation === 'image' || operation === 'image-edit';

/** Reads the upstream's stream; where pictures are wanted, one that ends without any has failed. */
export function decoderFor({
  inbound,
  upstream,
  restore,
}: Pick<Try, 'inbound' | 'upstream' | 'restore'>): StreamDecoder {
  const decoder = upstream.openDecoder(restore);
  if (!isImageOperation(inbound.operation)) return decoder;
  let guarded: ((event: ModelEvent) => void) | undefined;
  return {
    push(event, data, emit) {
      guarded ??= requireImage(emit);
      decoder.push(event, data, guarded);
    },
    end(emit) {
      guarded ??= requireImage(emit);
      decoder.end(guarded);
    },
  };
}

export const lackIn = (
  { operation }: Inbound,
  response: Parameters<typeof lackOfImage>[0],
): FailureFacts | undefined => (isImageOperation(operation) ? lackOfImage(response) : undefined);

/** Until the first draft that the client wants, there is nothing to see, and another credential may still do it. */
export const showsImage =
  ({ decoded }: Inbound) =>
  (event: ModelEvent): boolean =>
    event.type === 'image-draft' && (decoded().image?.partialImages ?? 0) > 0;

/** Why this model cannot do what the client's path is for, whoever serves it; `undefined`: it may. */
export function wrongPath(model: ModelInfo, operation: Operation): FailureFacts | undefined {
  if (isImageOperation(operation) || !isImageOnly(model)) return undefined;
  return {
    reason: 'invalid-request',
    status: 400,
    code: 'image_model',
    param: 'model',
    message: `${model.id} only draws images: use POST /v1/images/generations or /v1/images/edits`,
  };
}
