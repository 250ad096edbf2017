import { CLIENT_DIALECTS, UPSTREAM_DIALECTS } from '../../src/daemon/dialects/registry.js';
import { createEngine, type Engine } from '../../src/daemon/engine/engine.js';
import { ProxyFailure } from '../../src/daemon/engine/inbound.js';
import { openRequestTraces, type RequestTraces } from '../../src/daemon/engine/trace.js';
import type { Reply } from '../../src/daemon/engine/try.js';
import { openWireBody } from '../../src/daemon/engine/wire-body.js';
import { type FailureFacts, failureStatus } from '../../src/daemon/ir/error.js';
import { openCatalog } from '../../src/daemon/models/catalog.js';
import { openPoolState, type PoolState } from '../../src/daemon/pool/state.js';
import { compileSnapshot } from '../../src/daemon/runtime/compile.js';
import type { Snapshot } from '../../src/daemon/runtime/snapshot.js';
import { createDispatchers } from '../../src/daemon/transport/dispatchers.js';
import { createHttpClient } from '../../src/daemon/transport/http.js';
import { parseConfig, requireConfig } from '../../src/shared/config/load.js';
import { fakeClock, fakeTicker } from './pool.js';
import { type SimulatedUpstream, startSimulatedUpstream } from './upstream.js';

/** What a client sees of one request. */
export interface ClientView {
  readonly status: number;
  readonly text: string;
  readonly failure: FailureFacts | undefined;
}

/** A dialect that a client speaks, and its smallest request. */
const CLIENTS = {
  chat: { messages: [{ role: 'user', content: 'hello' }] },
  responses: { input: 'hello' },
  anthropic: { max_tokens: 100, messages: [{ role: 'user', content: 'hello' }] },
  gemini: { contents: [{ role: 'user', parts: [{ text: 'hello' }] }] },
} as const;
export type ClientName = keyof typeof CLIENTS;
export const CLIENT_NAMES = ['chat', 'responses', 'anthropic', 'gemini'] as const satisfies readonly ClientName[];

export interface AskOptions {
  /** Members over those of the smallest request. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly id?: string;
  /** Called with each piece that the client is sent; `false`: the client is full, until it calls `drain`. */
  readonly onWrite?: (text: string, drain: () => void) => boolean;
  readonly client?: ClientName;
  readonly model?: string;
  readonly stream?: boolean;
  readonly session?: string;
  readonly signal?: AbortSignal;
}

/** An engine over a config in front of one upstream, with a clock that only tests move. */
export interface ConductRig {
  readonly upstream: SimulatedUpstream;
  readonly clock: ReturnType<typeof fakeClock>;
  readonly state: PoolState;
  readonly ticker: ReturnType<typeof fakeTicker>;
  readonly traces: RequestTraces;
  /** How requests ended whose answer had begun: `ok`, a reason, or an error of ours. */
  readonly ended: unknown[];
  /** Takes `UPSTREAM` for the upstream's base URL. */
  configure(yaml: string): Snapshot;
  ask(options?: AskOptions): Promise<ClientView>;
  /** The key and the model of each call since the last reset: `a/m b/m`. */
  calls(): string;
  /** Longest silence of an upstream in an answer; 0: as in real life. */
  idleTimeoutMs: number;
  close(): Promise<void>;
}

export async function openConductRig(models: readonly string[]): Promise<ConductRig> {
  const upstream = await startSimulatedUpstream({ kind: 'openai-chat', models });
  const dispatchers = createDispatchers(() => undefined);
  const clock = fakeClock();
  let state = openPoolState();
  let snapshot: Snapshot | undefined;
  const ticker = fakeTicker();
  const traces = openRequestTraces();
  const ended: unknown[] = [];
  const http = createHttpClient(dispatchers);
  const limits = { idleTimeoutMs: 0 };
  const engine = createEngine({
    http: { send: (call) => http.send(limits.idleTimeoutMs === 0 ? call : { ...call, ...limits }) },
    fetchPublic: () => Promise.reject(new Error('no request here links to media')),
    dialects: UPSTREAM_DIALECTS,
    clock,
    newId: (prefix) => `${prefix}1`,
    events: {
      onEnd: (_inbound, { failure }) => void ended.push(failure?.reason ?? 'ok'),
      onFailedAttempt: () => undefined,
      onWarning: () => undefined,
      onDefect: (_inbound, error) => void ended.push(error),
    },
    traces,
    ticker,
  });
  return {
    upstream,
    clock,
    ticker,
    traces,
    ended,
    get idleTimeoutMs() {
      return limits.idleTimeoutMs;
    },
    set idleTimeoutMs(ms) {
      limits.idleTimeoutMs = ms;
    },
    get state() {
      return state;
    },
    configure(yaml) {
      const text = yaml.replaceAll('UPSTREAM', upstream.url);
      const loaded = requireConfig(parseConfig(text, { path: 'config.yaml' }));
      state = openPoolState();
      snapshot = compileSnapshot(loaded, { catalog: openCatalog(), state, clock, random: () => 0 });
      return snapshot;
    },
    ask(options = {}) {
      if (snapshot === undefined) throw new Error('configure first');
      return ask(engine, snapshot, options);
    },
    calls: () =>
      upstream.requests
        .map(({ headers, body }) => {
          const model = typeof body === 'object' && body !== null && 'model' in body ? body.model : undefined;
          return `${headers.authorization?.replace('Bearer ', '')}/${model}`;
        })
        .join(' '),
    async close() {
      await dispatchers.close();
      await upstream.close();
    },
  };
}

async function ask(engine: Engine, snapshot: Snapshot, options: AskOptions): Promise<ClientView> {
  const { client = 'chat', model = 'm', stream = false, session, id = 'req-1', body } = options;
  const { signal = new AbortController().signal } = options;
  const dialect = CLIENT_DIALECTS[client];
  const request = { model, stream, ...CLIENTS[client], ...body };
  try {
    const reply = await engine.handle({
      id,
      dialect,
      operation: 'generate',
      model,
      stream,
      framing: 'sse',
      body: openWireBody(Buffer.from(JSON.stringify(request))),
      decode: dialect.decodeRequest,
      plan: snapshot.plan,
      caller: { keyId: 'test' },
      headers: session === undefined ? {} : { 'x-session-key': session },
      signal,
      startedAt: 0,
    });
    return { status: reply.status, text: await textOf(reply, options.onWrite), failure: undefined };
  } catch (error) {
    if (!(error instanceof ProxyFailure)) throw error;
    const { failure } = error;
    return { status: failureStatus(failure), text: JSON.stringify(dialect.encodeError(failure).body), failure };
  }
}

/** The whole body, a stream read to its end. */
function textOf({ body }: Reply, onWrite: AskOptions['onWrite']): Promise<string> | string {
  if (body.kind === 'whole') return body.bytes.toString();
  return new Promise((resolve) => {
    let text = '';
    let drain = (): void => undefined;
    body.start({
      write(chunk) {
        text += chunk.toString();
        return onWrite?.(chunk.toString(), () => drain()) ?? true;
      },
      end: () => resolve(text),
      onDrain(listener) {
        drain = listener;
      },
    });
  });
}
