import type { ClientDialect, UpstreamDialect } from '../dialect.js';
import { decodeRequest } from './decode-request.js';
import { openDecoder } from './decode-stream.js';
import { encodeRequest } from './encode-request.js';
import { openEncoder } from './encode-stream.js';
import { decodeError, encodeError, encodeStreamError } from './errors.js';
import { KEPT } from './kept.js';
import { editReasoning, readReasoning } from './reasoning.js';
import { dropForeignState, dropRefusedState } from './relayed-state.js';
import { decodeResponse, encodeResponse } from './response.js';
import { openTap, tapResponse } from './tap.js';

/** Anthropic Messages as clients speak it. */
export const anthropicMessagesClient: ClientDialect = {
  id: 'anthropic-messages',
  reasoningFamily: 'anthropic',
  kept: KEPT,
  decodeRequest,
  openEncoder,
  encodeResponse,
  encodeError,
  encodeStreamError,
  keepAlive: 'event: ping\ndata: {"type":"ping"}\n\n',
};

/** Anthropic Messages as upstreams speak it. */
export const anthropicMessagesUpstream: UpstreamDialect = {
  id: 'anthropic-messages',
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
