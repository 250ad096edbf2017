import { describe, expect, test } from 'vitest';
import type { Operation } from '../../../src/daemon/dialects/dialect.js';
import { decodeGeneration } from '../../../src/daemon/dialects/openai-images/decode-request.js';
import { divide, isDivided } from '../../../src/daemon/engine/divide.js';
import { ProxyFailure } from '../../../src/daemon/engine/inbound.js';
import type { ClientSink } from '../../../src/daemon/engine/pump.js';
import { openTrace } from '../../../src/daemon/engine/trace.js';
import type { Reply } from '../../../src/daemon/engine/try.js';
import { openWireBody } from '../../../src/daemon/engine/wire-body.js';

interface Ask {
  readonly stream?: boolean;
  readonly drawsOne?: boolean;
  readonly operation?: Operation;
}

const BUSY = new ProxyFailure({ reason: 'rate-limit', status: 429, message: 'slow down' });

/** As much of a request as dividing looks at. */
function inboundOf(count: number, { stream = false, drawsOne = true, operation = 'image' }: Ask = {}) {
  const body = { prompt: 'x', n: count };
  const request = decodeGeneration(body);
  const warnings: string[] = [];
  const caller = { keyId: 'k' };
  const inbound = {
    operation,
    stream,
    body: openWireBody(Buffer.from(JSON.stringify(body))),
    decoded: () => request,
    route: { candidates: [{ credential: { upstream: { drawsOne } } }] },
    trace: openTrace({ id: 'r1', startedAt: 0, caller, dialect: { id: 'openai-images' }, model: 'm', stream }),
    warn: ({ reason }: { readonly reason: string }) => void warnings.push(reason),
  };
  return { inbound, warnings };
}

const whole = (answer: object): Reply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: { kind: 'whole', bytes: JSON.stringify(answer) },
});
const picture = (name: string, tokens: number): Reply =>
  whole({
    created: 1,
    data: [{ b64_json: name }],
    usage: { output_tokens: tokens, input_tokens_details: { text_tokens: 1 } },
  });

/** Answers one after the other; what is an error is thrown. */
function serving(answers: readonly (Reply | Error)[]) {
  const left = [...answers];
  const asked: unknown[] = [];
  return {
    asked,
    serve: async (part: ReturnType<typeof inboundOf>['inbound']): Promise<Reply> => {
      asked.push([part.body.get('n'), part.decoded().image?.count]);
      const answer = left.shift();
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('asked too often');
      return answer;
    },
  };
}

const dividing = async (answers: readonly (Reply | Error)[], stream = false) => {
  const { inbound, warnings } = inboundOf(answers.length, { stream });
  const { serve, asked } = serving(answers);
  const reply = await divide(inbound, serve, () => 5);
  return { reply, warnings, asked, trace: inbound.trace };
};

const answerOf = ({ body }: Reply): unknown =>
  body.kind === 'whole' ? JSON.parse(Buffer.from(body.bytes).toString('utf8')) : undefined;

test.each<[number, Ask, boolean]>([
  [2, {}, true],
  [1, {}, false],
  [2, { drawsOne: false }, false],
  [2, { operation: 'generate' }, false],
])('%i pictures with %j are divided: %s', (count, more, expected) => {
  expect(isDivided(inboundOf(count, more).inbound)).toBe(expected);
});

describe('whole answers', () => {
  test('become one: all pictures, and the sum of the tokens', async () => {
    const { reply, asked, warnings, trace } = await dividing([picture('a', 2), picture('b', 3)]);
    expect(answerOf(reply)).toEqual({
      created: 1,
      data: [{ b64_json: 'a' }, { b64_json: 'b' }],
      usage: { output_tokens: 5, input_tokens_details: { text_tokens: 2 } },
    });
    expect(asked).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(warnings).toEqual([]);
    expect(trace).toMatchObject({ endedAt: 5, failure: undefined });
  });

  test('are what came, and what did not is told', async () => {
    const { reply, warnings } = await dividing([BUSY, picture('b', 3), BUSY]);
    expect(answerOf(reply)).toMatchObject({ data: [{ b64_json: 'b' }], usage: { output_tokens: 3 } });
    expect(warnings).toEqual(['1 of 3 images came; slow down']);
  });

  test('are a failure when none came', async () => {
    await expect(dividing([BUSY, BUSY])).rejects.toBe(BUSY);
  });

  test('are a failure after a defect of ours, whatever else came', async () => {
    const defect = new TypeError('ours');
    await expect(dividing([picture('a', 1), defect])).rejects.toBe(defect);
  });
});

describe('streams', () => {
  /** A stream that is played by hand. */
  function handStream() {
    let target: ClientSink | undefined;
    const reply: Reply = {
      status: 200,
      headers: {},
      body: {
        kind: 'stream',
        start(sink) {
          target = sink;
        },
      },
    };
    return {
      reply,
      write: (text: string) => target?.write(text),
      end: () => target?.end(),
      onDrain: (listener: () => void) => target?.onDrain(listener),
    };
  }
  function openSink() {
    const seen = { text: '', ended: 0 };
    const sink: ClientSink = {
      write(chunk) {
        seen.text += Buffer.from(chunk).toString('utf8');
        return true;
      },
      end: () => void seen.ended++,
      onDrain: () => undefined,
    };
    return { seen, sink };
  }
  const completed = (name: string): string => `event: image_generation.completed\ndata: {"b64_json":"${name}"}\n\n`;
  const error = (message: string): string => `event: error\ndata: {"error":{"message":"${message}"}}\n\n`;

  const joined = async () => {
    const streams = [handStream(), handStream()] as const;
    const { reply } = await dividing(
      streams.map((each) => each.reply),
      true,
    );
    const { seen, sink } = openSink();
    if (reply.body.kind === 'stream') reply.body.start(sink);
    return { streams, seen };
  };

  test('are woven together event by event, however they are cut', async () => {
    const { streams, seen } = await joined();
    const [a, b] = streams;
    a.write(completed('a').slice(0, 20));
    b.write(completed('b'));
    b.end();
    a.write(completed('a').slice(20));
    expect(seen.ended).toBe(0);
    a.end();
    expect(seen).toEqual({ text: completed('b') + completed('a'), ended: 1 });
  });

  test('hide the error of one as long as another has drawn', async () => {
    const { streams, seen } = await joined();
    const [a, b] = streams;
    a.write(error('slow down'));
    a.end();
    b.write(completed('b'));
    b.end();
    expect(seen).toEqual({ text: completed('b'), ended: 1 });
  });

  test('wait for a full client, all of them, and go on together', async () => {
    const streams = [handStream(), handStream()] as const;
    const { reply } = await dividing(
      streams.map((each) => each.reply),
      true,
    );
    const drains: (() => void)[] = [];
    const resumed: string[] = [];
    const full: ClientSink = { write: () => false, end: () => undefined, onDrain: (listener) => drains.push(listener) };
    if (reply.body.kind === 'stream') reply.body.start(full);
    expect(streams.map((each) => each.write(completed('x')))).toEqual([false, false]);
    streams[0].onDrain(() => resumed.push('a'));
    streams[1].onDrain(() => resumed.push('b'));
    expect(drains).toHaveLength(1);
    for (const drain of drains) drain();
    expect(resumed).toEqual(['a', 'b']);
  });

  test('end with the error when nobody has', async () => {
    const { streams, seen } = await joined();
    for (const each of streams) {
      each.write(error('slow down'));
      each.end();
    }
    expect(seen).toEqual({ text: error('slow down'), ended: 1 });
  });
});
