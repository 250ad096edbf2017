import { describe, expect, test } from 'vitest';
import { anthropicMessagesUpstream } from '../../../../src/daemon/dialects/anthropic-messages/dialect.js';
import { fixture, observe } from '../../../support/anthropic-messages.js';

const tap = (...texts: readonly (string | Buffer)[]) =>
  observe(
    anthropicMessagesUpstream.openTap(),
    texts.map((text) => Buffer.from(text)),
  );
const partly = (...texts: readonly string[]) => {
  const open = anthropicMessagesUpstream.openTap();
  for (const text of texts) open.observe(Buffer.from(text));
  return open.facts;
};
const GREETING = 'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":3}}}\n\n';
const PING = 'event: ping\ndata: {"type": "ping"}\n\n';
const BLOCK =
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n';

test('usage, finish and the end of a stream', () => {
  expect(tap(fixture('stream-tools.sse'))).toMatchObject({
    started: true,
    ended: true,
    finish: { reason: 'tool-calls', raw: 'tool_use' },
    usage: { inputTokens: 2112, cacheReadTokens: 2000, cacheWriteTokens: 100, outputTokens: 89, reasoningTokens: 20 },
  });
});

test('an error in a stream', () => {
  expect(tap(fixture('stream-error.sse'))).toMatchObject({
    started: true,
    ended: false,
    failure: { reason: 'overloaded', message: 'Overloaded' },
  });
});

describe.each(['stream-tools.sse', 'stream-search.sse', 'stream-error.sse'])('%s', (name) => {
  const bytes = fixture(name);
  const whole = tap(bytes);

  test('means the same wherever it is cut', () => {
    for (let at = 1; at < bytes.length; at += 1) {
      expect(tap(bytes.subarray(0, at), bytes.subarray(at))).toEqual(whole);
    }
  });

  test('means the same byte by byte, and with the other line ends', () => {
    expect(tap(...Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(whole);
    const crlf = Buffer.from(bytes.toString('utf8').replaceAll('\n', '\r\n'));
    expect(tap(crlf)).toEqual(whole);
    expect(tap(...Array.from(crlf, (byte) => Buffer.from([byte])))).toEqual(whole);
  });
});

describe('the greeting', () => {
  test('is not content', () => {
    expect(partly(GREETING, PING)).toMatchObject({ started: false, usage: { inputTokens: 3 } });
  });

  test('ends with the first block, whole or in pieces', () => {
    expect(partly(GREETING + PING + BLOCK).started).toBe(true);
    expect(partly(GREETING, BLOCK.slice(0, 40)).started).toBe(false);
    expect(partly(GREETING, BLOCK.slice(0, 40), BLOCK.slice(40)).started).toBe(true);
  });

  test('may be followed by an error, which leaves the way to another upstream open', () => {
    const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n';
    expect(partly(GREETING, error)).toMatchObject({ started: false, failure: { reason: 'overloaded' } });
    expect(partly(error.slice(error.indexOf('{')))).toMatchObject({
      started: false,
      failure: { reason: 'overloaded' },
    });
  });
});

test('a stream without its terminal event failed', () => {
  expect(tap(GREETING, BLOCK)).toMatchObject({ ended: false, failure: { reason: 'protocol' } });
  expect(tap()).toMatchObject({ started: false, failure: { reason: 'protocol' } });
});

test('a last frame without its blank line counts', () => {
  expect(tap(GREETING, BLOCK, 'event: message_stop\ndata: {"type":"message_stop"}').failure).toBeUndefined();
});

test('a text that quotes the protocol is text', () => {
  const text = JSON.stringify({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: '{"type":"message_stop"} {"type":"error","error":{"message":"no"}}' },
  });
  expect(partly(GREETING, BLOCK, `data: ${text}\n\n`)).toMatchObject({ started: true, ended: false });
  expect(partly(GREETING, BLOCK, `data: ${text}\n\n`).failure).toBeUndefined();
});

test('a whole answer tells its usage and finish', () => {
  expect(anthropicMessagesUpstream.tapResponse(fixture('response.json'))).toMatchObject({
    usage: { inputTokens: 115, outputTokens: 40 },
    finish: { reason: 'tool-calls' },
  });
  expect(anthropicMessagesUpstream.tapResponse(Buffer.from('nonsense'))).toEqual({});
});
