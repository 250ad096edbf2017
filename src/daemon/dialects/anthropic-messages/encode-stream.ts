import type { Finish, ModelEvent } from '../../ir/event.js';
import type { JsonObject } from '../../ir/json.js';
import type { Extensions } from '../../ir/request.js';
import { mergeUsage, type Usage } from '../../ir/usage.js';
import type { EncodeContext, FrameSink, StreamEncoder } from '../dialect.js';
import { openBlockPrinter } from './block-printer.js';
import { encodeStreamError } from './errors.js';
import { printFinish } from './finish.js';
import { printUsage } from './usage.js';
import { asObject, omit, ownExt, withoutHints } from './wire.js';

type BlockEvent = Extract<ModelEvent, { readonly index: number }>;

/** Members of an answer that the vendor says at its end; the others belong to its head. */
const TAIL_MEMBERS = ['container', 'stop_details'] as const;

/**
 * Writes a Messages stream. `message_start` waits for the first content, so that it can tell the input's size. Blocks are
 * strictly one after the other: one that begins early is held until those before it have ended.
 */
export function openEncoder(context: EncodeContext): StreamEncoder {
  const printer = openBlockPrinter(context);
  const held = new Map<number, BlockEvent[]>();
  let head: { readonly id?: string; readonly ext?: Extensions } = {};
  let isStarted = false;
  let usage: Usage | undefined;

  const start = (out: FrameSink): void => {
    if (isStarted) return;
    isStarted = true;
    out('message_start', JSON.stringify({ type: 'message_start', message: printHead(head, usage, context) }));
  };
  const take = (event: BlockEvent, out: FrameSink): void => {
    if (printer.openIndex !== undefined && printer.openIndex !== event.index) {
      const waiting = held.get(event.index);
      if (waiting === undefined) held.set(event.index, [event]);
      else waiting.push(event);
      return;
    }
    printer.write(event, out);
    while (printer.openIndex === undefined && held.size > 0) {
      const next = Math.min(...held.keys());
      const waiting = held.get(next) ?? [];
      held.delete(next);
      for (const each of waiting) printer.write(each, out);
    }
  };

  return {
    write(event, out) {
      switch (event.type) {
        case 'response-start':
          head = event;
          return;
        case 'usage':
          usage = mergeUsage(usage, event.usage);
          return;
        case 'response-end':
          start(out);
          printer.finish(out);
          return writeEnd(event.finish, { ext: event.ext, usage, seen: printer.seen }, out);
        case 'error':
          return encodeStreamError(event.error, out);
        case 'image-draft':
          return; // only finished pictures are shown
        default:
          start(out);
          take(event, out);
      }
    },
  };
}

function printHead(
  { id, ext }: { readonly id?: string; readonly ext?: Extensions },
  usage: Usage | undefined,
  { model, newId }: EncodeContext,
): JsonObject {
  const more = omit(withoutHints(ownExt(ext === undefined ? {} : { ext })), ...TAIL_MEMBERS);
  return {
    ...more,
    id: id ?? newId('msg_'),
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: printUsage(usage),
  };
}

function writeEnd(
  finish: Finish,
  facts: {
    readonly ext: Extensions | undefined;
    readonly usage: Usage | undefined;
    readonly seen: { readonly call: boolean; readonly refusal: boolean };
  },
  out: FrameSink,
): void {
  const own = ownExt(facts.ext === undefined ? {} : { ext: facts.ext });
  const tail = TAIL_MEMBERS.flatMap((key) => (own[key] === undefined ? [] : [[key, own[key]] as const]));
  const frame = {
    ...asObject(own['$frame']),
    type: 'message_delta',
    delta: { ...printFinish(finish, facts.seen), ...Object.fromEntries(tail) },
    usage: printUsage(facts.usage),
  };
  out('message_delta', JSON.stringify(frame));
  out('message_stop', '{"type":"message_stop"}');
}
