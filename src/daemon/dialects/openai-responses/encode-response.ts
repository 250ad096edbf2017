import type { ModelResponse } from '../../ir/event.js';
import type { JsonObject } from '../../ir/json.js';
import type { Part, ReasoningPart, ToolCallPart } from '../../ir/request.js';
import type { EncodeContext } from '../dialect.js';
import {
  type ClientAnswer,
  finishedContent,
  messageIdSource,
  messageMembers,
  openClientAnswer,
  unwrapInput,
} from './client-answer.js';
import { encodeFinish } from './finish.js';
import { callItem, carrierItem, imageItem, messageItem, reasoningItem, searchItem, summaryOf } from './output-items.js';
import { echoOf, errorMember, responseId } from './response-object.js';
import { encodeUsage } from './usage.js';
import { DIALECT, kept, wireMembers } from './wire.js';

/** Prints a whole answer as one `response` object. */
export function encodeResponse(response: ModelResponse, context: EncodeContext): JsonObject {
  const { model, request, now, newId } = context;
  const { status, incomplete } = encodeFinish(response.finish);
  const time = Math.floor(now() / 1000);
  return {
    created_at: time,
    completed_at: status === 'completed' ? time : null,
    incomplete_details: incomplete === undefined ? null : { reason: incomplete },
    ...echoOf(request),
    // An upstream of this dialect knows the settings it really used.
    ...wireMembers(kept(response)),
    id: responseId(response.id, newId),
    object: 'response',
    model,
    status,
    error: status === 'failed' ? errorMember(null, 'the upstream could not complete the answer') : null,
    output: encodeOutput(response.content, openClientAnswer(context)),
    usage: encodeUsage(response.usage),
  };
}

function encodeOutput(parts: readonly Part[], answer: ClientAnswer): JsonObject[] {
  const items: JsonObject[] = [];
  let content: JsonObject[] | undefined;
  for (const part of parts) {
    if (part.type !== 'text') {
      content = undefined;
      const carrier = part.type === 'tool-call' ? carrierItem(part, answer) : undefined;
      if (carrier !== undefined) items.push(carrier);
      const item = encodeItem(part, answer);
      if (item !== undefined) items.push(item);
    } else if (content !== undefined && kept(part)['$more'] === true) {
      content.push(finishedContent(part));
    } else {
      content = [finishedContent(part)];
      items.push(messageItem(answer.itemId(messageIdSource(part), 'msg_'), 'completed', content, messageMembers(part)));
    }
  }
  if (items.length > 0) return items;
  const empty = finishedContent({ type: 'text', text: '' });
  return [messageItem(answer.itemId({}, 'msg_'), 'completed', [empty], {})];
}

function encodeItem(part: Exclude<Part, { readonly type: 'text' }>, answer: ClientAnswer): JsonObject | undefined {
  switch (part.type) {
    case 'reasoning':
      return encodeReasoning(part, answer);
    case 'tool-call':
      return encodeCall(part, answer);
    case 'search':
      return searchItem(part, answer.itemId(part.id.startsWith('ws_') ? { id: part.id } : {}, 'ws_'), 'completed');
    case 'media':
      return imageItem(part, answer.itemId(kept(part), 'ig_'), 'completed');
    case 'native':
      return part.dialect === DIALECT ? part.value : undefined;
    case 'tool-result':
      return undefined;
  }
}

function encodeReasoning(part: ReasoningPart, answer: ClientAnswer): JsonObject {
  const { id: _id, summary, encrypted_content: _encrypted, ...extra } = wireMembers(kept(part));
  return reasoningItem({
    id: answer.itemId(kept(part), 'rs_'),
    summary: summary ?? summaryOf(part.text),
    state: part,
    wantsEncrypted: answer.wantsEncrypted,
    extra,
  });
}

function encodeCall(part: ToolCallPart, answer: ClientAnswer): JsonObject {
  const tool = answer.toolOf(part);
  const isCustom = tool.kind === 'custom';
  const { id: _id, status: _status, ...extra } = wireMembers(kept(part));
  const input = isCustom && part.custom !== true ? unwrapInput(part.input) : part.input;
  return callItem({
    id: answer.itemId(kept(part), isCustom ? 'ctc_' : 'fc_'),
    callId: part.id,
    tool,
    input: input === '' && !isCustom ? '{}' : input,
    status: 'completed',
    extra,
  });
}
