import { describe, expect, test } from 'vitest';
import type { StreamFacts } from '../../../src/daemon/dialects/dialect.js';
import { openSseDeframer } from '../../../src/daemon/framing/sse.js';
import { canonicalRequests, decodeStream, recordedBodies, recordings, SIDES, type Side } from '../../support/sides.js';

/** The frames of a stream given in pieces, as one text: what decoders get. */
function framesIn(pieces: readonly Uint8Array[]): string {
  let text = '';
  const deframer = openSseDeframer((event, data) => {
    text += `${event}\n${data}\n\n`;
  });
  for (const piece of pieces) deframer.push(Buffer.from(piece));
  deframer.end();
  return text;
}

function factsOf(side: Side, pieces: readonly Uint8Array[]): StreamFacts {
  const tap = side.upstream.openTap();
  for (const piece of pieces) tap.observe(Buffer.from(piece));
  tap.end();
  return tap.facts;
}

const STREAMS = SIDES.flatMap((side) => recordings(side, 'stream').map(({ name, bytes }) => ({ side, name, bytes })));

describe.each(STREAMS)('$side.id, $name', ({ side, bytes }) => {
  const cut = (at: number): readonly Uint8Array[] => [bytes.subarray(0, at), bytes.subarray(at)];

  test('cut at every byte it has the same frames, and so the same events', () => {
    const frames = framesIn([bytes]);
    for (let at = 1; at < bytes.length; at++) if (framesIn(cut(at)) !== frames) expect(framesIn(cut(at))).toBe(frames);
    const events = decodeStream(side, [bytes]);
    // Ids that an upstream does not give are minted anew at each reading.
    const shape = JSON.stringify(events).replace(/"(call_|search_)[0-9A-Za-z]+"/g, '"$1"');
    for (const pieces of [[...bytes].map((byte) => Uint8Array.of(byte)), cut(bytes.length >> 1)]) {
      const again = JSON.stringify(decodeStream(side, pieces));
      expect(again.replace(/"(call_|search_)[0-9A-Za-z]+"/g, '"$1"')).toBe(shape);
    }
  });

  test('cut at every byte it tells a relay the same facts', () => {
    const facts = factsOf(side, [bytes]);
    for (let at = 1; at < bytes.length; at++) expect(factsOf(side, cut(at))).toEqual(facts);
  });
});

describe.each(SIDES)('encode(decode(body)) of $id is the body', (side) => {
  const bodies = [
    ...recordedBodies(side, 'request').map((body, at) => [`recorded ${at}`, body] as const),
    ...Object.entries(canonicalRequests(side)),
  ];
  test.each(bodies)('%s', (_name, body) => {
    const named = { model: 'm', ...body };
    const context = { model: side.model, newId: (prefix: string) => prefix, warn: () => undefined };
    const { body: again } = side.upstream.encodeRequest(side.client.decodeRequest(named), context);
    // Google's body names neither: its URL does.
    const { model: _model, stream: _stream, ...expected } = named as Record<string, unknown>;
    const isNamed = side.id !== 'gemini-generate';
    expect(JSON.parse(JSON.stringify(again))).toEqual(isNamed ? named : expected);
  });
});
