import { describe, expect, test } from 'vitest';
import { mediaTypeOfName, parseDataUrl, printDataUrl, sniffMediaType } from '../../../src/daemon/ir/media.js';

const base64 = (...bytes: (number | string)[]): string =>
  Buffer.concat(
    bytes.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : Buffer.of(piece))),
  ).toString('base64');

describe('media', () => {
  test.each([
    ['data:image/png;base64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
    ['DATA:Image/PNG;charset=utf-8;BASE64,AAAA', { mediaType: 'image/png', data: 'AAAA' }],
    ['data:;base64,AAAA', { data: 'AAAA' }],
    ['data:text/plain,hello', undefined],
    ['data:image/png;base64', undefined],
    ['https://example.org/a.png', undefined],
  ])('takes %s apart', (url, expected) => {
    expect(parseDataUrl(url)).toEqual(expected);
  });

  test('prints what it parses', () => {
    expect(printDataUrl('image/webp', 'UklG')).toBe('data:image/webp;base64,UklG');
  });

  test.each([
    ['image/png', base64(0x89, 'PNG\r\n', 0x1a, '\n', 0, 0)],
    ['image/jpeg', base64(0xff, 0xd8, 0xff, 0xe0, 0)],
    ['image/gif', base64('GIF89a')],
    ['image/webp', base64('RIFF', 1, 2, 3, 4, 'WEBPVP8 ')],
    ['audio/wav', base64('RIFF', 1, 2, 3, 4, 'WAVEfmt ')],
    ['application/pdf', base64('%PDF-1.7')],
    ['audio/ogg', base64('OggS', 0)],
    ['audio/flac', base64('fLaC', 0)],
    ['audio/mpeg', base64('ID3', 4)],
    ['image/heic', base64(0, 0, 0, 24, 'ftypheic')],
    ['video/mp4', base64(0, 0, 0, 24, 'ftypisom')],
    [undefined, base64('hello world')],
    [undefined, ''],
  ])('sees %s in the first bytes', (type, data) => {
    expect(sniffMediaType(data)).toBe(type);
  });

  test.each([
    ['r.PDF', 'application/pdf'],
    ['https://example.org/pictures/a.png?size=2#top', 'image/png'],
    ['r.unknownx', undefined],
    ['constructor', undefined],
    ['a.constructor', undefined],
    ['noextension', undefined],
  ])('reads the name %s as %s', (name, type) => {
    expect(mediaTypeOfName(name)).toBe(type);
  });
});
