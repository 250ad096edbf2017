import type { ClientDialect, UpstreamDialect } from '../dialect.js';
import { decodeRequest } from './decode-request.js';
import { openDecoder } from './decode-stream.js';
import { encodeRequest } from './encode-request.js';
import { encodeResponse } from './encode-response.js';
import { openEncoder } from './encode-stream.js';
import { decodeError, encodeError, encodeStreamError } from './errors.js';
import { KEPT } from './kept.js';
import { editReasoning, readReasoning } from './reasoning.js';
import { dropForeignState, dropRefusedState } from './relayed-state.js';
import { decodeResponse } from './response.js';
import { openTap, tapResponse } from './tap.js';
import { DIALECT } from './wire.js';

/** OpenAI Responses, as clients speak it: Codex CLI, the OpenAI and `ai` SDKs. */
export const openaiResponsesClient: ClientDialect = {
  id: DIALECT,
  reasoningFamily: 'openai',
  kept: KEPT,
  decodeRequest,
  openEncoder,
  encodeResponse,
  encodeError,
  encodeStreamError,
  keepAlive: ': keep-alive\n\n',
};

/** OpenAI Responses, as upstreams speak it. */
export const openaiResponsesUpstream: UpstreamDialect = {
  id: DIALECT,
  encodeRequest,
  openDecoder,
  decodeResponse,
  decodeError,
  openTap,
  tapResponse,
  editReasoning,
  readReasoning,
  dropForeignState,
  dropRefusedState,
};
