import type { ClientDialect, UpstreamDialect } from '../dialect.js';
import { type DecodeError, decodeResponse, openDecoder } from './decode-answer.js';
import { decodeGeneration } from './decode-request.js';
import { editRelayed } from './edit-relayed.js';
import { encodeRequest } from './encode-request.js';
import { encodeResponse } from './encode-response.js';
import { openEncoder } from './encode-stream.js';
import { encodeError, encodeStreamError } from './errors.js';
import { ID } from './members.js';
import { openTap, tapResponse } from './tap.js';

/** OpenAI's Images API, as clients speak it. Edits have a reader of their own, `decodeEdit`. */
export const openaiImagesClient: ClientDialect = {
  id: ID,
  reasoningFamily: 'openai',
  kept: { mapped: new Set(), names: { userId: 'user' } },
  decodeRequest: decodeGeneration,
  openEncoder,
  encodeResponse,
  encodeError,
  encodeStreamError,
  editRelayed,
  keepAlive: ': keep-alive\n\n',
};

/** OpenAI's Images API, as upstreams speak it: bodies are passed on, answers are watched. */
export const openaiImagesUpstream = (decodeError: DecodeError): UpstreamDialect => ({
  id: ID,
  encodeRequest,
  openDecoder: () => openDecoder(decodeError),
  decodeResponse,
  decodeError,
  openTap: () => openTap(decodeError),
  tapResponse,
  // Nothing here thinks, and no vendor's state is carried.
  editReasoning: () => undefined,
  readReasoning: () => undefined,
  dropForeignState: () => [],
});
