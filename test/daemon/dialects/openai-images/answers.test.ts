import { describe, expect, test } from 'vitest';
import type { EncodeContext } from '../../../../src/daemon/dialects/dialect.js';
import { decodeGeneration } from '../../../../src/daemon/dialects/openai-images/decode-request.js';
import { openaiImagesClient, openaiImagesUpstream } from '../../../../src/daemon/dialects/openai-images/dialect.js';
import { UPSTREAM_DIALECTS } from '../../../../src/daemon/dialects/registry.js';
import { openSseDeframer } from '../../../../src/daemon/framing/sse.js';
import type { ModelEvent, ModelResponse } from '../../../../src/daemon/ir/event.js';
import { lackOfImage, requireImage } from '../../../../src/daemon/ir/image-answer.js';
import type { JsonObject } from '../../../../src/daemon/ir/json.js';
import { checkOrder } from '../../../../src/daemon/ir/order.js';
import { PNG } from '../../../support/images.js';

const upstream = openaiImagesUpstream(
  UPSTREAM_DIALECTS['openai-responses']?.decodeError ??
    (() => {
      throw new Error('no such dialect');
    }),
);
const PICTURE = { type: 'media', mediaType: 'image/png', source: { kind: 'base64', data: PNG } } as const;
const END: ModelEvent = { type: 'response-end', finish: { reason: 'stop' } };
const NOW = 1_700_000_000_000;

const contextOf = (more: JsonObject = {}, keepImage?: EncodeContext['keepImage']): EncodeContext => ({
  model: 'm',
  request: decodeGeneration({ prompt: 'x', ...more }),
  now: () => NOW,
  newId: (prefix) => prefix,
  ...(keepImage === undefined ? {} : { keepImage }),
});

function write(events: readonly ModelEvent[], context = contextOf()): { name: string | undefined; data: JsonObject }[] {
  const frames: { name: string | undefined; data: JsonObject }[] = [];
  const encoder = openaiImagesClient.openEncoder(context);
  for (const event of events)
    encoder.write(event, (name, data) => frames.push({ name, data: JSON.parse(data) as JsonObject }));
  return frames;
}

const RESPONSE: ModelResponse = { content: [PICTURE], finish: { reason: 'stop' } };

describe('a whole answer', () => {
  test('repeats the settings, and says what the picture is', () => {
    const context = contextOf({ size: '1024x1024', quality: 'low' });
    expect(openaiImagesClient.encodeResponse(RESPONSE, context)).toEqual({
      created: NOW / 1000,
      data: [{ b64_json: PNG }],
      background: 'auto',
      output_format: 'png',
      quality: 'low',
      size: '1024x1024',
    });
  });

  test('has the text beside the pictures as the revised prompt, and never the client’s own', () => {
    const content = [{ type: 'text', text: ' A red ' } as const, { type: 'text', text: 'square ' } as const, PICTURE];
    expect(openaiImagesClient.encodeResponse({ ...RESPONSE, content }, contextOf())['data']).toEqual([
      { b64_json: PNG, revised_prompt: 'A red square' },
    ]);
  });

  test.each<[string, EncodeContext['keepImage'], JsonObject]>([
    ['as a link', () => 'http://gateway/1.png', { url: 'http://gateway/1.png' }],
    ['as data, where it cannot be kept', () => undefined, { b64_json: PNG }],
    ['as data, where nothing is kept', undefined, { b64_json: PNG }],
  ])('gives what was asked for as a link %s', (_name, keepImage, expected) => {
    const context = contextOf({ response_format: 'url' }, keepImage);
    expect(openaiImagesClient.encodeResponse(RESPONSE, context)['data']).toEqual([expected]);
  });

  test.each<[string, ModelResponse['usage'], ModelResponse['ext'], JsonObject | undefined]>([
    ['nothing was said', undefined, undefined, undefined],
    [
      'Google counts by modality',
      {
        inputTokens: 20,
        outputTokens: 1290,
        raw: { promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 12 }] },
      },
      undefined,
      {
        input_tokens: 20,
        input_tokens_details: { text_tokens: 20, image_tokens: 0 },
        output_tokens: 1290,
        total_tokens: 1310,
      },
    ],
    [
      'a tool’s picture is counted apart from the talk',
      { inputTokens: 900, outputTokens: 40 },
      { 'openai-responses': { tool_usage: { image_gen: { input_tokens: 5, output_tokens: 100 } } } },
      {
        input_tokens: 5,
        input_tokens_details: { text_tokens: 5, image_tokens: 0 },
        output_tokens: 100,
        total_tokens: 105,
      },
    ],
  ])('tells tokens where %s', (_name, usage, ext, expected) => {
    const more = { ...(usage === undefined ? {} : { usage }), ...(ext === undefined ? {} : { ext }) };
    expect(openaiImagesClient.encodeResponse({ ...RESPONSE, ...more }, contextOf())['usage']).toEqual(expected);
  });
});

describe('a stream', () => {
  const draft: ModelEvent = { type: 'image-draft', mediaType: 'image/png', data: PNG };

  test('tells the usage with the last picture, each picture once', () => {
    const frames = write([
      { type: 'response-start' },
      { type: 'part', index: 0, part: PICTURE },
      { type: 'part', index: 1, part: PICTURE },
      { type: 'usage', usage: { inputTokens: 1, outputTokens: 2 } },
      END,
    ]);
    expect(frames.map(({ name }) => name)).toEqual(['image_generation.completed', 'image_generation.completed']);
    expect(frames.map(({ data }) => data['usage'] !== undefined)).toEqual([false, true]);
    expect(frames.every(({ name, data }) => data['type'] === name)).toBe(true);
  });

  test('has as many drafts as were asked for, and no more', () => {
    const frames = write([draft, draft, draft], contextOf({ partial_images: 2, stream: true }));
    expect(frames.map(({ data }) => data['partial_image_index'])).toEqual([0, 1]);
  });

  test('tells a failure as an event that OpenAI’s clients throw', () => {
    const [frame] = write([{ type: 'error', error: { reason: 'overloaded', status: 503, message: 'busy' } }]);
    expect(frame?.name).toBe('error');
    expect(frame?.data).toMatchObject({ type: 'error', error: { message: 'busy', type: 'server_error' } });
  });
});

const COMPLETED = { type: 'image_generation.completed', b64_json: PNG, usage: { input_tokens: 1, output_tokens: 2 } };
const PARTIAL = { type: 'image_generation.partial_image', b64_json: PNG, partial_image_index: 0 };
const frame = (event: JsonObject): string => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`;

/** The stream cut into pieces of that size. */
const cut = (text: string, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(text.length / size) }, (_each, at) =>
    Buffer.from(text.slice(at * size, (at + 1) * size)),
  );

describe('an upstream’s stream', () => {
  test.each([1, 7, 64, 100_000])('cut every %i bytes is read and watched alike', (size) => {
    const text = `: keep-alive\n\n${frame(PARTIAL)}${frame(COMPLETED)}data: [DONE]\n\n`;
    const events: ModelEvent[] = [];
    const decoder = upstream.openDecoder({});
    const deframer = openSseDeframer((name, data) => decoder.push(name, data, (event) => events.push(event)));
    const tap = upstream.openTap();
    for (const piece of cut(text, size)) {
      deframer.push(piece);
      tap.observe(piece);
    }
    deframer.end();
    decoder.end((event) => events.push(event));
    tap.end();
    checkOrder(events);
    expect(events.map(({ type }) => type)).toEqual(['response-start', 'image-draft', 'part', 'usage', 'response-end']);
    expect(tap.facts).toMatchObject({ started: true, ended: true, usage: { inputTokens: 1, outputTokens: 2 } });
    expect(tap.facts.failure).toBeUndefined();
  });

  test.each([
    ['names its events in the data only', { ...COMPLETED }],
    ['names them behind the picture', { b64_json: PNG, type: COMPLETED.type, usage: COMPLETED.usage }],
    ['has a name of its own', { ...COMPLETED, type: 'image.done' }],
    ['has none', { b64_json: PNG, usage: COMPLETED.usage }],
  ])('of a server that %s is whole all the same', (_name, event) => {
    const text = `data: ${JSON.stringify(event)}\n\n`;
    const tap = upstream.openTap();
    tap.observe(Buffer.from(text));
    tap.end();
    expect(tap.facts).toMatchObject({ started: true, ended: true, usage: { outputTokens: 2 } });
    const events: ModelEvent[] = [];
    const decoder = upstream.openDecoder({});
    decoder.push(undefined, JSON.stringify(event), (each) => events.push(each));
    decoder.end((each) => events.push(each));
    expect(events.map(({ type }) => type)).toEqual(['response-start', 'part', 'usage', 'response-end']);
  });

  test('with a draft that is named behind its picture has begun', () => {
    const tap = upstream.openTap();
    const event = { b64_json: PNG.repeat(8), type: PARTIAL.type };
    tap.observe(Buffer.from(`data: ${JSON.stringify(event)}\n\n`));
    expect(tap.facts.started).toBe(true);
  });

  test.each([
    ['nothing', '', false],
    ['drafts only', frame(PARTIAL), true],
  ])('that ends after %s has failed', (_name, text, started) => {
    const tap = upstream.openTap();
    tap.observe(Buffer.from(text));
    tap.end();
    expect(tap.facts).toMatchObject({ started, ended: false, failure: { reason: 'protocol', status: 502 } });
  });

  test('that tells an error has failed with it, and has not begun', () => {
    const error = { type: 'error', error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'slow' } };
    const tap = upstream.openTap();
    tap.observe(Buffer.from(frame(error)));
    tap.end();
    expect(tap.facts).toMatchObject({ started: false, failure: { reason: 'rate-limit', message: 'slow' } });
  });
});

describe('relayed JSON of a client that wants links', () => {
  const kept: string[] = [];
  const edit = openaiImagesClient.editRelayed?.({
    request: decodeGeneration({ prompt: 'x', response_format: 'url' }),
    keepImage: ({ mediaType }) => `http://gateway/${kept.push(mediaType)}`,
  });

  test('has links in place of data, in answers and in events', () => {
    const answer = JSON.stringify({ created: 1, data: [{ b64_json: PNG }, { url: 'https://own' }] });
    expect(JSON.parse(edit?.(answer) ?? '')).toEqual({
      created: 1,
      data: [{ url: 'http://gateway/1' }, { url: 'https://own' }],
    });
    expect(JSON.parse(edit?.(JSON.stringify(COMPLETED)) ?? '')).toEqual({
      type: COMPLETED.type,
      usage: COMPLETED.usage,
      url: 'http://gateway/2',
    });
    expect(kept).toEqual(['image/png', 'image/png']);
  });

  test('passes as it is where there is none', () => expect(edit?.('[DONE]')).toBe('[DONE]'));

  test('passes unread for everybody else', () => {
    const asked = { request: decodeGeneration({ prompt: 'x' }), keepImage: () => 'http://gateway/1' };
    expect(openaiImagesClient.editRelayed?.(asked)).toBeUndefined();
  });
});

describe('an answer without a picture', () => {
  const text = { type: 'text', text: 'I would rather not.' } as const;
  test.each([
    ['content-filter', 'IMAGE_SAFETY', 'content-policy', 'image_blocked', ' (IMAGE_SAFETY)'],
    ['refusal', undefined, 'content-policy', 'image_blocked', ''],
    ['stop', 'STOP', 'invalid-request', 'no_image', ''],
    ['other', 'NO_IMAGE', 'invalid-request', 'no_image', ' (NO_IMAGE)'],
  ] as const)('that ends with %s is a failure that says why', (reason, raw, kind, code, why) => {
    const finish = { reason, ...(raw === undefined ? {} : { raw }) };
    const expected = {
      reason: kind,
      status: 502,
      code,
      message: `upstream did not return image output${why}; the model said: I would rather not.`,
    };
    expect(lackOfImage({ content: [text], finish })).toEqual(expected);
    const events: ModelEvent[] = [];
    const emit = requireImage((event) => events.push(event));
    emit({ type: 'text-delta', index: 0, text: text.text });
    emit({ type: 'response-end', finish });
    expect(events.at(-1)).toEqual({ type: 'error', error: expected });
  });

  test('one with a picture is none', () => {
    expect(lackOfImage(RESPONSE)).toBeUndefined();
    const events: ModelEvent[] = [];
    const emit = requireImage((event) => events.push(event));
    emit({ type: 'part', index: 0, part: PICTURE });
    emit(END);
    expect(events.at(-1)).toEqual(END);
  });
});
