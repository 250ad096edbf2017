import type { ImageOptions } from '../../ir/image.js';
import type { JsonObject } from '../../ir/json.js';
import { compact } from './wire.js';

/** OpenAI's own word for it, in tools and in the choice among them. */
export const IMAGE_TOOL: JsonObject = { type: 'image_generation' };

/** The hosted tool that draws what was asked for (codex.md 7, platform.openai.com/docs/guides/tools-image-generation). */
export const encodeImageTool = (options: ImageOptions, model: string, stream: boolean): JsonObject =>
  compact({
    ...IMAGE_TOOL,
    action: options.action,
    model,
    size: options.size,
    quality: options.quality,
    background: options.background,
    output_format: options.outputFormat,
    output_compression: options.outputCompression,
    moderation: options.moderation,
    input_fidelity: options.inputFidelity,
    input_image_mask: options.mask === undefined ? undefined : { image_url: options.mask },
    partial_images: stream && options.partialImages > 0 ? options.partialImages : undefined,
  });
