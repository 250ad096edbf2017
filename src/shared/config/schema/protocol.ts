import { z } from 'zod';
import { anything, duration, flag, integer, number, optionalText, section } from './fields.js';
import { imageGeneration } from './server.js';

const GPT_IMAGE_BASE = 'gpt-5.4-mini';
const atLeastZero = { correct: (value: number) => Math.max(0, value) };

/** Streams, and what only some dialects or vendors know. */
export const protocolShape = {
  streaming: section('streamed answers', {
    'keepalive-seconds': integer(
      'send a ping every so many seconds of silence, before the first byte too; 0 = off',
      0,
      atLeastZero,
    ),
    'bootstrap-retries': integer('retries of a stream that failed before its first byte; 0 = off', 0, atLeastZero),
    'first-byte-timeout-seconds': number('give up on an upstream that stays silent for so many seconds; 0 = off', 0, {
      min: 0,
    }),
  }).prefault({}),
  'nonstream-keepalive-interval': integer(
    'send a blank line every so many seconds while a whole answer is pending; 0 = off',
    0,
    atLeastZero,
  ),
  'disable-image-generation': imageGeneration,
  images: section('pictures that clients of /v1/images want as links', {
    'link-ttl': duration('how long a link works', '1h'),
    'link-store-mb': number('room for the pictures behind links, in megabytes; the oldest make way', 256, {
      min: 1,
      max: 65_536,
    }),
  }).prefault({}),
  'gpt-image-2-base-model': z
    .string({ error: 'a text' })
    .transform((value) => (value.trim().startsWith('gpt-') ? value.trim() : GPT_IMAGE_BASE))
    .default(GPT_IMAGE_BASE)
    .meta({ description: 'base model of the hosted image tool; must start with gpt-', fallback: GPT_IMAGE_BASE }),
  'video-result-auth-cache-ttl': duration('no effect: video is not served', '3h'),
  'antigravity-signature-cache-enabled': flag(
    'no effect: thinking signatures are always judged by who issued them',
    true,
  ),
  'antigravity-signature-bypass-strict': flag('no effect: thinking signatures are always judged by who issued them'),
  antigravity: section('Antigravity logins', {
    enabled: flag('use them; Google’s terms do not allow it, see docs/providers/antigravity.md'),
    oauth: section('your own OAuth client at Google; oauth-clients.antigravity comes first', {
      'client-id': optionalText('client id'),
      'client-secret': optionalText('client secret'),
    }).prefault({}),
  }).prefault({}),
  codex: section('Codex upstreams', {
    'stream-bootstrap-buffering': flag(
      'hold a stream back until real output starts, so that an early overload can still fail over',
    ),
    'optimize-multi-agent-v2': flag('rewrite multi-agent items of Codex clients'),
    'live-media-relay': anything('no effect: live media is not relayed'),
  }).prefault({}),
  xai: section('xAI upstreams', {
    'inject-x-search': flag('add the native x_search tool when a request has none'),
  }).prefault({}),
  'enable-gemini-cli-endpoint': flag('serve /v1internal:* to Gemini CLI'),
  'responses-websocket-enabled': flag('serve the Responses WebSocket', true),
  'responses-compact-enabled': flag('serve /v1/responses/compact', true),
  'request-timeout': anything('no effect, here and in the gateway that listed it'),
  'codex-instructions-enabled': anything('no effect, here and in the gateway that listed it'),
};
