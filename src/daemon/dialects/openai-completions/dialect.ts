import type { ClientDialect } from '../dialect.js';
import { encodeResponse } from './answer.js';
import { decodeRequest } from './decode-request.js';
import { openEncoder } from './encode-stream.js';
import { encodeError, encodeStreamError } from './errors.js';

/** OpenAI's legacy completions, for old clients: always translated, there is no such upstream. */
export const openaiCompletionsClient: ClientDialect = {
  id: 'openai-completions',
  reasoningFamily: 'openai',
  kept: { mapped: new Set(['echo', 'best_of', 'stream_options']) },
  decodeRequest,
  openEncoder,
  encodeResponse,
  encodeError,
  encodeStreamError,
  keepAlive: ': keep-alive\n\n',
};
