import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { CLIENT_DIALECTS, UPSTREAM_DIALECTS } from '../../src/daemon/dialects/registry.js';
import { createEngine } from '../../src/daemon/engine/engine.js';
import { ProxyFailure } from '../../src/daemon/engine/inbound.js';
import { openTicker } from '../../src/daemon/engine/ticker.js';
import { openRequestTraces } from '../../src/daemon/engine/trace.js';
import type { Reply } from '../../src/daemon/engine/try.js';
import { openWireBody } from '../../src/daemon/engine/wire-body.js';
import { openCatalog } from '../../src/daemon/models/catalog.js';
import { openPoolState } from '../../src/daemon/pool/state.js';
import { compileSnapshot } from '../../src/daemon/runtime/compile.js';
import { type BodyConsumer, type HttpClient, type HttpReply, TransportError } from '../../src/daemon/transport/http.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';

export interface SoakOptions {
  /** Goes on until this is false; asked once per batch. */
  readonly goesOn: (report: SoakReport) => boolean;
  readonly seed?: number;
  readonly onProgress?: (report: SoakReport) => void;
}

export interface SoakReport {
  requests: number;
  served: number;
  /** Refused, broken off after the first byte, or left by the client. */
  refused: number;
  broken: number;
  abandoned: number;
  /** Refused although somebody was free and was not asked. */
  readonly lost: string[];
  /** Credentials that did not serve again after everything was well for a while. */
  readonly stuck: string[];
  /** Requests that still count as running when none does. */
  running: number;
  /** Megabytes of heap after a collection: at the end of the warm-up, and of the run. */
  heapBefore: number;
  heapAfter: number;
}

const CREDENTIALS = 20;
const BATCH = 50;
/** Fills what is bounded: bindings, traces. */
const WARM_UP = 8000;
/** Ways in which conversations without a session begin. */
const OPENINGS = 2000;
const MINUTE_MS = 60_000;

/**
 * Sends requests of all dialects through an engine over twenty credentials that fall ill and recover at random, with random
 * faults of the well ones on top, clients that leave, and time that flies.
 */
export async function soak({ goesOn, seed = 1, onProgress }: SoakOptions): Promise<SoakReport> {
  const random = randomOf(seed);
  const world = openWorld(random);
  const report: SoakReport = {
    requests: 0,
    served: 0,
    refused: 0,
    broken: 0,
    abandoned: 0,
    lost: [],
    stuck: [],
    running: 0,
    heapBefore: 0,
    heapAfter: 0,
  };
  while (report.requests < WARM_UP || goesOn(report)) {
    await Promise.all(Array.from({ length: BATCH }, () => world.request(report)));
    world.pass(random() * 20_000);
    if (report.heapBefore === 0 && report.requests >= WARM_UP) report.heapBefore = heapMegabytes();
    onProgress?.(report);
  }
  report.heapAfter = heapMegabytes();
  await world.findStuck(report);
  report.running = world.running();
  return report;
}

type Fault = (typeof FAULTS)[number];
const FAULTS = [
  'ok',
  '429',
  '429-hint',
  '401',
  '403',
  '500',
  '503',
  'refused',
  'reset',
  'timeout',
  'empty',
  'overload',
  'malformed',
  'cut',
  'page',
] as const;

function openWorld(random: () => number) {
  let now = 1_000_000;
  const clock = {
    now: () => now,
    /** An answer takes about ten turns of the event loop: a turn counts for a tenth of a second. */
    async sleep(ms: number, signal?: AbortSignal): Promise<void> {
      for (let left = ms; left > 0; left -= 100) {
        await new Promise(setImmediate);
        signal?.throwIfAborted();
      }
    },
  };
  /** What is wrong with a credential, until when. */
  const ills = new Map<string, { readonly fault: Fault; readonly until: number }>();
  let isWell = false;
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const faultOf = (key: string): Fault => {
    if (isWell) return 'ok';
    const ill = ills.get(key);
    if (ill !== undefined && ill.until > now) return ill.fault;
    if (random() < 0.01) ills.set(key, { fault: pick(FAULTS), until: now + random() * 10 * MINUTE_MS });
    return random() < 0.03 ? pick(FAULTS) : 'ok';
  };

  const state = openPoolState();
  const snapshot = compileSnapshot(requireConfig(parseConfig(CONFIG, { path: 'config.yaml' })), {
    catalog: openCatalog(),
    state,
    clock,
    random,
  });
  const traces = openRequestTraces();
  const engine = createEngine({
    http: fakeHttp(faultOf),
    fetchPublic: () => Promise.reject(new Error('no request here links to media')),
    dialects: UPSTREAM_DIALECTS,
    clock,
    newId: (prefix) => `${prefix}1`,
    events: {
      onEnd: () => undefined,
      onFailedAttempt: () => undefined,
      onWarning: () => undefined,
      onDefect: (_inbound, error) => {
        throw error;
      },
    },
    traces,
    ticker: openTicker(),
  });
  const { route } = snapshot.plan.resolve('m');
  if (route === undefined) throw new Error('the config serves no model');
  let issued = 0;

  const send = async (session: string | undefined, signal: AbortSignal): Promise<{ id: string; outcome: string }> => {
    const client = pick<SoakClient>(['chat', 'anthropic', 'responses', 'gemini']);
    const dialect = CLIENT_DIALECTS[client];
    const stream = random() < 0.5;
    const id = `req-${issued}`;
    // Those who look for stuck credentials must not be led by old bindings.
    const opening = isWell ? id : `hello, the ${issued % OPENINGS}th`;
    issued++;
    const body = { model: 'm', stream, ...requestOf(client, opening) };
    try {
      const reply = await engine.handle({
        id,
        dialect,
        operation: 'generate',
        model: 'm',
        stream,
        framing: 'sse',
        body: openWireBody(Buffer.from(JSON.stringify(body))),
        decode: dialect.decodeRequest,
        plan: snapshot.plan,
        caller: { keyId: 'soak' },
        headers: session === undefined ? {} : { 'x-session-key': session },
        signal,
        startedAt: now,
      });
      await drained(reply);
      return { id, outcome: traces.find(id)?.failure?.reason ?? 'ok' };
    } catch (error) {
      if (!(error instanceof ProxyFailure)) throw error;
      return { id, outcome: error.failure.reason === 'aborted' ? 'aborted' : 'refused' };
    }
  };

  return {
    pass(ms: number): void {
      now += ms;
    },
    running: () => snapshot.credentials.reduce((sum, { id }) => sum + state.loads.of(id).running, 0),

    async request(report: SoakReport): Promise<void> {
      report.requests++;
      const free = snapshot.plan.pool.explain(route).filter(({ blocked, isFull }) => blocked === undefined && !isFull);
      const gone = new AbortController();
      if (random() < 0.03) setImmediate(() => gone.abort());
      const session = random() < 0.5 ? `session-${Math.floor(random() * 500)}` : undefined;
      const { id, outcome } = await send(session, gone.signal);
      if (outcome === 'ok') report.served++;
      else if (outcome === 'aborted') report.abandoned++;
      else if (outcome !== 'refused') report.broken++;
      else {
        report.refused++;
        const asked = new Set(traces.find(id)?.tried.map(({ credential }) => credential));
        // Others may have used or failed it meanwhile: only one that is still free was overlooked.
        const still = new Set(
          snapshot.plan.pool
            .explain(route)
            .flatMap(({ credential, blocked, isFull }) => (blocked === undefined && !isFull ? [credential.id] : [])),
        );
        const overlooked = free.filter(({ credential }) => still.has(credential.id) && !asked.has(credential.id));
        if (overlooked.length > 0) report.lost.push(`${id}: ${overlooked[0]?.credential.label}`);
      }
    },

    async findStuck(report: SoakReport): Promise<void> {
      isWell = true;
      const serving = new Set<string>();
      // The longest blind rest is five minutes; a probe then takes a request.
      for (let round = 0; round < 3; round++) {
        now += 6 * MINUTE_MS;
        for (let turn = 0; turn < CREDENTIALS * 4; turn++) {
          const { id } = await send(undefined, new AbortController().signal);
          const last = traces.find(id)?.tried.at(-1);
          if (last !== undefined) serving.add(last.credential);
        }
      }
      for (const { id, label } of snapshot.credentials) if (!serving.has(id)) report.stuck.push(label);
    },
  };
}

const CONFIG = `
request-retry: 1
max-retry-interval: 5
routing: { session-affinity: true }
openai-compatibility:${Array.from(
  { length: CREDENTIALS },
  (_, index) => `
  - { name: of-${index}, base-url: "http://127.0.0.1:9", max-concurrent: 6, api-key-entries: [{ api-key: k${index} }], models: [{ name: m }] }`,
).join('')}
`;

type SoakClient = 'chat' | 'responses' | 'anthropic' | 'gemini';

/** Each begins in its own way, or all that have no session would be one conversation. */
function requestOf(client: SoakClient, text: string): object {
  switch (client) {
    case 'chat':
      return { messages: [{ role: 'user', content: text }] };
    case 'responses':
      return { input: text };
    case 'anthropic':
      return { max_tokens: 100, messages: [{ role: 'user', content: text }] };
    case 'gemini':
      return { contents: [{ role: 'user', parts: [{ text }] }] };
  }
}

const chunk = (delta: object, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const WHOLE = JSON.stringify({
  id: 'c',
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello there' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 2 },
});
const errorBody = (code: string): string => JSON.stringify({ error: { message: code, type: 'test', code } });

/** An upstream without sockets. */
function fakeHttp(faultOf: (key: string) => Fault): HttpClient {
  return {
    async send({ headers, body, signal }) {
      await new Promise(setImmediate);
      if (signal?.aborted) throw new TransportError('aborted', 'ABORT_ERR', 'aborted');
      const key = headers['authorization']?.replace('Bearer ', '') ?? '';
      const isStream = Buffer.from(body ?? []).includes('"stream":true');
      const refused = (status: number, more: Record<string, string> = {}): HttpReply =>
        reply(status, { 'content-type': 'application/json', ...more }, [errorBody(`refused_${status}`)], signal);
      const json = (text: string) => reply(200, { 'content-type': 'application/json' }, [text], signal);
      const sse = (pieces: readonly (string | Error)[]) =>
        reply(200, { 'content-type': 'text/event-stream' }, pieces, signal);
      const cut = new TransportError('network', 'UND_ERR_SOCKET', 'connection closed by the other side');
      switch (faultOf(key)) {
        case '429':
          return refused(429);
        case '429-hint':
          return refused(429, { 'retry-after': '30' });
        case '401':
          return refused(401);
        case '403':
          return refused(403);
        case '500':
          return refused(500);
        case '503':
          return refused(503);
        case 'refused':
          throw new TransportError('network', 'ECONNREFUSED', 'connection refused');
        case 'reset':
          throw new TransportError('network', 'ECONNRESET', 'connection reset');
        case 'timeout':
          throw new TransportError('timeout', 'UND_ERR_HEADERS_TIMEOUT', 'no answer in time');
        case 'empty':
          return isStream ? sse([]) : json('{}');
        case 'overload':
          return isStream ? sse([`data: ${errorBody('server_is_overloaded')}\n\n`]) : json(errorBody('overloaded'));
        case 'malformed':
          return isStream ? sse(['data: {"choices":[\n\n']) : json('{"choices":[');
        case 'cut':
          return isStream ? sse([chunk({ content: 'Hel' }), cut]) : sse([cut]);
        case 'page':
          return reply(200, { 'content-type': 'text/html' }, ['<html></html>'], signal);
        case 'ok':
          return isStream
            ? sse([chunk({ content: 'Hello ' }), chunk({ content: 'there' }), chunk({}, 'stop'), 'data: [DONE]\n\n'])
            : json(WHOLE);
      }
    },
  };
}

/** Pieces one by one, each in a turn of its own. */
function reply(
  status: number,
  headers: Record<string, string>,
  pieces: readonly (string | Error)[],
  signal: AbortSignal | undefined,
): HttpReply {
  let isOver = false;
  const play = async (consumer: BodyConsumer): Promise<void> => {
    for (const piece of pieces) {
      await new Promise(setImmediate);
      if (isOver) return;
      if (signal?.aborted) return consumer.error(new TransportError('aborted', 'ABORT_ERR', 'aborted'));
      if (piece instanceof TransportError) return consumer.error(piece);
      consumer.data(Buffer.from(String(piece)));
    }
    if (!isOver) consumer.end();
  };
  return {
    status,
    headers,
    body: {
      consume: (consumer) => void play(consumer),
      pause: () => undefined,
      resume: () => undefined,
      abort: () => {
        isOver = true;
      },
    },
  };
}

function drained({ body }: Reply): Promise<void> | void {
  if (body.kind === 'whole') return;
  return new Promise((resolve) => {
    body.start({ write: () => true, end: resolve, onDrain: () => undefined });
  });
}

function heapMegabytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
