import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { exchange } from './exchange.js';
import { openPromptCache } from './prompt-cache.js';
import type { OpenRecord, RecordedRequest } from './recorded-request.js';
import { type ScriptedReply, sendBody } from './scripted.js';
import type { Session, UpstreamKind } from './vendor.js';
import { vendorOf } from './vendors.js';

export type { RecordedRequest } from './recorded-request.js';
export type { ScriptedReply } from './scripted.js';
export type { UpstreamKind } from './vendor.js';

export interface SimulatedUpstreamOptions {
  readonly kind: UpstreamKind;
  /** The key it takes; absent: any, but there must be one. */
  readonly apiKey?: string;
  /** The models it serves; absent: one, named after the kind. */
  readonly models?: readonly string[];
  /** Refuse what the vendor refuses. Default true. */
  readonly strict?: boolean;
  /** Wait before each piece of a streamed answer. Default 0. */
  readonly textDeltaMs?: number;
  /** Default 0: a free one. */
  readonly port?: number;
  readonly onRequest?: (request: RecordedRequest) => void;
}

export interface SimulatedUpstream {
  /** The base-url as a config has it. */
  readonly url: string;
  /** Without any path. */
  readonly origin: string;
  readonly models: readonly string[];
  /** All requests since the start or the last reset, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Queues replies that are used, in order, before the normal behaviour; not for GET requests. */
  script(replies: ScriptedReply | readonly ScriptedReply[]): void;
  /** Resolves with the nth request since the start or the last reset, counted from 1. */
  waitForRequest(n: number): Promise<RecordedRequest>;
  /** Forgets requests, scripted replies and seen prompts. */
  reset(): void;
  /** Ends open exchanges and frees the port. */
  close(): Promise<void>;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Starts a server on 127.0.0.1 that behaves like the vendor of that wire format. */
export async function startSimulatedUpstream(options: SimulatedUpstreamOptions): Promise<SimulatedUpstream> {
  const { kind, textDeltaMs = 0 } = options;
  const vendor = vendorOf(kind);
  const models = options.models ?? [vendor.defaultModel];
  const requests: OpenRecord[] = [];
  const scripted: ScriptedReply[] = [];
  let waiting: { readonly n: number; readonly resolve: (request: RecordedRequest) => void }[] = [];
  let session = openSession(options, models);
  const onRequest = (record: OpenRecord): void => {
    requests.push(record);
    options.onRequest?.(record);
    for (const { resolve } of waiting.filter(({ n }) => n === requests.length)) resolve(record);
    waiting = waiting.filter(({ n }) => n > requests.length);
  };
  const server = createServer((request, response) => {
    exchange(request, response, {
      vendor,
      session,
      textDeltaMs,
      takeScripted: () => scripted.shift(),
      onRequest,
    }).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendBody({ status: 500, body: `the simulated upstream failed: ${String(error)}` }, response);
    });
  });
  const origin = `http://127.0.0.1:${await listen(server, options.port ?? 0)}`;
  return {
    url: `${origin}${vendor.basePath}`,
    origin,
    models,
    requests,
    script: (replies) => {
      scripted.push(...(isList(replies) ? replies : [replies]));
    },
    waitForRequest: (n) => {
      const seen = requests[n - 1];
      return seen === undefined
        ? new Promise((resolve) => {
            waiting.push({ n, resolve });
          })
        : Promise.resolve(seen);
    },
    reset() {
      requests.length = 0;
      scripted.length = 0;
      session = openSession(options, models);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const isList = (replies: ScriptedReply | readonly ScriptedReply[]): replies is readonly ScriptedReply[] =>
  Array.isArray(replies);

function openSession({ kind, apiKey, strict = true }: SimulatedUpstreamOptions, models: readonly string[]): Session {
  const seed = randomBytes(16);
  let issued = 0;
  return {
    kind,
    models,
    apiKey,
    isStrict: strict,
    cache: openPromptCache(),
    stored: new Map(),
    now: Date.now,
    newId(prefix, length = 24) {
      issued += 1;
      const digest = createHash('sha512').update(seed).update(String(issued)).digest();
      return prefix + Array.from(digest.subarray(0, length), (byte) => BASE62[byte % BASE62.length]).join('');
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the simulated upstream has no port');
  return address.port;
}
