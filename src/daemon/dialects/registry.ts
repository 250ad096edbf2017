import { kiroUpstream } from '../providers/kiro/dialect.js';
import { anthropicMessagesClient, anthropicMessagesUpstream } from './anthropic-messages/dialect.js';
import type { ClientDialect, UpstreamDialect } from './dialect.js';
import { geminiGenerateClient, geminiGenerateUpstream } from './gemini-generate/dialect.js';
import { openaiChatClient, openaiChatUpstream } from './openai-chat/dialect.js';
import { openaiCompletionsClient } from './openai-completions/dialect.js';
import { openaiImagesClient, openaiImagesUpstream } from './openai-images/dialect.js';
import { openaiResponsesClient, openaiResponsesUpstream } from './openai-responses/dialect.js';

/** The dialects that clients speak. */
export const CLIENT_DIALECTS = {
  chat: openaiChatClient,
  completions: openaiCompletionsClient,
  responses: openaiResponsesClient,
  images: openaiImagesClient,
  anthropic: anthropicMessagesClient,
  gemini: geminiGenerateClient,
} as const satisfies Record<string, ClientDialect>;

/** The dialects that upstreams speak, by id. */
export const UPSTREAM_DIALECTS: Readonly<Record<string, UpstreamDialect>> = {
  'openai-chat': openaiChatUpstream,
  'openai-responses': openaiResponsesUpstream,
  // Its errors are those of the Responses API, the ChatGPT backend's among them.
  'openai-images': openaiImagesUpstream(openaiResponsesUpstream.decodeError),
  'anthropic-messages': anthropicMessagesUpstream,
  'gemini-generate': geminiGenerateUpstream,
  kiro: kiroUpstream,
};
