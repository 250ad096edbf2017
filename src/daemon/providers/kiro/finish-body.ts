import type { WireBody } from '../../dialects/dialect.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import { ANY_EDITOR } from './fields.js';

export interface BodyParts {
  readonly conversationId: string;
  readonly profileArn: string | undefined;
  /** In place of the usual one, in every user message. */
  readonly origin?: string;
  readonly agentTaskType?: string | undefined;
}

/**
 * The body as it goes out: the system prompt in front of the conversation's first message, where it stays the same from
 * turn to turn, then what the credential knows. Members that Kiro does not have are a 400, so only known ones are sent.
 */
export function finishBody(body: WireBody, parts: BodyParts): Uint8Array {
  const { conversationId, profileArn, origin = ANY_EDITOR, agentTaskType } = parts;
  const given = objectOf(body.get('conversationState'));
  const state = origin === ANY_EDITOR ? given : withOrigin(given, origin);
  const prefix = [body.get('thinking'), body.get('system')].filter(isText).join('\n');
  const sent: JsonObject = {
    conversationState: {
      ...withPrefix(state, prefix),
      conversationId,
      ...(agentTaskType === undefined ? {} : { agentTaskType }),
    },
    ...(profileArn === undefined ? {} : { profileArn }),
  };
  const text = JSON.stringify(sent);
  // Half a character comes out as an escape, and is a 400.
  return Buffer.from(/\\ud[89a-f]/.test(text) ? JSON.stringify(wellFormed(sent)) : text);
}

function withOrigin(state: JsonObject, origin: string): JsonObject {
  const renamed = (message: JsonValue): JsonValue => {
    const input = isObject(message) ? message['userInputMessage'] : undefined;
    return isObject(message) && isObject(input) ? { ...message, userInputMessage: { ...input, origin } } : message;
  };
  const history: readonly JsonValue[] = Array.isArray(state['history']) ? state['history'] : [];
  return { ...state, history: history.map(renamed), currentMessage: renamed(objectOf(state['currentMessage'])) };
}

function withPrefix(state: JsonObject, prefix: string): JsonObject {
  if (prefix === '') return state;
  const history: readonly JsonValue[] = Array.isArray(state['history']) ? state['history'] : [];
  const [first, ...others] = history;
  if (isObject(first)) return { ...state, history: [prefixed(first, prefix), ...others] };
  return { ...state, currentMessage: prefixed(objectOf(state['currentMessage']), prefix) };
}

function prefixed(message: JsonObject, prefix: string): JsonObject {
  const input = objectOf(message['userInputMessage']);
  const content = input['content'];
  return {
    ...message,
    userInputMessage: { ...input, content: `${prefix}\n\n${typeof content === 'string' ? content : ''}` },
  };
}

const isText = (value: JsonValue | undefined): value is string => typeof value === 'string' && value.trim() !== '';
const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {});

function wellFormed(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.replace(/\p{Surrogate}/gu, '');
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [key, member === undefined ? undefined : wellFormed(member)]),
    );
  }
  return typeof value === 'object' && value !== null ? value.map(wellFormed) : value;
}
