import { anthropicMessages } from './anthropic-messages/vendor.js';
import { geminiGenerate } from './gemini-generate/vendor.js';
import { openAiChat } from './openai-chat/vendor.js';
import { openAiResponses } from './openai-responses/vendor.js';
import type { UpstreamKind, Vendor } from './vendor.js';

const VENDORS: Readonly<Record<UpstreamKind, Vendor>> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  'anthropic-messages': anthropicMessages,
  'gemini-generate': geminiGenerate,
};

export const vendorOf = (kind: UpstreamKind): Vendor => VENDORS[kind];
