import type { ClientDialect, UpstreamDialect } from '../dialect.js';
import { clientEmbedding } from './client-embedding.js';
import { decodeRequest } from './decode-request.js';
import { openDecoder } from './decode-stream.js';
import { embedding } from './embedding.js';
import { opensLink } from './encode-media.js';
import { encodeRequest } from './encode-request.js';
import { openEncoder } from './encode-stream.js';
import { decodeError, encodeError, encodeStreamError } from './errors.js';
import { issuerOf } from './issuer.js';
import { KEPT } from './kept.js';
import { editReasoning, readReasoning } from './reasoning.js';
import { dropForeignState, dropRefusedState } from './relayed-state.js';
import { decodeResponse, encodeResponse, tapResponse } from './response.js';
import { openTap } from './tap.js';
import { ID } from './wire.js';

/** Gemini `generateContent` as clients speak it. */
export const geminiGenerateClient: ClientDialect = {
  id: ID,
  reasoningFamily: 'gemini',
  kept: KEPT,
  decodeRequest,
  embedding: clientEmbedding,
  openEncoder,
  encodeResponse,
  encodeError,
  encodeStreamError,
  keepAlive: ': keep-alive\n\n',
};

/** Gemini `generateContent` as upstreams speak it. */
export const geminiGenerateUpstream: UpstreamDialect = {
  id: ID,
  encodeRequest,
  embedding,
  opensLink: (url, model) => opensLink(url, model.traits.has('vertex')),
  openDecoder,
  decodeResponse,
  decodeError,
  openTap,
  tapResponse,
  editReasoning,
  readReasoning,
  issuerOf,
  dropForeignState,
  dropRefusedState,
};
