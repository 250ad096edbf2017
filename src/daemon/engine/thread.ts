import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { WireBody } from '../dialects/dialect.js';
import { isObject } from '../ir/json.js';
import type { SessionIds } from '../pool/sticky.js';
import type { ClientHeaders } from '../providers/provider.js';
import type { ReplyHeaders } from '../transport/http.js';

/** Where the state of an earlier answer lies: only the credential that got the answer can go on from it. */
export interface Pin {
  /** The conversation, which the pool keeps with that credential while it can serve. */
  readonly session: SessionIds;
  readonly credentialId: string;
}

/** What a request has to do with state that an upstream keeps. */
export interface Thread {
  /** The answer will be one that a later request may continue. */
  readonly isKept: boolean;
  /** The answer it continues, as far as it went through this gateway. */
  readonly pin?: Pin;
}

export interface Pins {
  /** `undefined` for a request that brings its whole conversation along, and leaves nothing. */
  threadOf(asked: {
    readonly keyId: string;
    readonly body: WireBody;
    readonly headers: ClientHeaders;
  }): Thread | undefined;
  /** Remembers who has the state behind that id or token. */
  keep(keyId: string, token: string, pin: Pin): void;
}

/** Codex's state of one turn: given with an answer, and wanted back with the next requests of the same turn. */
const TURN_STATE = 'x-codex-turn-state';

const MAX_PINS = 8192;
const TTL_MS = 24 * 60 * 60 * 1000;

export function openPins(now: () => number): Pins {
  const pins = new LRUCache<string, Pin>({
    max: MAX_PINS,
    ttl: TTL_MS,
    // Its own clock takes 0 for "not read yet".
    perf: { now: () => now() + 1 },
    ttlResolution: 0,
  });
  return {
    threadOf({ keyId, body, headers }) {
      const tokens = [previousId(body), turnStateOf(headers)].filter((token) => token !== undefined);
      const isKept = body.get('store') === true || isObject(body.get('thread')) || tokens.length > 0;
      if (!isKept) return undefined;
      const pin = tokens.map((token) => pins.get(keyOf(keyId, token))).find((found) => found !== undefined);
      return pin === undefined ? { isKept } : { isKept, pin };
    },
    keep: (keyId, token, pin) => {
      pins.set(keyOf(keyId, token), pin);
    },
  };
}

/** Tokens may be long, and say something to whoever reads memory. */
const keyOf = (keyId: string, token: string): string =>
  createHash('sha256')
    .update(JSON.stringify([keyId, token]))
    .digest('base64url');

/** OpenAI's stored responses, and Anthropic's threads. */
function previousId(body: WireBody): string | undefined {
  const previous = body.get('previous_response_id');
  if (typeof previous === 'string' && previous !== '') return previous;
  const thread = body.get('thread');
  const message = isObject(thread) ? thread['previous_message_id'] : undefined;
  return typeof message === 'string' && message !== '' ? message : undefined;
}

export function turnStateOf(headers: ClientHeaders | ReplyHeaders): string | undefined {
  const value = headers[TURN_STATE];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The answer's turn state, for a client whose upstream speaks its own dialect. */
export function turnStateHeader(headers: ReplyHeaders): Readonly<Record<string, string>> {
  const state = turnStateOf(headers);
  return state === undefined ? {} : { [TURN_STATE]: state };
}

/** The client's headers for this credential: the turn state of another one is not for its eyes. */
export function headersFor(headers: ClientHeaders, thread: Thread | undefined, credentialId: string): ClientHeaders {
  if (thread?.pin === undefined || thread.pin.credentialId === credentialId) return headers;
  const { [TURN_STATE]: _state, ...others } = headers;
  return others;
}
