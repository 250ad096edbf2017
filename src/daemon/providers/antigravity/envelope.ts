import { PRODUCT } from '../../../shared/version.js';

export interface Envelope {
  readonly project: string;
  readonly model: string;
  readonly requestType: string;
  readonly requestId: string | undefined;
  /** Purchased credits may be spent, which is the account owner's to allow. */
  readonly spendsCredits: boolean;
}

/** What the service wants around a Gemini body; who asks is said here, too. */
export function inEnvelope(request: Uint8Array, envelope: Envelope): Uint8Array {
  const { project, model, requestType, requestId, spendsCredits } = envelope;
  const head = {
    project,
    model,
    requestType,
    ...(requestId === undefined ? {} : { requestId }),
    userAgent: PRODUCT,
    ...(spendsCredits ? { enabledCreditTypes: ['GOOGLE_ONE_AI'] } : {}),
  };
  return wrapped(`${JSON.stringify(head).slice(0, -1)},"request":`, request);
}

/** Counting names neither a model nor a project. */
export const inCountEnvelope = (request: Uint8Array): Uint8Array => wrapped('{"request":', request);

const wrapped = (head: string, request: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(head), request, Buffer.from('}')]);
