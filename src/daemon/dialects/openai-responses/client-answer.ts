import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { Extensions, TextPart } from '../../ir/request.js';
import type { EncodeContext } from '../dialect.js';
import { annotationOf, refusalContent, textContent } from './output-items.js';
import { wantsEncrypted } from './response-object.js';
import { type ClientTool, clientTools } from './tools.js';
import { DIALECT, isArray, kept, wireMembers } from './wire.js';

/** What the client's request says about the form of its answer; prepared once per answer. */
export interface ClientAnswer {
  readonly wantsEncrypted: boolean;
  /** The tool as the client declared it, or as an upstream of this dialect called it. */
  toolOf(call: { readonly name: string; readonly custom?: true; readonly ext?: Extensions }): ClientTool;
  /** The id an upstream of this dialect gave the item, or a fresh one. */
  itemId(members: JsonObject, prefix: string): string;
}

export function openClientAnswer({ request, newId }: EncodeContext): ClientAnswer {
  const tools = clientTools(request.tools);
  return {
    wantsEncrypted: wantsEncrypted(request),
    toolOf(call) {
      const { $namespace: namespace, $name: name } = kept(call);
      const isInside = typeof namespace === 'string' && typeof name === 'string';
      return (
        tools.get(call.name) ?? {
          kind: call.custom ? 'custom' : 'function',
          name: isInside ? name : call.name,
          ...(isInside ? { namespace } : {}),
        }
      );
    },
    itemId: ({ id }, prefix) => (typeof id === 'string' && id !== '' ? id : newId(prefix)),
  };
}

/** The members of an assistant message beside its content, such as `phase`. */
export function messageMembers(carried: { readonly ext?: Extensions }): JsonObject {
  const { $item: item } = kept(carried);
  const { id: _id, status: _status, ...extra } = isObject(item) ? wireMembers(item) : {};
  return extra;
}

export const messageIdSource = (carried: { readonly ext?: Extensions }): JsonObject => {
  const { $item: item } = kept(carried);
  return isObject(item) ? item : {};
};

/** The content part of a finished text. */
export function finishedContent({ text, refusal, citations = [], ext }: TextPart): JsonObject {
  if (refusal) return refusalContent(text);
  const { annotations, logprobs } = ext?.[DIALECT] ?? {};
  const own = isArray(annotations) && annotations.length >= citations.length ? annotations : undefined;
  const printed = own ?? citations.map((citation) => annotationOf(citation, text));
  return textContent(text, printed, isArray(logprobs) ? { logprobs } : {});
}

/** The raw input of a custom tool whose upstream knows functions only: it came as `{"input": "..."}`. */
export function unwrapInput(json: string): string {
  const value = parseJson(json);
  return isObject(value) && typeof value['input'] === 'string' ? value['input'] : json;
}
