import { RequestFault } from '../../ir/error.js';
import type { ImageOptions } from '../../ir/image.js';
import type { JsonObject } from '../../ir/json.js';
import type { EncodeRequestContext } from '../dialect.js';

type Context = Pick<EncodeRequestContext, 'model' | 'warn'>;

/** Width by height of what these models draw (ai.google.dev/gemini-api/docs/image-generation, gemini.md 9.2). */
const RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9'] as const;
/** Only the newest ones draw these. */
const LONG_RATIOS = ['1:4', '4:1', '1:8', '8:1'] as const;

/** OpenAI's sizes; the photographic ones stand for the ratio that they are meant as. */
const RATIO_OF_SIZE: Readonly<Record<string, string>> = {
  auto: '1:1',
  '1792x1024': '16:9',
  '1024x1792': '9:16',
};

/** `generationConfig` members for pictures. @throws RequestFault for what a model of Google's cannot do. */
export function encodeImageConfig(options: ImageOptions, context: Context): JsonObject {
  const { model } = context;
  if (options.mask !== undefined) {
    throw new RequestFault('mask is not supported by this model', 'mask', { code: 'mask_not_supported' });
  }
  const aspectRatio = ratioOf(options.size, hasLongRatios(model.id));
  const isLarge = options.quality === 'hd' || options.quality === 'high';
  // Gemini 2.5 draws in one size.
  const imageSize = isLarge && model.traits.has('gemini-3') ? '2K' : undefined;
  const outputOptions = model.traits.has('vertex') ? vertexOutput(options) : undefined;
  warnOfLost(options, context, { imageSize, outputOptions });
  const imageConfig = {
    ...(aspectRatio === undefined ? {} : { aspectRatio }),
    ...(imageSize === undefined ? {} : { imageSize }),
    ...(outputOptions === undefined ? {} : { imageOutputOptions: outputOptions }),
  };
  return { responseModalities: ['IMAGE'], ...(Object.keys(imageConfig).length === 0 ? {} : { imageConfig }) };
}

const hasLongRatios = (id: string): boolean => /^gemini-(3\.[1-9]|[4-9])/.test(id);

/** @throws RequestFault for a size that is neither a ratio nor width by height. */
function ratioOf(size: string | undefined, hasLong: boolean): string | undefined {
  if (size === undefined) return undefined;
  const known = Object.hasOwn(RATIO_OF_SIZE, size) ? RATIO_OF_SIZE[size] : undefined;
  if (known !== undefined) return known;
  if (/^\d+:\d+$/.test(size)) return size;
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/i.exec(size) ?? [];
  const wanted = Number(width) / Number(height);
  if (!Number.isFinite(wanted) || wanted <= 0) {
    throw new RequestFault('size must be auto, a ratio such as 16:9, or WIDTHxHEIGHT in pixels', 'size', {
      code: 'invalid_value',
    });
  }
  return nearest(wanted, hasLong ? [...RATIOS, ...LONG_RATIOS] : RATIOS);
}

/** Twice as wide is as far away as twice as high. */
function nearest(wanted: number, ratios: readonly string[]): string {
  const distance = (ratio: string): number => {
    const [width = 1, height = 1] = ratio.split(':').map(Number);
    return Math.abs(Math.log(width / height) - Math.log(wanted));
  };
  return ratios.reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best));
}

/** The Gemini API has no such member, and answers it with 400. */
function vertexOutput({ outputFormat, outputCompression }: ImageOptions): JsonObject | undefined {
  if (outputFormat !== 'png' && outputFormat !== 'jpeg') return undefined;
  const isCompressed = outputFormat === 'jpeg' && outputCompression !== undefined;
  return { mimeType: `image/${outputFormat}`, ...(isCompressed ? { compressionQuality: outputCompression } : {}) };
}

interface Said {
  readonly imageSize: string | undefined;
  readonly outputOptions: JsonObject | undefined;
}

function warnOfLost(options: ImageOptions, { warn }: Context, { imageSize, outputOptions }: Said): void {
  const reason = 'has no counterpart here';
  const { quality, style, background, outputFormat, outputCompression, moderation, inputFidelity } = options;
  const lost: readonly (readonly [string, unknown])[] = [
    ['quality', quality === 'auto' || imageSize !== undefined ? undefined : quality],
    ['style', style],
    ['background', background === 'auto' ? undefined : background],
    ['output_format', outputOptions === undefined ? outputFormat : undefined],
    ['output_compression', outputOptions?.['compressionQuality'] === undefined ? outputCompression : undefined],
    ['moderation', moderation === 'auto' ? undefined : moderation],
    ['input_fidelity', inputFidelity],
  ];
  for (const [path, value] of lost) if (value !== undefined) warn({ path, reason });
}
