import { describe, expect, test } from 'vitest';
import { openaiCompletionsClient } from '../../../src/daemon/dialects/openai-completions/dialect.js';
import { openWireBody, wireBodyOf } from '../../../src/daemon/engine/wire-body.js';
import { openCollector } from '../../../src/daemon/ir/collect.js';
import { RequestFault } from '../../../src/daemon/ir/error.js';
import type { JsonObject } from '../../../src/daemon/ir/json.js';
import { cutAnywhere, mutateBody, mutateStream, openRandom, type Random, randomBody } from '../../support/mutations.js';
import {
  answerContext,
  canonicalRequests,
  decodeStream,
  encodeStream,
  recordedBodies,
  recordings,
  SIDES,
  type Side,
  smallestRequest,
  translate,
} from '../../support/sides.js';

/** Time for each of the tests below; a longer hunt sets `FUZZ_SECONDS` (in all). */
const TESTS = 6 * SIDES.length + 2;
const MILLISECONDS = (Number(process.env['FUZZ_SECONDS'] ?? '9') * 1000) / TESTS;
const TIMEOUT = { timeout: MILLISECONDS + 20_000 };
/** One step may not take longer: a mutation of a body of 100 kB is far below it. */
const SLOW_MS = 3000;
const FIRST_SEED = Number(process.env['FUZZ_SEED'] ?? '1');

/** Runs `step` with one seed after another until the time is over, and names the seed that failed. */
function hunt(step: (random: Random) => void): void {
  const end = performance.now() + MILLISECONDS;
  let seed = FIRST_SEED;
  do {
    const started = performance.now();
    try {
      step(openRandom(seed));
    } catch (error) {
      throw new Error(`FUZZ_SEED=${seed} fails: ${String(error)}`, { cause: error });
    }
    expect(performance.now() - started, `seed ${seed} is slow`).toBeLessThan(SLOW_MS);
    seed++;
  } while (performance.now() < end);
}

/** A fault of the request is the only thing that may be thrown, and it says where. */
function onlyFaults<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof RequestFault)) throw error;
    expect(error.path, error.message).toMatch(/./);
    expect(error.message).not.toBe('');
    return undefined;
  }
}

function toEveryUpstream(from: Side, body: JsonObject): void {
  const sent = onlyFaults(() => asSent(body));
  if (sent === undefined) return;
  for (const to of SIDES) {
    const translated = onlyFaults(() => translate(sent, from, to));
    expect(() => JSON.stringify(translated?.body)).not.toThrow();
  }
  expect(Object.prototype).not.toHaveProperty('polluted');
}

const asSent = (body: JsonObject): JsonObject => openWireBody(Buffer.from(JSON.stringify(body))).toJSON();

describe.each(SIDES)('requests of $id', (from) => {
  const bodies = [...recordedBodies(from, 'request'), ...Object.values(canonicalRequests(from))];

  test('mutated anyhow are translated or refused by path', TIMEOUT, () => {
    hunt((random) => {
      const [first = {}, ...others] = bodies;
      toEveryUpstream(from, mutateBody(random.pick([first, ...others]), random));
    });
  });

  test('mutated anyhow lose the state of others, and what was refused, without a fault', TIMEOUT, () => {
    const messages = [
      'Invalid `signature` in `thinking` block',
      'Corrupted thought signature',
      'encrypted content is invalid',
    ];
    hunt((random) => {
      const [first = {}, ...others] = bodies;
      const [message = '', ...more] = messages;
      const body = mutateBody(random.pick([first, ...others]), random);
      const wire = wireBodyOf({ ...body });
      from.upstream.dropForeignState(wire, from.model);
      const failure = { reason: 'invalid-request', status: 400, message: random.pick([message, ...more]) } as const;
      from.upstream.dropRefusedState?.(failure, wire);
      expect(() => JSON.stringify(wire.toJSON())).not.toThrow();
    });
  });

  test('of known members with any values are translated or refused by path', TIMEOUT, () => {
    const names = [...new Set(bodies.flatMap(Object.keys))];
    hunt((random) => toEveryUpstream(from, { ...smallestRequest(from), ...randomBody(names, random) }));
  });
});

describe.each(SIDES)('streams of $id', (side) => {
  const streams = recordings(side, 'stream');

  test('mutated anyhow follow the grammar and reach every client', TIMEOUT, () => {
    hunt((random) => {
      const { bytes } = streams[random.below(streams.length)] ?? raise();
      const mutated = mutateStream(bytes, random);
      const events = decodeStream(side, cutAnywhere(mutated, random), random.pick([{}, { strictEnd: true }]));
      expect(events.at(-1)?.type).toMatch(/^(response-end|error)$/);
      for (const client of SIDES) expect(encodeStream(client, events)).not.toBe('');
      const collector = openCollector();
      events.forEach(collector.write);
      if (collector.failure !== undefined) return;
      for (const client of SIDES) encodeWhole(client, collector.result());
    });
  });

  test('of whole answers, mutated anyhow, reach every client', TIMEOUT, () => {
    const answers = recordedBodies(side, 'response');
    hunt((random) => {
      const [first, ...others] = [...answers, ...wholeOf(side)];
      const answer = random.pick([first ?? raise(), ...others]);
      const response = side.upstream.decodeResponse(mutateBody(answer, random), {});
      for (const client of SIDES) encodeWhole(client, response);
    });
  });
});

function encodeWhole(client: Side, response: Parameters<Side['client']['encodeResponse']>[0]): void {
  const body = client.client.encodeResponse(
    response,
    answerContext(client, smallestRequest(client, { stream: false })),
  );
  expect(typeof JSON.stringify(body)).toBe('string');
}

/** The recorded streams of this dialect as whole answers of it. */
function wholeOf(side: Side): JsonObject[] {
  return recordings(side, 'stream').flatMap(({ bytes }) => {
    const collector = openCollector();
    decodeStream(side, [bytes]).forEach(collector.write);
    if (collector.failure !== undefined) return [];
    return [side.client.encodeResponse(collector.result(), answerContext(side))];
  });
}

describe.each(SIDES)('errors of $id', ({ upstream }) => {
  const bodies = ['', '<html>', '[]', 'null', '{"error":"x"}', '[{"error":{"code":429}}]'];

  test('mutated anyhow are read', TIMEOUT, () => {
    hunt((random) => {
      const error = {
        type: 'error',
        code: 'x',
        status: 'x',
        message: 'm',
        details: [{ '@type': 'x', retryDelay: '1s' }],
      };
      const text = JSON.stringify(mutateBody({ error, type: 'error', message: 'm', request_id: 'r' }, random));
      const status = random.pick([302, 400, 401, 404, 429, 500, 503, 529]);
      const failure = upstream.decodeError(status, random.pick([text, text, text.slice(0, -5), ...bodies]));
      for (const { client } of SIDES) {
        expect(client.encodeError(failure).status).toBeGreaterThanOrEqual(400);
        client.encodeStreamError(failure, (_name, data) => expect(() => JSON.parse(data)).not.toThrow());
      }
    });
  });
});

describe('legacy completions', () => {
  const body: JsonObject = {
    model: 'm',
    prompt: ['a', 'b'],
    stream: true,
    max_tokens: 5,
    stop: ['x'],
    n: 2,
    echo: true,
  };

  test('requests mutated anyhow are translated or refused by path', TIMEOUT, () => {
    hunt((random) => {
      const sent = onlyFaults(() => asSent(mutateBody(body, random)));
      if (sent === undefined) return;
      const request = onlyFaults(() => openaiCompletionsClient.decodeRequest(sent));
      if (request === undefined) return;
      for (const { upstream, model } of SIDES) {
        onlyFaults(() => upstream.encodeRequest(request, { model, newId: (prefix) => prefix, warn: () => undefined }));
      }
    });
  });

  test('answers mutated anyhow are written', TIMEOUT, () => {
    const request = openaiCompletionsClient.decodeRequest({ model: 'm', prompt: 'a', stream: true });
    const streams = SIDES.flatMap((side) => recordings(side, 'stream').map(({ bytes }) => ({ side, bytes })));
    hunt((random) => {
      const { side, bytes } = streams[random.below(streams.length)] ?? raise();
      const events = decodeStream(side, cutAnywhere(mutateStream(bytes, random), random));
      const encoder = openaiCompletionsClient.openEncoder({
        model: 'm',
        request,
        now: () => 0,
        newId: (prefix) => prefix,
      });
      let written = '';
      for (const event of events)
        encoder.write(event, (_name, data) => {
          written += data;
        });
      expect(written).not.toBe('');
    });
  });
});

function raise(): never {
  throw new Error('nothing was recorded');
}

describe('a body nested without end', () => {
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

  test.each([256, 100_000])('of %i levels is refused by path', (levels) => {
    const body = Buffer.from(`{"model":"m","messages":${deep(levels)}}`);
    expect(() => openWireBody(body)).toThrow(
      expect.objectContaining({ path: 'messages', failure: expect.objectContaining({ code: 'nesting_too_deep' }) }),
    );
  });

  test('of 255 levels is read', () => {
    expect(openWireBody(Buffer.from(`{"model":"m","messages":${deep(255)}}`)).get('model')).toBe('m');
  });

  test('in a frame of an upstream is a failure or nothing, not a crash', () => {
    for (const side of SIDES) {
      const frame = `data: {"type":"x","choices":${deep(100_000)},"candidates":${deep(100_000)}}\n\n`;
      expect(decodeStream(side, [Buffer.from(frame)]).at(-1)?.type).toBe('error');
    }
  });
});
