import type { Operation, WireBody } from '../../src/daemon/dialects/dialect.js';
import { openWireBody, wireBodyOf } from '../../src/daemon/engine/wire-body.js';
import type { JsonObject } from '../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../src/daemon/ir/model.js';
import type { ClientHeaders, Endpoint, Provider, Upstream } from '../../src/daemon/providers/provider.js';

export interface Ask {
  readonly body?: JsonObject;
  readonly model?: Partial<ModelInfo>;
  readonly operation?: Operation;
  readonly stream?: boolean;
  /** The client speaks the upstream's dialect; else the body was just translated. */
  readonly relay?: boolean;
  readonly client?: ClientHeaders;
  readonly sessionKey?: string;
}

/** What a provider sends. */
export interface Sent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
  readonly text: string;
}

export const modelNamed = (id: string, more: Partial<ModelInfo> = {}): ModelInfo => ({
  id,
  userDefined: false,
  traits: new Set(),
  ...more,
});

/** A body as a client sent it. */
export const relayed = (body: JsonObject): WireBody => openWireBody(Buffer.from(JSON.stringify(body))).fork();

/** The request that a provider, bound to `secret`, makes of a call. */
export function send(provider: Provider, secret: JsonObject, ask: Ask = {}): Sent {
  const upstream = provider.bind(secret);
  const { operation = 'generate', stream = false, relay = true, body = {}, client = {}, sessionKey } = ask;
  const model = modelNamed('m-1', ask.model);
  const endpoint = endpointOf(upstream, ask);
  if (endpoint === undefined) throw new Error(`no endpoint for ${operation}`);
  const wire = relay ? relayed(body) : wireBodyOf(body);
  const call = { endpoint, body: wire, model, operation, stream, relay, clientHeaders: client, sessionKey };
  const { url, headers, body: bytes } = upstream.prepare(call);
  const text = Buffer.from(bytes).toString('utf8');
  return { url, headers, text, body: JSON.parse(text) };
}

export function endpointOf(
  upstream: Upstream,
  { operation = 'generate', stream = false, model }: Ask,
): Endpoint | undefined {
  return upstream.endpoint({ model: modelNamed('m-1', model), client: 'openai-chat', operation, stream });
}
