import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encodeAwsFrame, openAwsEventStreamDeframer } from '../../../src/daemon/framing/aws-event-stream.js';
import { encodeFrame, eventFrame, exceptionFrame } from '../../support/event-stream.js';

type Frame = readonly [event: string | undefined, data: string];

function read(chunks: readonly Uint8Array[]): readonly Frame[] {
  const frames: Frame[] = [];
  const deframer = openAwsEventStreamDeframer((event, data) => frames.push([event, data]));
  for (const chunk of chunks) deframer.push(chunk);
  deframer.end();
  return frames;
}

// Made by @smithy/eventstream-codec 4.5.2, AWS's own.
const AWS_EVENT =
  '000000800000005cb61972240d3a6d6573736167652d747970650700056576656e740b3a6576656e742d74797065070016617373697374616e74526573706f6e73654576656e740d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b22636f6e74656e74223a2268c3a96c6c6f227d98e1bfe4';
/** Has a header of every type. */
const AWS_EXCEPTION =
  '000000ae00000087d9e9e81d01610001620101630201016403000201650400000003016605000000000000000001670600030102030168080000000000000000016909000000000000400080000000000000010d3a6d6573736167652d74797065070009657863657074696f6e0f3a657863657074696f6e2d747970650700135468726f74746c696e67457863657074696f6e7b226d657373616765223a22736c6f7720646f776e227dd4064b48';
const AWS_ERROR =
  '000000550000004593672acd0d3a6d6573736167652d747970650700056572726f720b3a6572726f722d636f6465070008496e7465726e616c0e3a6572726f722d6d65737361676507000662726f6b656e36715a16';

test.each<{ name: string; hex: string; frame: Frame }>([
  { name: 'an event', hex: AWS_EVENT, frame: ['assistantResponseEvent', '{"content":"héllo"}'] },
  {
    name: 'an exception between headers of all types',
    hex: AWS_EXCEPTION,
    frame: [':exception:ThrottlingException', '{"message":"slow down"}'],
  },
  { name: 'an error without a body', hex: AWS_ERROR, frame: [':error:Internal', '{"message":"broken"}'] },
])('$name of AWS’s own encoder is read', ({ hex, frame }) => {
  expect(read([Buffer.from(hex, 'hex')])).toEqual([frame]);
});

test('a frame is printed as AWS’s own encoder prints it', () => {
  const headers = {
    ':message-type': 'event',
    ':event-type': 'assistantResponseEvent',
    ':content-type': 'application/json',
  };
  expect(encodeAwsFrame(headers, '{"content":"héllo"}').toString('hex')).toBe(AWS_EVENT);
});

const STREAM = Buffer.concat([
  Buffer.from(AWS_EVENT, 'hex'),
  eventFrame('toolUseEvent', { toolUseId: 'a', input: 'ü😀' }),
  encodeFrame({ ':message-type': 'event', ':event-type': 'empty' }, ''),
  exceptionFrame('internalServerException', { message: 'no' }),
]);
const WHOLE = read([STREAM]);

test('a stream that is cut at any byte says the same', () => {
  expect(WHOLE.map(([event]) => event)).toEqual([
    'assistantResponseEvent',
    'toolUseEvent',
    'empty',
    ':exception:internalServerException',
  ]);
  for (let at = 0; at <= STREAM.length; at += 1) {
    expect(read([STREAM.subarray(0, at), STREAM.subarray(at)]), `cut at ${at}`).toEqual(WHOLE);
  }
});

test('a stream that comes byte by byte says the same', () => {
  expect(read([...STREAM].map((byte) => Uint8Array.of(byte)))).toEqual(WHOLE);
});

describe('damage is told once, and nothing after it is believed', () => {
  const good = eventFrame('a', { n: 1 });
  const flipped = (at: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  };
  test.each([
    { name: 'a length', bytes: flipped(3) },
    { name: 'the first checksum', bytes: flipped(9) },
    { name: 'a header', bytes: flipped(14) },
    { name: 'the payload', bytes: flipped(good.length - 6) },
    { name: 'the last checksum', bytes: flipped(good.length - 1) },
  ])('in $name', ({ bytes }) => {
    const frames = read([good, bytes, good]);
    expect(frames.map(([event]) => event)).toEqual(['a', ':broken']);
  });

  test.each([1, 11, 12, 40])('an end after %i bytes of a frame', (length) => {
    expect(read([good, good.subarray(0, length)])).toEqual([
      ['a', '{"n":1}'],
      [':broken', '{"message":"the stream ended within a frame"}'],
    ]);
  });

  test.each([
    { name: 'longer than 16 MiB', total: 17 * 1024 * 1024, headers: 0 },
    { name: 'shorter than its own frame', total: 12, headers: 0 },
    { name: 'with more headers than bytes', total: 20, headers: 8 },
  ])('a frame $name', ({ total, headers }) => {
    const prelude = encodeFrame({}, '').subarray(0, 12);
    const forged = Buffer.from(prelude);
    forged.writeUInt32BE(total, 0);
    forged.writeUInt32BE(headers, 4);
    // The checksum is right: only the lengths are not.
    forged.writeUInt32BE(crc32(forged.subarray(0, 8)), 8);
    expect(read([forged])).toMatchObject([[':broken', expect.stringContaining('cannot be')]]);
  });

  test('a header whose length leads out of the frame', () => {
    const frame = rebuilt(Buffer.from([1, 0x61, 7, 0xff, 0xff, 0x62]));
    expect(read([frame])).toEqual([[':broken', '{"message":"the headers of a frame cannot be read"}']]);
  });
});

/** A frame of these bytes of headers, its checksums right. */
function rebuilt(headers: Buffer): Buffer {
  const bytes = Buffer.alloc(16 + headers.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(headers.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  headers.copy(bytes, 12);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}
