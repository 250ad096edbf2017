import { expect, test } from 'vitest';
import { openEventFilter } from '../../../src/daemon/engine/hidden-events.js';

const frame = (type: string, more: string): string => `event: ${type}\ndata: {"type":"${type}","x":"${more}"}\n\n`;
const KEPT = [
  frame('response.created', 'a'),
  frame('response.output_text.delta', 'says codex.rate_limits'),
  frame('response.completed', 'z'),
];
const HIDDEN = [frame('codex.rate_limits', 'p'), 'data: {"type":"codex.response.metadata"}\n\n'];
const [first = '', second = '', third = ''] = KEPT;
const STREAM = Buffer.from(first + HIDDEN[0] + second + HIDDEN.join('') + third);

test('hidden events are left out, wherever the chunks are cut, and words about them are not', () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const filter = openEventFilter('codex.');
    const out = [filter.push(STREAM.subarray(0, cut)), filter.push(STREAM.subarray(cut)), filter.end()].join('');
    expect(out, `cut at ${cut}`).toBe(KEPT.join(''));
  }
});

test('frames with carriage returns are frames too', () => {
  const filter = openEventFilter('codex.');
  const text = STREAM.toString().replaceAll('\n', '\r\n');
  expect([filter.push(Buffer.from(text)), filter.end()].join('')).toBe(KEPT.join('').replaceAll('\n', '\r\n'));
});
