import { describe, expect, test } from 'vitest';
import { isForm, openImageForm } from '../../../src/daemon/engine/image-form.js';
import { RequestFault } from '../../../src/daemon/ir/error.js';
import { PNG, PNG_BYTES, PNG_URL, pngFile } from '../../support/images.js';

async function bodyOf(fill: (form: FormData) => void) {
  const form = new FormData();
  fill(form);
  const request = new Response(form);
  const contentType = request.headers.get('content-type') ?? '';
  return openImageForm(Buffer.from(await request.arrayBuffer()), contentType);
}

const edit = (form: FormData): void => {
  form.append('model', 'm');
  form.append('prompt', 'made 5 "wide"\r\nand red');
  form.append('n', '2');
  form.append('stream', 'true');
  form.append('image[]', pngFile('a.png'));
  form.append('image[]', pngFile('b.jpg', 'image/jpeg'));
  form.append('mask', pngFile('mask.png'));
};

test('a form reads as the JSON that it could have been', async () => {
  const body = await bodyOf(edit);
  expect(body.toJSON()).toEqual({
    model: 'm',
    prompt: 'made 5 "wide"\r\nand red',
    n: 2,
    stream: true,
    // The bytes are believed, not the label.
    images: [{ image_url: PNG_URL }, { image_url: PNG_URL }],
    mask: { image_url: PNG_URL },
  });
  expect(body.get('n')).toBe(2);
  expect(body.slice('prompt')?.toString()).toBe(JSON.stringify('made 5 "wide"\r\nand red'));
});

test('what is printed reads the same, with the model replaced', async () => {
  const body = (await bodyOf(edit)).fork();
  body.set('model', 'other');
  body.set('user', 'ann');
  body.set('n', undefined);
  const again = await openImageForm(Buffer.from(body.bytes), body.contentType ?? '');
  const { n: _n, ...rest } = (await bodyOf(edit)).toJSON();
  expect(again.toJSON()).toEqual({ ...rest, model: 'other', user: 'ann' });
});

test('edits of a fork are not edits of the form', async () => {
  const body = await bodyOf(edit);
  body.fork().set('model', 'other');
  expect(body.get('model')).toBe('m');
  expect(body.with('n', 1).fork().get('n')).toBe(1);
});

test('the boundary stands in none of the parts', async () => {
  const body = await bodyOf((form) => {
    form.append('prompt', '------cliproxyctl-form-0');
    form.append('image', new File([Buffer.from('\r\n------cliproxyctl-form-1\r\n')], 'x.png', { type: 'image/png' }));
  });
  expect(body.contentType).toBe('multipart/form-data; boundary=----cliproxyctl-form-2');
});

test('numbers and flags that are none stay texts, for the reader to refuse by name', async () => {
  const body = await bodyOf((form) => {
    form.append('n', 'many');
    form.append('stream', 'yes');
    form.append('prompt', '7');
  });
  expect(body.toJSON()).toEqual({ n: 'many', stream: 'yes', prompt: '7' });
});

describe('refuses', () => {
  const text = (name: string, value: string): string =>
    `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  test.each([
    ['a form without a boundary', 'multipart/form-data', `${text('model', 'm')}--b--\r\n`, 'invalid_form'],
    ['an empty one', 'multipart/form-data; boundary=b', '', 'invalid_form'],
    ['one that is cut', 'multipart/form-data; boundary=b', text('model', 'm').slice(0, -12), 'invalid_form'],
    [
      'another boundary than was said',
      'multipart/form-data; boundary=c',
      `${text('model', 'm')}--b--\r\n`,
      'invalid_form',
    ],
    [
      'two models',
      'multipart/form-data; boundary=b',
      `${text('model', 'm')}${text('model', 'n')}--b--\r\n`,
      'duplicate_member',
    ],
  ])('%s', async (_name, contentType, body, code) => {
    const error = await openImageForm(Buffer.from(body), contentType).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RequestFault);
    expect(error).toMatchObject({ failure: { status: 400, code } });
  });

  test('a file where a text belongs', async () => {
    const body = await bodyOf((form) => form.append('prompt', pngFile()));
    expect(() => body.toJSON()).toThrow('the field "prompt" must not be a file');
  });
});

test.each([
  ['multipart/form-data; boundary=x', true],
  ['Multipart/Form-Data;boundary=x', true],
  ['application/json', false],
  [undefined, false],
])('%s is a form: %s', (contentType, expected) => expect(isForm(contentType)).toBe(expected));

test('a picture without a name or type is one all the same', async () => {
  const head = '--b\r\ncontent-disposition: form-data; name="image"; filename=""\r\n\r\n';
  const bytes = Buffer.concat([Buffer.from(head), PNG_BYTES, Buffer.from('\r\n--b--\r\n')]);
  const body = await openImageForm(bytes, 'multipart/form-data; boundary="b"');
  expect(body.toJSON()).toEqual({ images: [{ image_url: `data:image/png;base64,${PNG}` }] });
});
