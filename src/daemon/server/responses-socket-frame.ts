import { type ForkableBody, openWireBody } from '../engine/wire-body.js';
import { RequestFault } from '../ir/error.js';
import { isObject, type JsonObject, type JsonValue } from '../ir/json.js';
import { type Fragment, fragmentOf, type ResponsesHistory } from './responses-socket-history.js';

/** One turn as a client's frame asked for it. */
export interface Turn {
  readonly model: string;
  /** Everything but the input: what a later `response.append` builds on. */
  readonly settings: Uint8Array;
  /** The conversation up to and including this turn's input. */
  readonly conversation: readonly Fragment[];
  /** The request as one over HTTP would have had it. */
  readonly body: ForkableBody;
  /** False: the client only warms up, and wants nothing generated. */
  readonly generate: boolean;
}

/** What an appended turn continues. */
export type Continued = Pick<Turn, 'settings' | 'conversation'>;

/** Members of a frame that are not the request's. */
const OF_THE_FRAME = ['type', 'generate', 'background'] as const;
const OF_THE_TURN: ReadonlySet<string> = new Set(['type', 'generate', 'background', 'input', 'previous_response_id']);

/**
 * Reads a frame of the client, and makes of it a request that needs no memory.
 * @throws RequestFault
 */
export function readFrame(data: Uint8Array, history: ResponsesHistory, last: Continued | undefined): Turn {
  const frame = openWireBody(data);
  switch (frame.get('type')) {
    case 'response.create':
      return created(frame, history);
    case 'response.append':
      if (last === undefined) throw new RequestFault('websocket request received before response.create');
      return appended(frame, last);
    default:
      throw new RequestFault('the frame\'s "type" must be "response.create" or "response.append"', 'type');
  }
}

function created(frame: ForkableBody, history: ResponsesHistory): Turn {
  const model = frame.get('model');
  if (typeof model !== 'string' || model === '') {
    throw new RequestFault('missing model in response.create request', 'model');
  }
  const previous = previousConversation(frame.get('previous_response_id'), history);
  const generate = frame.get('generate') !== false;
  const input = inputItems(frame.get('input'));
  for (const member of OF_THE_FRAME) if (frame.get(member) !== undefined) frame.set(member, undefined);
  frame.set('stream', true);
  keepReasoning(frame);
  // A turn without a past goes out as it came.
  const whole = previous === undefined ? frame.bytes : undefined;
  const conversation = withItems(previous ?? [], input);
  frame.set('previous_response_id', undefined);
  frame.set('input', undefined);
  const settings = frame.bytes;
  return { model, settings, conversation, generate, body: openWireBody(whole ?? join(settings, conversation)) };
}

function appended(frame: ForkableBody, last: Continued): Turn {
  const request = openWireBody(last.settings);
  for (const [member, value] of Object.entries(frame.toJSON())) {
    if (!OF_THE_TURN.has(member)) request.set(member, value);
  }
  request.set('stream', true);
  const model = request.get('model');
  if (typeof model !== 'string' || model === '') throw new RequestFault('"model" must name a model', 'model');
  const settings = request.bytes;
  const conversation = withItems(last.conversation, inputItems(frame.get('input')));
  return { model, settings, conversation, generate: true, body: openWireBody(join(settings, conversation)) };
}

function previousConversation(id: JsonValue | undefined, history: ResponsesHistory): readonly Fragment[] | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id !== 'string') {
    throw new RequestFault('"previous_response_id" must be the id of a response', 'previous_response_id');
  }
  return history.find(id);
}

/** Without any, the API may still have something to answer, such as a stored prompt; it knows when not. */
function inputItems(input: JsonValue | undefined): readonly JsonValue[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  if (Array.isArray(input)) return input;
  if (input === undefined || input === null) return [];
  throw new RequestFault('input must be a string or an array of items', 'input');
}

/**
 * Reasoning can be replayed only in its encrypted form where the upstream stores nothing. Asked for together with
 * `reasoning` alone: models without it refuse to be asked.
 */
function keepReasoning(request: ForkableBody): void {
  if (request.get('store') === true || !isObject(request.get('reasoning'))) return;
  const include = request.get('include');
  const asked: readonly JsonValue[] = Array.isArray(include) ? include : [];
  if (!asked.includes(ENCRYPTED)) request.set('include', [...asked, ENCRYPTED]);
}

const ENCRYPTED = 'reasoning.encrypted_content';

/** The items of an answer that can be sent back: unstored reasoning without its encrypted form exists nowhere any more. */
export const replayable = (items: readonly JsonValue[], isStored: boolean): readonly JsonValue[] =>
  isStored ? items : items.filter((item) => !(isObject(item) && isLostReasoning(item)));

const isLostReasoning = (item: JsonObject): boolean =>
  item['type'] === 'reasoning' && (item['encrypted_content'] === undefined || item['encrypted_content'] === null);

export const withItems = (before: readonly Fragment[], items: readonly JsonValue[]): readonly Fragment[] =>
  items.length === 0 ? before : [...before, fragmentOf(items)];

/** The settings with the whole conversation as their input, without parsing either. */
function join(settings: Uint8Array, conversation: readonly Fragment[]): Buffer {
  const input = conversation.map(({ text }) => text).join(',');
  return Buffer.concat([settings.subarray(0, settings.lastIndexOf(CLOSE_BRACE)), Buffer.from(`,"input":[${input}]}`)]);
}

const CLOSE_BRACE = 0x7d;
