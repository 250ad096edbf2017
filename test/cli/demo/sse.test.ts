import { expect, test } from 'vitest';
import { readSse } from '../../../src/cli/demo/sse.js';

test.each([
  { name: 'LF', text: 'event: a\ndata: {"a":1}\n\n: ping\n\ndata: two\ndata: lines\n\ndata: [DONE]\n\n' },
  {
    name: 'CR LF',
    text: 'event: a\r\ndata: {"a":1}\r\n\r\n: ping\r\n\r\ndata: two\r\ndata: lines\r\n\r\ndata: [DONE]\r\n\r\n',
  },
])('reads events with $name, however they are cut', async ({ text }) => {
  const bytes = new TextEncoder().encode(text);
  for (const size of [1, 7, bytes.length]) {
    const events = [];
    for await (const data of readSse(pieces(bytes, size))) events.push(data);
    expect(events).toEqual(['{"a":1}', 'two\nlines']);
  }
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
