import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { lostMembers, type Mark, markedPlaces } from '../../ir/lost.js';
import type { ModelInfo } from '../../ir/model.js';
import type { ModelRequest, Sampling } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';
import { printSampling } from './encode-own.js';
import { encodeImageConfig } from './image-config.js';
import { planOutput } from './output-format.js';
import { thinkingConfigFor } from './reasoning.js';

/** Highest temperature, and number of stop sequences, that Google takes. */
const MAX_TEMPERATURE = 2;
const MAX_STOPS = 5;

type Warn = EncodeRequestContext['warn'];

/** `generationConfig` and `serviceTier` for a request of another dialect. */
export function encodeSettings(request: ModelRequest, context: EncodeRequestContext): JsonObject {
  const { model, warn } = context;
  const thinkingConfig = thinkingConfigFor(request.reasoning, model);
  const generationConfig: JsonObject = {
    ...printSampling(fitSampling(request.sampling, model.maxOutputTokens, warn)),
    ...planOutput(request, model).config,
    ...(request.image === undefined ? encodeModalities(request) : encodeImageConfig(request.image, context)),
    ...(thinkingConfig === undefined ? {} : { thinkingConfig }),
  };
  warnAboutTheRest(request, context);
  const serviceTier = encodeTier(request.serviceTier, model.traits, warn);
  return {
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
  };
}

function fitSampling(sampling: Sampling, limit: number | undefined, warn: Warn): Sampling {
  const { logprobs, topLogprobs, maxOutputTokens, temperature, stop, ...same } = sampling;
  if (logprobs === true || topLogprobs !== undefined) {
    warn({ path: 'sampling.logprobs', reason: 'most Gemini models refuse log probabilities' });
  }
  const cap = (path: string, value: number, max: number): number => {
    if (value <= max) return value;
    warn({ path, reason: `lowered from ${value} to ${max}, the most this model takes` });
    return max;
  };
  return {
    ...same,
    ...(maxOutputTokens === undefined
      ? {}
      : { maxOutputTokens: cap('sampling.maxOutputTokens', maxOutputTokens, limit ?? maxOutputTokens) }),
    ...(temperature === undefined ? {} : { temperature: cap('sampling.temperature', temperature, MAX_TEMPERATURE) }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop: fitStop(stop, warn) }),
  };
}

function fitStop(stop: readonly string[], warn: Warn): readonly string[] {
  if (stop.length <= MAX_STOPS) return stop;
  warn({ path: 'sampling.stop', reason: `only the first ${MAX_STOPS} stop sequences are sent` });
  return stop.slice(0, MAX_STOPS);
}

/**
 * OpenAI chat clients ask an image model for pictures with `modalities` and `image_config`; the IR has no words for
 * them, so they are read where the chat dialect left them.
 */
function encodeModalities({ ext }: ModelRequest): JsonObject {
  const { modalities, image_config: image } = ext?.['openai-chat'] ?? {};
  if (!Array.isArray(modalities) || !asksForPictures(ext)) return {};
  const responseModalities = modalities.map((name: JsonValue) => String(name).toUpperCase());
  if (!isObject(image)) return { responseModalities };
  const { aspect_ratio: aspectRatio, image_size: imageSize } = image;
  const imageConfig = {
    ...(aspectRatio === undefined ? {} : { aspectRatio }),
    ...(imageSize === undefined ? {} : { imageSize }),
  };
  return { responseModalities, ...(Object.keys(imageConfig).length === 0 ? {} : { imageConfig }) };
}

function asksForPictures(ext: ModelRequest['ext']): boolean {
  const modalities = ext?.['openai-chat']?.['modalities'];
  return Array.isArray(modalities) && modalities.includes('image');
}

function encodeTier(tier: string | undefined, traits: ModelInfo['traits'], warn: Warn): string | undefined {
  if (tier === undefined || tier === 'auto' || tier === 'default') return undefined;
  // Vertex takes it in a header, into which its provider moves it.
  const hasTiers = !traits.has('antigravity');
  if (hasTiers && (tier === 'flex' || tier === 'priority')) return tier;
  warn({ path: 'serviceTier', reason: `the tier "${tier}" does not exist here` });
  return undefined;
}

/** Read by `encodeModalities`. */
const PICTURE_MEMBERS: ReadonlySet<string> = new Set(['modalities', 'image_config']);

function warnAboutTheRest(request: ModelRequest, { model, warn, kept }: EncodeRequestContext): void {
  const { cacheKey, userId, metadata } = request;
  const reason = 'has no counterpart here';
  if (cacheKey !== undefined) warn({ path: 'cacheKey', reason });
  if (userId !== undefined) warn({ path: 'userId', reason });
  if (metadata !== undefined && Object.keys(metadata).length > 0) warn({ path: 'metadata', reason });
  const marks: readonly Mark[] = [
    'cache',
    'citations',
    'detail',
    ...(model.traits.has('vertex') ? [] : (['filename'] as const)),
  ];
  for (const path of markedPlaces(request, marks)) warn({ path, reason });
  const { output } = request;
  for (const name of output?.type === 'json-schema' ? (['name', 'description'] as const) : []) {
    if (output?.type === 'json-schema' && output[name] !== undefined) {
      warn({ path: `output.${name}`, reason: `a schema has no ${name} here` });
    }
  }
  for (const path of lostMembers(request, kept)) {
    if (!asksForPictures(request.ext) || !PICTURE_MEMBERS.has(path))
      warn({ path, reason: 'only the dialect of this request has this member' });
  }
}
