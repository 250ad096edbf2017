import type { JsonObject, JsonValue } from '../../ir/json.js';
import type { Citation, MediaPart, ReasoningPart, SearchPart, ToolCallPart } from '../../ir/request.js';
import { printState } from './reasoning-state.js';
import type { ClientTool } from './tools.js';
import { kept, wireMembers } from './wire.js';

/** The state of an item on its way: `added` shows it in progress, `done` completed. */
export type ItemStatus = 'in_progress' | 'completed';

export const messageItem = (
  id: string,
  status: ItemStatus,
  content: readonly JsonObject[],
  extra: JsonObject,
): JsonObject => ({
  id,
  type: 'message',
  status,
  role: 'assistant',
  content,
  ...extra,
});

/** One content part; an answer never leaves out annotations and logprobs, clients' schemas ask for them. */
export const textContent = (text: string, annotations: readonly JsonValue[], extra: JsonObject): JsonObject => ({
  type: 'output_text',
  text,
  annotations,
  logprobs: [],
  ...extra,
});

export const refusalContent = (refusal: string): JsonObject => ({ type: 'refusal', refusal });

/** A web citation; one without offsets speaks of the whole text. */
export const annotationOf = ({ url, title = '', start, end }: Citation, text: string): JsonObject => ({
  type: 'url_citation',
  url,
  title,
  start_index: start ?? 0,
  end_index: end ?? text.length,
});

export function reasoningItem(parts: {
  readonly id: string;
  readonly summary: JsonValue;
  readonly state: Pick<ReasoningPart, 'opaque' | 'redacted'>;
  readonly wantsEncrypted: boolean;
  readonly extra: JsonObject;
}): JsonObject {
  const { id, summary, state, wantsEncrypted, extra } = parts;
  const encrypted = wantsEncrypted ? printState(state) : undefined;
  return {
    id,
    type: 'reasoning',
    summary,
    ...(encrypted === undefined ? {} : { encrypted_content: encrypted }),
    ...extra,
  };
}

/** A call has no place for its state here, so a reasoning item before it carries it. */
export const carrierItem = (
  { opaque }: Pick<ToolCallPart, 'opaque'>,
  { wantsEncrypted, itemId }: { readonly wantsEncrypted: boolean; itemId(members: JsonObject, prefix: string): string },
): JsonObject | undefined =>
  opaque === undefined || !wantsEncrypted
    ? undefined
    : reasoningItem({ id: itemId({}, 'rs_'), summary: [], state: { opaque }, wantsEncrypted, extra: {} });

export const summaryOf = (text: string): JsonObject[] => (text === '' ? [] : [{ type: 'summary_text', text }]);

/** A call of a function or a custom tool, under the name and namespace the client declared. */
export function callItem(parts: {
  readonly id: string;
  readonly callId: string;
  readonly tool: ClientTool;
  readonly input: string;
  readonly status: ItemStatus;
  readonly extra: JsonObject;
}): JsonObject {
  const { id, callId, tool, input, status, extra } = parts;
  const head = {
    id,
    type: tool.kind === 'custom' ? 'custom_tool_call' : 'function_call',
    status,
    call_id: callId,
    name: tool.name,
    ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }),
  };
  return { ...head, [tool.kind === 'custom' ? 'input' : 'arguments']: input, ...extra };
}

export function searchItem(part: SearchPart, id: string, status: ItemStatus): JsonObject {
  const [query = ''] = part.queries;
  const sources = part.results.map(({ url }) => ({ type: 'url', url }));
  const action = {
    type: 'search',
    query,
    queries: part.queries,
    ...(sources.length === 0 || status === 'in_progress' ? {} : { sources }),
  };
  return { id, type: 'web_search_call', action, ...wireMembers(kept(part)), status };
}

/** A generated image; `undefined` for media this dialect cannot show in an answer. */
export function imageItem(part: MediaPart, id: string, status: ItemStatus): JsonObject | undefined {
  if (part.source.kind !== 'base64' || part.mediaType?.startsWith('image/') !== true) return undefined;
  const { id: _id, ...extra } = wireMembers(kept(part));
  const format = part.mediaType.slice('image/'.length);
  const result = status === 'completed' ? part.source.data : null;
  return { id, type: 'image_generation_call', result, output_format: format, ...extra, status };
}
