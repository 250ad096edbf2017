import type { WireBody } from '../dialects/dialect.js';
import type { ModelInfo } from '../ir/model.js';
import type { Endpoint, EndpointQuery } from './provider.js';

/** OpenAI's own image models by their names (developers.openai.com/api/docs/models, 2026-11). */
const OPENAI_IMAGE_MODEL = /^(gpt-image-|chatgpt-image-|dall-e-)/;

export const isOpenAiImageModel = ({ id }: ModelInfo): boolean => OPENAI_IMAGE_MODEL.test(id);

/** Where an upstream that speaks OpenAI's Images API has it; `undefined`: that is no matter of images. */
export function imagesEndpoint(base: string, { operation }: Pick<EndpointQuery, 'operation'>): Endpoint | undefined {
  if (operation !== 'image' && operation !== 'image-edit') return undefined;
  const path = operation === 'image' ? 'generations' : 'edits';
  return { url: `${base}/images/${path}`, dialect: 'openai-images', alwaysStreams: false };
}

/** A form stays one. */
export const bodyHeaders = ({ contentType }: WireBody): Record<string, string> =>
  contentType === undefined ? {} : { 'content-type': contentType };
