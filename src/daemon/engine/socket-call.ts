import type { WireBody } from '../dialects/dialect.js';
import type { JsonValue } from '../ir/json.js';
import type { SocketCall } from '../transport/http.js';

/** codex.md 4.6; public OpenAI upstreams take it or ignore it. */
const BETA = 'responses_websockets=2026-02-06';
/** Of a body that an upgrade does not have, or what the handshake sets itself. */
const NOT_OF_UPGRADE: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'accept',
  'accept-encoding',
  'host',
]);
/** Frames have no such members: a socket always streams. */
const NOT_OF_FRAME = ['stream', 'background'] as const;

export interface PreparedCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** After the provider's last edit; it is changed here once the frames are asked for. */
  readonly body: WireBody;
  readonly sessionKey: string | undefined;
}

/** The prepared HTTP request of a Responses upstream as one over its WebSocket. */
export function socketCall({ url, headers, body, sessionKey }: PreparedCall): SocketCall {
  let whole: Uint8Array | undefined;
  const wholeFrame = (): Uint8Array => {
    if (whole === undefined) {
      body.set('type', 'response.create');
      for (const member of NOT_OF_FRAME) if (body.get(member) !== undefined) body.set(member, undefined);
      whole = body.bytes;
    }
    return whole;
  };
  return {
    url,
    headers: upgradeHeaders(headers),
    sessionKey,
    request: {
      members: () => body.toJSON(),
      whole: wholeFrame,
      after(responseId, firstItem) {
        // The whole one may be needed later, and is printed only before its input is cut.
        wholeFrame();
        body.set('previous_response_id', responseId);
        body.set('input', itemsOf(body.get('input')).slice(firstItem));
        return body.bytes;
      },
    },
  };
}

const itemsOf = (input: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(input) ? input : []);

function upgradeHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => !NOT_OF_UPGRADE.has(name));
  const { 'session-id': session, 'openai-beta': beta, ...rest } = Object.fromEntries(kept);
  return {
    ...rest,
    // The backend's WebSocket knows the session by its older name (codex.md 4.1).
    ...(session === undefined || rest['session_id'] !== undefined ? {} : { session_id: session }),
    'openai-beta': beta === undefined || beta.includes(BETA) ? (beta ?? BETA) : `${beta}, ${BETA}`,
  };
}
