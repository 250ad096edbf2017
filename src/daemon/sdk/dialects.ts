import { decodeRequest as decodeAnthropic } from '../dialects/anthropic-messages/decode-request.js';
import { openDecoder as openAnthropicDecoder } from '../dialects/anthropic-messages/decode-stream.js';
import { encodeRequest as encodeAnthropic } from '../dialects/anthropic-messages/encode-request.js';
import { openEncoder as openAnthropicEncoder } from '../dialects/anthropic-messages/encode-stream.js';
import { KEPT as anthropicKept } from '../dialects/anthropic-messages/kept.js';
import * as anthropicAnswer from '../dialects/anthropic-messages/response.js';
import type { ClientDialect, UpstreamDialect } from '../dialects/dialect.js';
import { decodeRequest as decodeGemini } from '../dialects/gemini-generate/decode-request.js';
import { openDecoder as openGeminiDecoder } from '../dialects/gemini-generate/decode-stream.js';
import { encodeRequest as encodeGemini } from '../dialects/gemini-generate/encode-request.js';
import { openEncoder as openGeminiEncoder } from '../dialects/gemini-generate/encode-stream.js';
import { KEPT as geminiKept } from '../dialects/gemini-generate/kept.js';
import * as geminiAnswer from '../dialects/gemini-generate/response.js';
import { decodeRequest as decodeChat } from '../dialects/openai-chat/decode-request.js';
import { decodeResponse as decodeChatAnswer } from '../dialects/openai-chat/decode-response.js';
import { openDecoder as openChatDecoder } from '../dialects/openai-chat/decode-stream.js';
import { encodeRequest as encodeChat } from '../dialects/openai-chat/encode-request.js';
import { encodeResponse as encodeChatAnswer } from '../dialects/openai-chat/encode-response.js';
import { openEncoder as openChatEncoder } from '../dialects/openai-chat/encode-stream.js';
import { KEPT as chatKept } from '../dialects/openai-chat/kept.js';
import { decodeRequest as decodeResponses } from '../dialects/openai-responses/decode-request.js';
import { openDecoder as openResponsesDecoder } from '../dialects/openai-responses/decode-stream.js';
import { encodeRequest as encodeResponses } from '../dialects/openai-responses/encode-request.js';
import { encodeResponse as encodeResponsesAnswer } from '../dialects/openai-responses/encode-response.js';
import { openEncoder as openResponsesEncoder } from '../dialects/openai-responses/encode-stream.js';
import { KEPT as responsesKept } from '../dialects/openai-responses/kept.js';
import { decodeResponse as decodeResponsesAnswer } from '../dialects/openai-responses/response.js';

/** A wire format: OpenAI Chat Completions, OpenAI Responses, Anthropic Messages, Gemini `generateContent`. */
export type Dialect = 'openai-chat' | 'openai-responses' | 'anthropic-messages' | 'gemini-generate';

/** Both directions of one dialect. */
export type Codec = Pick<ClientDialect, 'kept' | 'decodeRequest' | 'openEncoder' | 'encodeResponse'> &
  Pick<UpstreamDialect, 'encodeRequest' | 'openDecoder' | 'decodeResponse'>;

/** Codecs alone: the dialect objects of the daemon bring taps with them, which work on Node's buffers. */
export const CODECS: Readonly<Record<Dialect, Codec>> = {
  'openai-chat': {
    kept: chatKept,
    decodeRequest: decodeChat,
    encodeRequest: encodeChat,
    openDecoder: openChatDecoder,
    openEncoder: openChatEncoder,
    decodeResponse: decodeChatAnswer,
    encodeResponse: encodeChatAnswer,
  },
  'openai-responses': {
    kept: responsesKept,
    decodeRequest: decodeResponses,
    encodeRequest: encodeResponses,
    openDecoder: openResponsesDecoder,
    openEncoder: openResponsesEncoder,
    decodeResponse: decodeResponsesAnswer,
    encodeResponse: encodeResponsesAnswer,
  },
  'anthropic-messages': {
    kept: anthropicKept,
    decodeRequest: decodeAnthropic,
    encodeRequest: encodeAnthropic,
    openDecoder: openAnthropicDecoder,
    openEncoder: openAnthropicEncoder,
    decodeResponse: anthropicAnswer.decodeResponse,
    encodeResponse: anthropicAnswer.encodeResponse,
  },
  'gemini-generate': {
    kept: geminiKept,
    decodeRequest: decodeGemini,
    encodeRequest: encodeGemini,
    openDecoder: openGeminiDecoder,
    openEncoder: openGeminiEncoder,
    decodeResponse: geminiAnswer.decodeResponse,
    encodeResponse: geminiAnswer.encodeResponse,
  },
};
