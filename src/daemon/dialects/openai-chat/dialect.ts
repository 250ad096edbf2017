import type { ClientDialect, UpstreamDialect } from '../dialect.js';
import { decodeRequest } from './decode-request.js';
import { decodeResponse } from './decode-response.js';
import { openDecoder } from './decode-stream.js';
import { embedding } from './embedding.js';
import { encodeRequest } from './encode-request.js';
import { encodeResponse } from './encode-response.js';
import { openEncoder } from './encode-stream.js';
import { decodeError, encodeError, encodeStreamError } from './errors.js';
import { KEPT } from './kept.js';
import { editReasoning, readReasoning } from './reasoning.js';
import { dropForeignState } from './relayed-state.js';
import { openTap, tapResponse } from './tap.js';

/** OpenAI Chat Completions, as clients speak it. */
export const openaiChatClient: ClientDialect = {
  id: 'openai-chat',
  reasoningFamily: 'openai',
  kept: KEPT,
  embedding,
  decodeRequest,
  openEncoder,
  encodeResponse,
  encodeError,
  encodeStreamError,
  keepAlive: ': keep-alive\n\n',
};

/** OpenAI Chat Completions, as upstreams speak it, compatible servers included. */
export const openaiChatUpstream: UpstreamDialect = {
  id: 'openai-chat',
  encodeRequest,
  openDecoder,
  decodeResponse,
  decodeError,
  openTap,
  tapResponse,
  editReasoning,
  readReasoning,
  dropForeignState,
};
