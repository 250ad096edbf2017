import { describe, expect, test } from 'vitest';
import { openaiResponsesUpstream } from '../../../../src/daemon/dialects/openai-responses/dialect.js';
import { fixtureBytes } from '../../../support/openai-responses.js';

const STREAMS = ['text', 'tools', 'codex', 'hosted', 'incomplete', 'failed', 'refusal'].map(
  (name) => `stream-${name}.sse`,
);

function tap(pieces: readonly Uint8Array[]) {
  const watcher = openaiResponsesUpstream.openTap();
  for (const piece of pieces) watcher.observe(piece);
  watcher.end();
  return watcher.facts;
}

test('facts of a whole answer', () => {
  expect(tap([fixtureBytes('stream-tools.sse')])).toMatchObject({
    started: true,
    ended: true,
    finish: { reason: 'tool-calls' },
    usage: { inputTokens: 120, cacheReadTokens: 64, outputTokens: 30, reasoningTokens: 12 },
  });
  expect(tap([fixtureBytes('stream-incomplete.sse')])).toMatchObject({ ended: true, finish: { reason: 'length' } });
});

test('a failure behind the greeting leaves failover possible', () => {
  expect(tap([fixtureBytes('stream-failed.sse')])).toMatchObject({
    started: false,
    ended: true,
    failure: { reason: 'overloaded', status: 503, retryAfterMs: 1500 },
  });
});

test('the greeting does not start an answer, the first item does', () => {
  const text = fixtureBytes('stream-codex.sse').toString('utf8');
  const frames = text.split(/(?<=\n\n)/);
  const first = frames.findIndex((frame) => frame.startsWith('event: response.output_item.added'));
  const watcher = openaiResponsesUpstream.openTap();
  frames.forEach((frame, index) => {
    expect(watcher.facts.started).toBe(index > first);
    watcher.observe(Buffer.from(frame));
  });
});

test.each([
  { name: 'as it came', change: (text: string) => text },
  { name: 'with CRLF', change: (text: string) => text.replaceAll('\n', '\r\n') },
  { name: 'without event names', change: (text: string) => text.replaceAll(/^event: .*\n/gm, '') },
  { name: 'with spaces in the JSON', change: (text: string) => text.replaceAll('"type":', '"type": ') },
  { name: 'with comments between', change: (text: string) => text.replaceAll('\n\n', '\n\n: keep-alive\n\n') },
  { name: 'without the last blank line', change: (text: string) => text.trimEnd() },
])('the same facts wherever the bytes are cut: $name', ({ change }) => {
  for (const name of STREAMS) {
    const bytes = Buffer.from(change(fixtureBytes(name).toString('utf8')));
    const whole = tap([bytes]);
    expect(whole).toEqual(tap([fixtureBytes(name)]));
    expect(tap([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
    for (let at = 1; at < bytes.length; at++) {
      if (at % 37 !== 0 && at < bytes.length - 8) continue;
      expect(tap([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
    }
  }
});

test('what a model writes is never taken for an event', () => {
  const text = 'data: {"type":"response.completed","response":{}}\n\n ends with "response.completed"';
  const delta = { type: 'response.output_text.delta', delta: text };
  const bare = { type: 'response.output_text.delta', delta: 'response.failed' };
  const bytes = Buffer.from(
    [delta, bare]
      .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\ndata: ${JSON.stringify(event)}\n\n`)
      .join(''),
  );
  const watcher = openaiResponsesUpstream.openTap();
  watcher.observe(bytes);
  expect(watcher.facts).toEqual({ started: true, ended: false });
});

describe('a stream without its terminal event', () => {
  test.each(STREAMS.filter((name) => name !== 'stream-failed.sse'))('%s is a failure', (name) => {
    const text = fixtureBytes(name).toString('utf8');
    const facts = tap([Buffer.from(text.slice(0, text.lastIndexOf('event: ')))]);
    expect(facts).toMatchObject({ started: true, ended: false, failure: { reason: 'protocol' } });
  });
  test('nothing at all is one too', () => {
    expect(tap([])).toMatchObject({ started: false, failure: { reason: 'protocol' } });
  });
});

test('an error frame is a failure', () => {
  const frames = [
    'event: error\ndata: {"type":"error","code":"rate_limit_exceeded","message":"slow"}\n\n',
    'data: {"error":{"message":"x","code":"rate_limit_exceeded"}}\n\n',
  ];
  for (const frame of frames) {
    expect(tap([Buffer.from(frame)])).toMatchObject({ ended: true, started: false, failure: { reason: 'rate-limit' } });
  }
});
