import { describe, expect, test } from 'vitest';
import { decodeEdit, decodeGeneration } from '../../../../src/daemon/dialects/openai-images/decode-request.js';
import { openaiImagesUpstream } from '../../../../src/daemon/dialects/openai-images/dialect.js';
import { RequestFault } from '../../../../src/daemon/ir/error.js';
import type { JsonObject, JsonValue } from '../../../../src/daemon/ir/json.js';
import { JPEG, PNG, PNG_URL } from '../../../support/images.js';
import { modelNamed } from '../../../support/provider.js';

const GENERATION: JsonObject = { model: 'gpt-image-2', prompt: 'a red square' };
const EDIT: JsonObject = { ...GENERATION, images: [{ image_url: PNG_URL }] };

function faultOf(read: () => unknown): RequestFault {
  try {
    read();
  } catch (error) {
    if (error instanceof RequestFault) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('refuses, naming the member', () => {
  test.each<[string, JsonValue]>([
    ['prompt', null],
    ['prompt', ''],
    ['prompt', '  '],
    ['prompt', ['x']],
    ['model', 7],
    ['n', 0],
    ['n', 11],
    ['n', 1.5],
    ['n', '2'],
    ['n', {}],
    ['size', 1024],
    ['quality', true],
    ['style', []],
    ['background', 1],
    ['output_format', 1],
    ['output_compression', 101],
    ['output_compression', -1],
    ['partial_images', 4],
    ['partial_images', 'many'],
    ['response_format', 'gif'],
    ['response_format', 1],
    ['moderation', {}],
    ['stream', 'true'],
    ['stream', 1],
    ['user', {}],
  ])('%s: %j', (member, value) => {
    const fault = faultOf(() => decodeGeneration({ ...GENERATION, [member]: value }));
    expect(fault.failure).toMatchObject({ status: 400, param: member });
    expect(fault.message).toContain(member);
  });

  test.each<[JsonObject, string]>([
    [{ images: null }, 'image'],
    [{ images: [] }, 'images'],
    [{ images: 'nonsense' }, 'images'],
    [{ images: [7] }, 'images[0]'],
    [{ images: [{ image_url: PNG_URL }, {}] }, 'images[1]'],
    [{ images: [{ file_id: 'file_1' }] }, 'images[0].file_id'],
    [{ images: [{ image_url: 'file:///etc/hostname' }] }, 'images[0].image_url'],
    [{ images: [{ image_url: 'data:image/png,plain' }] }, 'images[0].image_url'],
    [{ images: [{ image_url: 'data:image/png;base64,' }] }, 'images[0].image_url'],
    [{ images: [{ image_url: 'data:text/plain;base64,aGk=' }] }, 'images[0]'],
    [{ images: Array.from({ length: 17 }, () => PNG_URL) }, 'images'],
    [{ mask: { file_id: 'file_1' } }, 'mask.file_id'],
    [{ mask: 'nonsense' }, 'mask'],
    [{ input_fidelity: 3 }, 'input_fidelity'],
  ])('in an edit: %j', (more, param) => {
    expect(faultOf(() => decodeEdit({ ...EDIT, ...more })).failure).toMatchObject({ status: 400, param });
  });
});

describe('reads', () => {
  test('null as absent, whatever the member', () => {
    const members = [
      'n',
      'size',
      'quality',
      'style',
      'background',
      'output_format',
      'response_format',
      'stream',
      'user',
    ];
    const nothing = Object.fromEntries(members.map((member) => [member, null]));
    expect(decodeGeneration({ ...GENERATION, ...nothing })).toEqual(decodeGeneration(GENERATION));
  });

  test.each<[string, JsonObject]>([
    ['as the API documents them', { images: [{ image_url: PNG_URL }] }],
    ['as chat clients write them', { images: [{ image_url: { url: PNG_URL } }] }],
    ['as plain texts', { images: [PNG_URL] }],
    ['under the name that a form has', { images: undefined, image: [PNG_URL] }],
    ['a single one', { images: undefined, image: PNG_URL }],
    ['under a wrong label', { images: [`data:image/jpeg;base64,${PNG}`] }],
    ['under none', { images: [`data:;base64,${PNG}`] }],
  ])('pictures %s', (_name, more) => {
    expect(decodeEdit({ ...EDIT, ...more }).messages[0]?.content).toEqual([
      { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: PNG } },
      { type: 'text', text: 'a red square' },
    ]);
  });

  test('a link, which is fetched or passed on later', () => {
    const url = 'https://example.com/cat.png';
    expect(decodeEdit({ ...EDIT, images: [{ image_url: url }] }).messages[0]?.content[0]).toEqual({
      type: 'media',
      source: { kind: 'url', url },
    });
  });

  test('a label that the bytes say nothing against', () => {
    const data = Buffer.from('not a known format').toString('base64');
    const [part] = decodeEdit({ ...EDIT, images: [`data:image/avif;base64,${data}`] }).messages[0]?.content ?? [];
    expect(part).toMatchObject({ mediaType: 'image/avif' });
  });
});

test('printing what was read gives the same request', () => {
  const body: JsonObject = {
    model: 'gpt-image-2',
    prompt: 'make it red',
    images: [{ image_url: PNG_URL }, { image_url: `data:image/jpeg;base64,${JPEG}` }],
    mask: { image_url: PNG_URL },
    n: 2,
    size: '1536x1024',
    quality: 'high',
    style: 'vivid',
    background: 'opaque',
    output_format: 'jpeg',
    output_compression: 80,
    moderation: 'low',
    input_fidelity: 'high',
    partial_images: 2,
    response_format: 'url',
    user: 'ann',
    stream: true,
  };
  const upstream = openaiImagesUpstream(() => ({ reason: 'server', message: '' }));
  const context = { model: modelNamed('gpt-image-2'), warn: () => undefined, newId: () => '' };
  expect(upstream.encodeRequest(decodeEdit(body), context).body).toEqual(body);
});

describe('whatever a client sends is read or refused', () => {
  const VALUES: readonly JsonValue[] = [
    null,
    true,
    -1,
    1e99,
    '',
    'data:',
    '\u0000',
    [],
    [[]],
    {},
    { image_url: [] },
    [null],
  ];
  const MEMBERS = [
    'model',
    'prompt',
    'n',
    'size',
    'images',
    'image',
    'mask',
    'stream',
    'partial_images',
    'response_format',
  ];
  test.each(MEMBERS)('%s', (member) => {
    for (const value of VALUES) {
      for (const decode of [decodeGeneration, decodeEdit]) {
        try {
          decode({ ...EDIT, [member]: value });
        } catch (error) {
          expect(error).toBeInstanceOf(RequestFault);
          expect((error as RequestFault).failure.param).toMatch(new RegExp(`^${member}|^image`));
        }
      }
    }
  });
});
