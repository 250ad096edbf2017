import { hash } from 'node:crypto';
import { isRecord, type Members } from './websocket-frames.js';

/** What a request asks, to be compared with a later one without being kept. */
export interface RequestDigest {
  /** Of everything but the input. */
  readonly settings: string;
  /** One per input item. */
  readonly items: readonly string[];
  /** The input ends with the output of a tool: the turn of the request before goes on. */
  readonly isSameTurn: boolean;
  /** It already continues a response of the client's own choice. */
  readonly isContinued: boolean;
}

/** A conversation that a socket's upstream still remembers. */
export interface Chain {
  readonly responseId: string;
  readonly settings: string;
  readonly items: readonly string[];
}

/** Members of the frame, and what describes one call rather than the conversation. */
const NOT_COMPARED: ReadonlySet<string> = new Set([
  'type',
  'input',
  'stream',
  'background',
  'previous_response_id',
  'client_metadata',
]);

export function digestRequest(members: Members): RequestDigest {
  const { input, previous_response_id: previous } = members;
  const items: readonly unknown[] = Array.isArray(input) ? input : [{ role: 'user', content: input ?? '' }];
  const settings = Object.entries(members).filter(([name]) => !NOT_COMPARED.has(name));
  const last = items.at(-1);
  return {
    settings: digest(Object.fromEntries(settings)),
    items: items.map(digestItem),
    isSameTurn: isRecord(last) && typeof last['type'] === 'string' && last['type'].endsWith('_output'),
    isContinued: previous !== undefined && previous !== null,
  };
}

/** Where the input goes on from what the chain knows; `undefined` when it is another conversation, or nothing is new. */
export function continuationOf(chain: Chain | undefined, request: RequestDigest): number | undefined {
  if (chain === undefined || request.isContinued || chain.settings !== request.settings) return undefined;
  const { items } = chain;
  const goesOn = items.length < request.items.length && items.every((item, index) => item === request.items[index]);
  return goesOn ? items.length : undefined;
}

/** The chain after an answer. */
export const chainAfter = (request: RequestDigest, responseId: string, output: readonly unknown[]): Chain => ({
  responseId,
  settings: request.settings,
  items: [...request.items, ...output.map(digestItem)],
});

/** Clients send answers back without ids and states, and spell a message in more than one way. */
function digestItem(item: unknown): string {
  if (!isRecord(item)) return digest(item);
  const { id: _id, status: _status, ...rest } = item;
  if (rest['type'] !== undefined && rest['type'] !== 'message') return digest(rest);
  const { content, role } = rest;
  const type = role === 'assistant' ? 'output_text' : 'input_text';
  return digest({
    ...rest,
    type: 'message',
    content: typeof content === 'string' ? [{ type, text: content }] : content,
  });
}

const digest = (value: unknown): string => hash('sha256', JSON.stringify(value, canonical) ?? '', 'base64');

/** Members in one order; `null` and empty lists say no more than an absent member does. */
function canonical(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  const members = Object.entries(value).filter(([, one]) => one !== null && !(Array.isArray(one) && one.length === 0));
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}
