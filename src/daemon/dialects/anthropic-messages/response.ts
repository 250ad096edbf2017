import { openCollector } from '../../ir/collect.js';
import type { ModelResponse } from '../../ir/event.js';
import type { JsonObject } from '../../ir/json.js';
import type { EncodeContext, Restore } from '../dialect.js';
import { openAnswerReader } from './answer-reader.js';
import { printAnswerPart } from './encode-blocks.js';
import { printFinish, readFinish } from './finish.js';
import { printUsage } from './usage.js';
import { asArray, asObject, ownExt, withoutHints } from './wire.js';

/** Reads a whole Message. */
export function decodeResponse(body: JsonObject, restore: Restore): ModelResponse {
  const reader = openAnswerReader(restore);
  const collector = openCollector();
  reader.start(body, collector.write);
  asArray(body['content']).forEach((value, at) => {
    const block = asObject(value);
    if (block === undefined) return;
    reader.openBlock(at, block, collector.write);
    reader.closeBlock(at, collector.write);
  });
  reader.end(readFinish(body) ?? { reason: 'other' }, collector.write);
  return collector.result();
}

/** Prints a whole Message; an answer without content holds one empty text. */
export function encodeResponse(response: ModelResponse, context: EncodeContext): JsonObject {
  const content = response.content.flatMap((part) => printAnswerPart(part, context));
  const seen = {
    call: response.content.some(({ type }) => type === 'tool-call'),
    refusal: response.content.some((part) => part.type === 'text' && part.refusal === true),
  };
  const own = ownExt(response);
  return {
    ...withoutHints(own),
    ...asObject(own['$frame']),
    id: response.id ?? context.newId('msg_'),
    type: 'message',
    role: 'assistant',
    model: context.model,
    content: content.length === 0 ? [{ type: 'text', text: '' }] : content,
    ...printFinish(response.finish, seen),
    usage: printUsage(response.usage),
  };
}
