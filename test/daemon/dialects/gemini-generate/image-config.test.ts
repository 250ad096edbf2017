import { expect, test } from 'vitest';
import type { Warning } from '../../../../src/daemon/dialects/dialect.js';
import { encodeImageConfig } from '../../../../src/daemon/dialects/gemini-generate/image-config.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { ImageOptions } from '../../../../src/daemon/ir/image.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import type { ModelTrait } from '../../../../src/daemon/ir/model.js';
import { modelNamed } from '../../../support/provider.js';

const OPTIONS: ImageOptions = { action: 'generate', count: 1, partialImages: 0, delivery: 'data' };
const MODELS: Readonly<Record<string, readonly ModelTrait[]>> = {
  'gemini-2.5-flash-image': [],
  'gemini-3-pro-image-preview': ['gemini-3'],
  'gemini-3.1-flash-image-preview': ['gemini-3'],
};

function encode(more: Partial<ImageOptions>, id = 'gemini-3-pro-image-preview', traits: readonly ModelTrait[] = []) {
  const warnings: Warning[] = [];
  const model = { ...modelNamed(id), traits: new Set([...(MODELS[id] ?? []), ...traits]) };
  const config = encodeImageConfig({ ...OPTIONS, ...more }, { model, warn: (warning) => warnings.push(warning) });
  return { image: config['imageConfig'] as JsonObject | undefined, lost: warnings.map(({ path }) => path) };
}

test.each([
  ['256x256', '1:1'],
  ['512x512', '1:1'],
  ['1024x1024', '1:1'],
  ['2048x2048', '1:1'],
  ['auto', '1:1'],
  ['1792x1024', '16:9'],
  ['1024x1792', '9:16'],
  ['1536x1024', '3:2'],
  ['1024x1536', '2:3'],
  ['3840x2160', '16:9'],
  ['1080x1350', '4:5'],
  ['1000x990', '1:1'],
  ['2560x1080', '21:9'],
  ['800x600', '4:3'],
  ['600X800', '3:4'],
  ['16:9', '16:9'],
  ['7:3', '7:3'],
])('a size of %s is a ratio of %s', (size, ratio) => {
  expect(encode({ size }).image).toEqual({ aspectRatio: ratio });
});

test.each([
  ['4096x512', 'gemini-3-pro-image-preview', '21:9'],
  ['4096x512', 'gemini-3.1-flash-image-preview', '8:1'],
  ['512x2048', 'gemini-3.1-flash-image-preview', '1:4'],
  ['512x2048', 'gemini-2.5-flash-image', '9:16'],
])('the long ratios are those of the newest models: %s of %s is %s', (size, model, ratio) => {
  expect(encode({ size }, model).image).toEqual({ aspectRatio: ratio });
});

test.each(['large', '1024', '0x0', '10x', 'x10', '-1x1', '1:', 'constructor'])(
  'a size of "%s" is refused by name',
  (size) => {
    expect(() => encode({ size })).toThrow(RequestFault);
    expect(() => encode({ size })).toThrow(/^size must be/);
  },
);

test('without a size the model chooses', () => expect(encode({}).image).toBeUndefined());

test.each([
  ['high', 'gemini-3-pro-image-preview', '2K', []],
  ['hd', 'gemini-3.1-flash-image-preview', '2K', []],
  ['low', 'gemini-3-pro-image-preview', undefined, ['quality']],
  ['auto', 'gemini-3-pro-image-preview', undefined, []],
  ['high', 'gemini-2.5-flash-image', undefined, ['quality']],
])('a quality of %s at %s is a size of %s', (quality, model, size, lost) => {
  const result = encode({ quality }, model);
  expect(result.image?.['imageSize']).toBe(size);
  expect(result.lost).toEqual(lost);
});

test('Vertex takes the format, the Gemini API does not', () => {
  const asked = { outputFormat: 'jpeg', outputCompression: 70 };
  const onVertex = encode(asked, 'gemini-3-pro-image-preview', ['vertex']);
  expect(onVertex.image).toEqual({ imageOutputOptions: { mimeType: 'image/jpeg', compressionQuality: 70 } });
  expect(onVertex.lost).toEqual([]);
  expect(encode(asked)).toEqual({ image: undefined, lost: ['output_format', 'output_compression'] });
  const webp = encode({ outputFormat: 'webp' }, 'gemini-3-pro-image-preview', ['vertex']);
  expect(webp).toEqual({ image: undefined, lost: ['output_format'] });
});

test('what Google has no word for is named', () => {
  const more = { style: 'vivid', background: 'transparent', moderation: 'low', inputFidelity: 'high' };
  expect(encode(more).lost).toEqual(['style', 'background', 'moderation', 'input_fidelity']);
  expect(encode({ background: 'auto', moderation: 'auto' }).lost).toEqual([]);
});

test('a mask is refused rather than ignored', () => {
  expect(() => encode({ mask: 'data:image/png;base64,AA' })).toThrow('mask is not supported by this model');
});
