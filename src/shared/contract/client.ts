import { z } from 'zod';
import { AppError } from '../errors.js';
import { requestOverSocket } from '../local-socket.js';
import { VERSION } from '../version.js';
import { errorReplySchema, fromErrorReply } from './error-reply.js';
import type { Client, Contract, Route } from './route.js';

interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface TransportRequest extends CallOptions {
  readonly method: Route['method'];
  /** Path and query. */
  readonly path: string;
  readonly body?: string;
}

/** Carries one call to a daemon, wherever it is. Throws `AppError` when it cannot be reached. */
export type Transport = (request: TransportRequest) => Promise<{ readonly status: number; readonly text: string }>;

/** Calls over the daemon's local socket. */
export const socketTransport =
  (socketPath: string): Transport =>
  ({ body, ...request }) =>
    requestOverSocket(socketPath, {
      ...request,
      ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
    });

/**
 * A typed caller over a table of routes. Every reply is parsed; a failed call throws the daemon's own `AppError`,
 * `not_running` when there is no daemon, `contract_mismatch` when the daemon's version speaks otherwise.
 */
export function createManagementClient<C extends Contract>(contract: C, transport: Transport): Client<C> {
  const calls = Object.entries(contract).map(([name, route]) => [
    name,
    (input: unknown, options: CallOptions = {}) => call({ name, route, input, options, transport }),
  ]);
  // The table's own type says which call takes and gives what; its schemas hold both to it.
  return Object.fromEntries(calls) as Client<C>;
}

interface Call {
  readonly name: string;
  readonly route: Route;
  readonly input: unknown;
  readonly options: CallOptions;
  readonly transport: Transport;
}

async function call({ name, route, input, options, transport }: Call): Promise<unknown> {
  const reply = await transport({ ...options, method: route.method, ...encodeInput(route, input) });
  const body = parseJson(reply.text);
  if (reply.status >= 200 && reply.status < 300) {
    const output = route.output.safeParse(body);
    if (output.success) return output.data;
    throw mismatch(name, body, output.error);
  }
  const failure = errorReplySchema.safeParse(body);
  if (!failure.success) throw mismatch(name, body, failure.error);
  throw fromErrorReply(failure.data);
}

function encodeInput({ method, path }: Route, input: unknown): { path: string; body?: string } {
  if (method === 'post') return { path, body: JSON.stringify(input ?? {}) };
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(input ?? {})) {
    if (value !== undefined) query.set(key, String(value));
  }
  return { path: query.size === 0 ? path : `${path}?${query}` };
}

const versionsSchema = z.object({ version: z.string(), contract: z.number() }).partial();

function mismatch(name: string, body: unknown, cause: unknown): AppError {
  const versions = versionsSchema.safeParse(body);
  const theirs = versions.success ? versions.data.version : undefined;
  const who = theirs === undefined ? 'the running daemon' : `the running daemon (version ${theirs})`;
  return new AppError('contract_mismatch', `${who} answers ${name} in a way version ${VERSION} does not understand`, {
    hint: 'it was started by another version: restart it with `cliproxyctl restart`',
    cause,
    details: { call: name, version: VERSION, ...(theirs === undefined ? {} : { daemonVersion: theirs }) },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
