import { describe, expect, test } from 'vitest';
import type { Restore } from '../../../../src/daemon/dialects/dialect.js';
import { openAwsEventStreamDeframer } from '../../../../src/daemon/framing/aws-event-stream.js';
import { openCollector } from '../../../../src/daemon/ir/collect.js';
import type { FailureFacts } from '../../../../src/daemon/ir/error.js';
import type { ModelEvent, ModelResponse } from '../../../../src/daemon/ir/event.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { checkOrder } from '../../../../src/daemon/ir/order.js';
import { kiroUpstream } from '../../../../src/daemon/providers/kiro/dialect.js';
import { eventFrame, exceptionFrame } from '../../../support/event-stream.js';
import { METADATA } from '../../../support/vendors/kiro.js';

function events(frames: readonly Buffer[], restore: Restore = {}): readonly ModelEvent[] {
  const out: ModelEvent[] = [];
  const decoder = kiroUpstream.openDecoder(restore);
  const deframer = openAwsEventStreamDeframer((event, data) => decoder.push(event, data, (each) => out.push(each)));
  for (const frame of frames) deframer.push(frame);
  deframer.end();
  decoder.end((each) => out.push(each));
  checkOrder(out);
  return out;
}

function collected(frames: readonly Buffer[], restore: Restore = {}): ModelResponse {
  const collector = openCollector();
  events(frames, restore).forEach(collector.write);
  return collector.result();
}

function failureOf(frames: readonly Buffer[], restore: Restore = {}): FailureFacts {
  const last = events(frames, restore).at(-1);
  if (last?.type !== 'error') throw new Error(`ended with ${last?.type}`);
  return last.error;
}

const text = (content: string): Buffer => eventFrame('assistantResponseEvent', { content });
const use = (more: JsonObject, id = 'tooluse_1', name = 'f'): Buffer =>
  eventFrame('toolUseEvent', { toolUseId: id, name, ...more });
const thought = (payload: JsonObject): Buffer => eventFrame('reasoningContentEvent', payload);
const STOP = use({ stop: true });
const f = (input: string, id = 'tooluse_1', name = 'f') => ({ type: 'tool-call', id, name, input });
const TAGGED: Restore = { taggedThinking: true };

describe('content', () => {
  test.each<{ name: string; frames: Buffer[]; content: unknown[]; finish?: string; restore?: Restore }>([
    { name: 'pieces are one text', frames: [text('a'), text('b')], content: [{ type: 'text', text: 'ab' }] },
    {
      name: 'equal pieces both count',
      frames: [text('\n'), text('\n'), text('ha'), text('ha')],
      content: [{ type: 'text', text: '\n\nhaha' }],
    },
    {
      name: 'white space stays after thinking in events of its own',
      frames: [thought({ text: 'hm' }), text(' a'), text(' b ')],
      content: [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: ' a b ' },
      ],
      restore: TAGGED,
    },
    {
      name: 'an event that is wrapped in its own name',
      frames: [eventFrame('assistantResponseEvent', { assistantResponseEvent: { content: 'a' } })],
      content: [{ type: 'text', text: 'a' }],
    },
    {
      name: 'a call in pieces',
      frames: [use({}), use({ input: '{"a":' }), use({ input: '1}' }), STOP],
      content: [f('{"a":1}')],
      finish: 'tool-calls',
    },
    { name: 'a call without input', frames: [use({}), STOP], content: [f('{}')], finish: 'tool-calls' },
    {
      name: 'a call with an object for input',
      frames: [use({ input: { a: 1 }, stop: true })],
      content: [f('{"a":1}')],
      finish: 'tool-calls',
    },
    {
      name: 'two equal calls with ids of their own',
      frames: [use({ stop: true }), use({ stop: true }, 'tooluse_2')],
      content: [f('{}'), f('{}', 'tooluse_2')],
      finish: 'tool-calls',
    },
    {
      name: 'the same call twice is one',
      frames: [use({ stop: true }), use({ input: '{"b":1}', stop: true })],
      content: [f('{}')],
      finish: 'tool-calls',
    },
    {
      name: 'a call that begins ends the one before',
      frames: [use({ input: '{}' }), use({ stop: true }, 'tooluse_2')],
      content: [f('{}'), f('{}', 'tooluse_2')],
      finish: 'tool-calls',
    },
    {
      name: 'text after a call is a block of its own',
      frames: [text('a'), use({ stop: true }), text('b')],
      content: [{ type: 'text', text: 'a' }, f('{}'), { type: 'text', text: 'b' }],
      finish: 'tool-calls',
    },
    {
      name: 'whole calls of the older form',
      frames: [
        eventFrame('assistantResponseEvent', {
          content: 'a',
          toolUses: [{ toolUseId: 'tooluse_1', name: 'f', input: { a: 1 } }],
        }),
      ],
      content: [{ type: 'text', text: 'a' }, f('{"a":1}')],
      finish: 'tool-calls',
    },
    {
      name: 'a call that is only talked about stays text',
      frames: [text('[Called f with args: {}]')],
      content: [{ type: 'text', text: '[Called f with args: {}]' }],
    },
    {
      name: 'thinking with its signature, then hidden thinking',
      frames: [
        thought({ text: 'a' }),
        thought({ text: 'b' }),
        thought({ signature: 'sig' }),
        thought({ redactedContent: 'xx' }),
        text('c'),
      ],
      content: [
        { type: 'reasoning', text: 'ab', opaque: { origin: 'kiro', value: 'sig' } },
        { type: 'reasoning', text: '', redacted: true, opaque: { origin: 'kiro', value: 'xx' } },
        { type: 'text', text: 'c' },
      ],
    },
    {
      name: 'events that are no part of an answer, and unknown ones',
      frames: [
        eventFrame('followupPromptEvent', { content: 'no' }),
        eventFrame('invalidStateEvent', { reason: 'INVALID_TASK_ASSIST_PLAN', message: 'no' }),
        eventFrame('brandNewEvent', { content: 'no' }),
        text('a'),
      ],
      content: [{ type: 'text', text: 'a' }],
    },
  ])('$name', ({ frames, content, finish = 'stop', restore = {} }) => {
    const response = collected(frames, restore);
    expect(response.content).toEqual(content);
    expect(response.finish.reason).toBe(finish);
  });

  test('names and free-form inputs are the client’s again', () => {
    const restore: Restore = {
      toolNames: new Map([['get_weather', 'get.weather']]),
      wrappedTools: new Set(['patch']),
    };
    const frames = [
      use({ stop: true }, 'a', 'get_weather'),
      use({ input: '{"input":"diff"}', stop: true }, 'b', 'patch'),
    ];
    expect(collected(frames, restore).content).toEqual([
      f('{}', 'a', 'get.weather'),
      { ...f('diff', 'b', 'patch'), custom: true },
    ]);
  });

  test('the answer’s id is the one Kiro gave it', () => {
    expect(collected([eventFrame('messageMetadataEvent', { utteranceId: 'u-1' }), text('a')]).id).toBe('u-1');
  });
});

describe('the end', () => {
  const ending = (stopReason: string): Buffer => eventFrame('metadataEvent', { stopReason });
  test.each<{ name: string; frames: Buffer[]; finish: { reason: string; raw: string } }>([
    { name: 'END_TURN', frames: [text('a'), ending('END_TURN')], finish: { reason: 'stop', raw: 'end_turn' } },
    { name: 'MAX_TOKENS', frames: [text('a'), ending('MAX_TOKENS')], finish: { reason: 'length', raw: 'max_tokens' } },
    {
      name: 'CONTENT_FILTERED',
      frames: [text('a'), ending('CONTENT_FILTERED')],
      finish: { reason: 'content-filter', raw: 'content_filtered' },
    },
    { name: 'PAUSE_TURN', frames: [text('a'), ending('PAUSE_TURN')], finish: { reason: 'pause', raw: 'pause_turn' } },
    {
      name: 'TOOL_USE without a call, on which agents would wait',
      frames: [text('a'), ending('TOOL_USE')],
      finish: { reason: 'stop', raw: 'end_turn' },
    },
    {
      name: 'END_TURN after a call',
      frames: [use({ stop: true }), ending('END_TURN')],
      finish: { reason: 'tool-calls', raw: 'tool_use' },
    },
    {
      name: 'a word in small letters in another event',
      frames: [eventFrame('assistantResponseEvent', { content: 'a', stop_reason: 'max_tokens' })],
      finish: { reason: 'length', raw: 'max_tokens' },
    },
    {
      name: 'a word nobody knows',
      frames: [text('a'), ending('UNKNOWN')],
      finish: { reason: 'stop', raw: 'end_turn' },
    },
    {
      name: 'a full window',
      frames: [text('a'), eventFrame('contextUsageEvent', { contextUsagePercentage: 100 })],
      finish: { reason: 'length', raw: 'model_context_window_exceeded' },
    },
    { name: 'thinking only', frames: [thought({ text: 'a' })], finish: { reason: 'length', raw: 'max_tokens' } },
  ])('$name', ({ frames, finish }) => {
    expect(collected(frames).finish).toEqual(finish);
  });

  test('nothing but facts is no answer', () => {
    expect(failureOf([METADATA])).toMatchObject({ reason: 'protocol', code: 'empty_answer' });
    expect(failureOf([])).toMatchObject({ reason: 'protocol', code: 'empty_answer' });
  });
});

describe('a call that was cut off', () => {
  test.each([
    { name: 'at the end of the stream', frames: [use({ input: '{"a":"b' })] },
    { name: 'before its stop', frames: [use({ input: '{"a":"b' }), STOP] },
    { name: 'by another one', frames: [use({ input: '{"a":"b' }), use({ input: '{"c":', stop: true }, 'tooluse_2')] },
  ])('$name is dropped, and the answer is too long', ({ frames }) => {
    const { content, finish } = collected([text('Writing.'), ...frames]);
    expect(finish).toEqual({ reason: 'length', raw: 'max_tokens' });
    expect(content.filter(({ type }) => type === 'tool-call')).toEqual([]);
    expect(content.map((part) => (part.type === 'text' ? part.text : '')).join('')).toMatch(
      /^Writing\.\s+\[a tool call was cut off/,
    );
  });

  test('with nothing else said is an error', () => {
    expect(failureOf([use({ input: '{"a":"b' })])).toMatchObject({ code: 'truncated_tool_call' });
  });

  test.each([
    { name: 'bare line breaks and tabs', input: '{"a":"x\ny\tz"}', read: '{"a":"x\\ny\\tz"}' },
    { name: 'commas too many', input: '{"a":[1,2,],}', read: '{"a":[1,2]}' },
  ])('$name are mended, which loses nothing', ({ input, read }) => {
    expect(collected([use({ input, stop: true })]).content).toEqual([f(read)]);
  });
});

describe('usage', () => {
  const share = eventFrame('contextUsageEvent', { contextUsagePercentage: 7.42 });
  const exact = { inputTokens: 1100, outputTokens: 41, cacheReadTokens: 200, cacheWriteTokens: 0 };
  test.each<{ name: string; frames: Buffer[]; usage: unknown; restore?: Restore }>([
    { name: 'exact counts', frames: [METADATA], usage: exact },
    { name: 'exact counts before a share', frames: [METADATA, share], usage: exact, restore: { contextTokens: 1e6 } },
    { name: 'exact counts after a share', frames: [share, METADATA], usage: exact, restore: { contextTokens: 1e6 } },
    {
      name: 'exact counts of the older event',
      frames: [eventFrame('messageMetadataEvent', { tokenUsage: { uncachedInputTokens: 5, outputTokens: 1 } })],
      usage: { inputTokens: 5, outputTokens: 1 },
    },
    {
      name: 'a share of this model’s window',
      frames: [share],
      usage: { inputTokens: 74_200 },
      restore: { contextTokens: 1_000_000 },
    },
  ])('$name', ({ frames, usage, restore = {} }) => {
    const { raw: _raw, ...counts } = collected([text('a'), ...frames], restore).usage ?? {};
    expect(counts).toEqual(usage);
  });

  test('what nobody told is unknown', () => {
    expect(collected([text('a'), share]).usage).toBeUndefined();
  });

  test('credits are kept as Kiro counts them', () => {
    const metering = eventFrame('meteringEvent', { unit: 'credit', usage: 0.13 });
    expect(collected([text('a'), metering, METADATA]).usage?.raw).toMatchObject({
      metering: { unit: 'credit', usage: 0.13 },
      tokenUsage: { totalTokens: 1141 },
    });
  });
});

describe('failures within a stream', () => {
  test.each<{ name: string; frame: Buffer; failure: Partial<FailureFacts> }>([
    {
      name: 'an exception by its name',
      frame: exceptionFrame('ThrottlingException', { message: 'slow', retryAfterMilliseconds: 1500 }),
      failure: { reason: 'rate-limit', status: 429, message: 'slow', retryAfterMs: 1500 },
    },
    {
      name: 'an exception by its reason',
      frame: exceptionFrame('ThrottlingException', { message: 'no', reason: 'MONTHLY_REQUEST_COUNT' }),
      failure: { reason: 'quota', status: 429, code: 'MONTHLY_REQUEST_COUNT' },
    },
    {
      name: 'a prompt that is too long',
      frame: exceptionFrame('ContentLengthExceededException', { message: 'too long' }),
      failure: { reason: 'context-length', status: 400, code: 'context_length_exceeded' },
    },
    {
      name: 'an event that is an error',
      frame: eventFrame('x', { __type: 'com.amazon#ServiceUnavailableException', message: 'later' }),
      failure: { reason: 'overloaded', status: 503 },
    },
    {
      name: 'an event of type error',
      frame: eventFrame('x', { type: 'error', message: 'what' }),
      failure: { reason: 'network', message: 'what' },
    },
  ])('$name', ({ frame, failure }) => {
    expect(failureOf([frame])).toMatchObject(failure);
    expect(failureOf([text('half'), frame].slice(failure.reason === 'context-length' ? 1 : 0))).toMatchObject(failure);
  });

  test('an answer that grew too long ends as one', () => {
    const frames = [text('half'), exceptionFrame('ContentLengthExceededException', { message: 'too long' })];
    expect(collected(frames).finish).toEqual({ reason: 'length', raw: 'max_tokens' });
  });

  test('an end within a frame is an error, whatever came before', () => {
    expect(failureOf([text('a'), text('b').subarray(0, 20)])).toMatchObject({
      reason: 'protocol',
      code: 'invalid_upstream_answer',
    });
  });

  test('an event that is no JSON is an error', () => {
    const decoder = kiroUpstream.openDecoder({});
    const seen: ModelEvent[] = [];
    decoder.push('assistantResponseEvent', 'oops', (event) => seen.push(event));
    decoder.push('assistantResponseEvent', '{"content":"late"}', (event) => seen.push(event));
    decoder.end((event) => seen.push(event));
    expect(seen).toMatchObject([{ type: 'error', error: { reason: 'protocol' } }]);
  });
});

describe('thinking in tags', () => {
  const both = (thinking: string, said: string) => [
    { type: 'reasoning', text: thinking },
    { type: 'text', text: said },
  ];
  test.each<{ name: string; answer: string; content: unknown[] }>([
    { name: 'in front of the text', answer: '<thinking>\nhm\nho</thinking>\n\nHi.', content: both('hm\nho', 'Hi.') },
    { name: 'after white space', answer: '\n <thinking>hm</thinking>\n\nHi.', content: both('hm', 'Hi.') },
    {
      name: 'that is talked about',
      answer: 'Use `<thinking>` or "<thinking>".',
      content: [{ type: 'text', text: 'Use `<thinking>` or "<thinking>".' }],
    },
    {
      name: 'in code',
      answer: 'See:\n```\n<thinking>a</thinking>\n\n```\nDone.',
      content: [{ type: 'text', text: 'See:\n```\n<thinking>a</thinking>\n\n```\nDone.' }],
    },
    {
      name: 'that thinks of its own end',
      answer: '<thinking>I write `</thinking>`\n\nand </thinking> too</thinking>\n\nHi.',
      content: both('I write `</thinking>`\n\nand </thinking> too', 'Hi.'),
    },
    {
      name: 'that ends with the answer',
      answer: '<thinking>hm</thinking>\n',
      content: [{ type: 'reasoning', text: 'hm' }],
    },
    { name: 'that never ends', answer: '<thinking>hm</thin', content: [{ type: 'reasoning', text: 'hm</thin' }] },
    { name: 'that is none', answer: 'a <think> b <thinkin', content: [{ type: 'text', text: 'a <think> b <thinkin' }] },
  ])('$name, cut at any character', ({ answer, content }) => {
    for (let at = 0; at <= answer.length; at += 1) {
      const frames = [text(answer.slice(0, at)), text(answer.slice(at))];
      expect(collected(frames, TAGGED).content, `cut at ${at}`).toEqual(content);
    }
    expect(collected([...answer].map(text), TAGGED).content).toEqual(content);
  });

  test('ends before a call', () => {
    const frames = [text('<thinking>hm</thinking>'), use({ stop: true })];
    expect(collected(frames, TAGGED).content).toEqual([{ type: 'reasoning', text: 'hm' }, f('{}')]);
  });

  test('is text where nobody asked for thinking', () => {
    expect(collected([text('<thinking>a</thinking>\n\nb')]).content).toEqual([
      { type: 'text', text: '<thinking>a</thinking>\n\nb' },
    ]);
  });
});

test('the tap sees usage, end and damage', () => {
  const good = kiroUpstream.openTap();
  good.observe(Buffer.concat([text('a'), METADATA]));
  good.end();
  expect(good.facts).toMatchObject({
    started: true,
    ended: true,
    finish: { reason: 'stop' },
    usage: { outputTokens: 41 },
  });
  const cut = kiroUpstream.openTap();
  cut.observe(text('a').subarray(0, 20));
  cut.end();
  expect(cut.facts).toMatchObject({ ended: false, failure: { reason: 'protocol' } });
});
