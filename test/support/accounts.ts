import { wireBodyOf } from '../../src/daemon/engine/wire-body.js';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import type { AccountContext, AccountSettings } from '../../src/daemon/login/account-context.js';
import type { Upstream } from '../../src/daemon/providers/provider.js';
import type { HttpClient, UpstreamCall } from '../../src/daemon/transport/http.js';
import { fakeClock } from './pool.js';
import { type Ask, modelNamed, relayed, type Sent } from './provider.js';

export interface SideAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A vendor's side calls without a network: answers by URL path, and what was asked. */
export function sideCalls(answers: Readonly<Record<string, (call: UpstreamCall, count: number) => SideAnswer>>) {
  const calls: UpstreamCall[] = [];
  const http: HttpClient = {
    async send(call) {
      calls.push(call);
      const path = new URL(call.url).pathname;
      const count = calls.filter(({ url }) => new URL(url).pathname === path).length;
      const { status = 200, headers = {}, body = {} } = answers[path]?.(call, count) ?? { status: 404 };
      return {
        status,
        headers,
        body: {
          consume(consumer) {
            consumer.data(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
            consumer.end();
          },
          pause: () => undefined,
          resume: () => undefined,
          abort: () => undefined,
        },
      };
    },
  };
  return { http, calls };
}

export function accountContext(
  settings: Partial<AccountSettings> = {},
  parts: Partial<AccountContext> = {},
): AccountContext & { readonly clock: ReturnType<typeof fakeClock> } {
  const clock = fakeClock(1_790_000_000_000);
  return {
    http: sideCalls({}).http,
    ...parts,
    clock,
    settings: { endpoints: {}, clientPolicy: 'any', ...settings },
  };
}

/** The request that an account's upstream makes of a call; the client speaks `dialect`. */
export function sendThrough(upstream: Upstream, dialect: string, ask: Ask = {}): Sent {
  const { operation = 'generate', stream = false, relay = true, body = {}, client = {}, sessionKey } = ask;
  const model = modelNamed('m-1', ask.model);
  const endpoint = upstream.endpoint({ model, client: dialect, operation, stream });
  if (endpoint === undefined) throw new Error(`no endpoint for ${operation}`);
  const wire = relay ? relayed(body) : wireBodyOf(body);
  const asked = { dialect, body: relayed(body) };
  const call = { endpoint, body: wire, model, operation, stream, relay, clientHeaders: client, sessionKey, asked };
  const { url, headers, body: bytes } = upstream.prepare(call);
  const text = Buffer.from(bytes).toString('utf8');
  return { url, headers, text, body: JSON.parse(text) as JsonObject };
}
