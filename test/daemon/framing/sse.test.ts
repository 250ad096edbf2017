import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openSseDeframer } from '../../../src/daemon/framing/sse.js';
import { sseFrame } from '../../../src/daemon/framing/sse-frame.js';

type Frame = readonly [string | undefined, string];

function deframe(...chunks: readonly Uint8Array[]): readonly Frame[] {
  const frames: Frame[] = [];
  const deframer = openSseDeframer((event, data) => frames.push([event, data]));
  for (const chunk of chunks) deframer.push(chunk);
  deframer.end();
  return frames;
}

test.each<{ name: string; text: string; frames: readonly Frame[] }>([
  { name: 'reads a data line', text: 'data: {"a":1}\n\n', frames: [[undefined, '{"a":1}']] },
  { name: 'reads an event name', text: 'event: ping\ndata: {}\n\n', frames: [['ping', '{}']] },
  { name: 'accepts data without a space', text: 'data:x\n\n', frames: [[undefined, 'x']] },
  { name: 'joins several data lines', text: 'data: a\ndata: b\n\n', frames: [[undefined, 'a\nb']] },
  {
    name: 'ignores comments, ids and retry times',
    text: ': hi\n\nid: 1\nretry: 2\ndata: x\n\n',
    frames: [[undefined, 'x']],
  },
  {
    name: 'accepts CRLF and CR line ends',
    text: 'data: a\r\n\r\ndata: b\r\r',
    frames: [
      [undefined, 'a'],
      [undefined, 'b'],
    ],
  },
  {
    name: 'takes a last frame without its blank line',
    text: 'data: a\n\ndata: b',
    frames: [
      [undefined, 'a'],
      [undefined, 'b'],
    ],
  },
  {
    name: 'takes a bare JSON line as data',
    text: '{"error":{"message":"x"}}\n\n',
    frames: [[undefined, '{"error":{"message":"x"}}']],
  },
  {
    name: 'survives extra blank lines',
    text: '\n\n\ndata: a\n\n\n\ndata: b\n\n',
    frames: [
      [undefined, 'a'],
      [undefined, 'b'],
    ],
  },
])('$name', ({ text, frames }) => {
  expect(deframe(Buffer.from(text))).toEqual(frames);
});

test('any cut of the bytes gives the same frames', () => {
  const frame = fc.tuple(
    fc.option(fc.constantFrom('ping', 'message_start'), { nil: undefined }),
    fc.json().map((text) => text.replaceAll('\u2028', ' ')),
  );
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
      fc.array(fc.nat(), { maxLength: 8 }),
      (frames, end, cuts) => {
        const bytes = Buffer.from(
          frames
            .map(([event, data]) => sseFrame(event, data))
            .join('')
            .replaceAll('\n', end),
        );
        const points = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
        const chunks = [0, ...points].map((from, index) => bytes.subarray(from, points[index] ?? bytes.length));
        expect(deframe(...chunks)).toEqual(frames);
      },
    ),
  );
});

test('every single byte as a chunk of its own gives the same frames, inside UTF-8 sequences too', () => {
  const bytes = Buffer.from('event: e\r\ndata: {"t":"héllo 🙂"}\r\n\r\ndata: [DONE]\n\n');
  const single = Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
  expect(deframe(...single)).toEqual([
    ['e', '{"t":"héllo 🙂"}'],
    [undefined, '[DONE]'],
  ]);
});
