import type { FailureFacts } from '../../ir/error.js';
import type { Finish, ModelEvent } from '../../ir/event.js';
import type { JsonObject } from '../../ir/json.js';
import { mergeUsage, type Usage } from '../../ir/usage.js';
import type { EncodeContext, FrameSink, StreamEncoder } from '../dialect.js';
import { openClientAnswer } from './client-answer.js';
import { type OpenBlock, type Output, openCall, openReasoning, openText, writePart } from './encode-blocks.js';
import { errorDetails, errorEvent } from './errors.js';
import { encodeFinish } from './finish.js';
import { echoOf, errorMember, responseId } from './response-object.js';
import { encodeUsage } from './usage.js';

type BlockEvent = Extract<ModelEvent, { readonly index: number }>;

/**
 * Writes a stream of response events: one item at a time, `sequence_number` without gaps. Events of a block that starts
 * while another is open wait for its end.
 */
export function openEncoder(context: EncodeContext): StreamEncoder {
  const { model, request, now, newId } = context;
  let sequence = 0;
  let sink: FrameSink = () => undefined;
  const write = (type: string, members: string): void => {
    sink(type, `{"type":"${type}","sequence_number":${sequence++},${members}}`);
  };
  const output: Output = { write, answer: openClientAnswer(context), items: [] };
  const waiting = new Map<number, BlockEvent[]>();
  let open: { readonly index: number; readonly block: OpenBlock } | undefined;
  let usage: Usage | undefined;
  /** The constant members of every `response` object; there once the answer has begun. */
  let head: string | undefined;
  let settings = '';

  const begin = (id: string | undefined): string => {
    if (head !== undefined) return head;
    const createdAt = Math.floor(now() / 1000);
    head = `"id":${JSON.stringify(responseId(id, newId))},"object":"response","created_at":${createdAt},"model":${JSON.stringify(model)}`;
    settings = JSON.stringify(echoOf(request)).slice(1, -1);
    const response = `"response":{${head},"status":"in_progress","completed_at":null,"error":null,"incomplete_details":null,"output":[],"usage":null,${settings}}`;
    write('response.created', response);
    write('response.in_progress', response);
    return head;
  };

  const end = (type: string, state: JsonObject): void => {
    const members = JSON.stringify(state).slice(1, -1);
    const figures = JSON.stringify(encodeUsage(usage));
    write(
      type,
      `"response":{${begin(undefined)},${members},"output":[${output.items.join(',')}],"usage":${figures},${settings}}`,
    );
  };

  const complete = (finish: Finish): void => {
    begin(undefined);
    if (output.items.length === 0) writeEmpty(output);
    const { status, incomplete } = encodeFinish(finish);
    if (status === 'failed') return fail({ reason: 'server', message: 'the upstream could not complete the answer' });
    end(`response.${status}`, {
      status,
      completed_at: status === 'completed' ? Math.floor(now() / 1000) : null,
      error: null,
      incomplete_details: incomplete === undefined ? null : { reason: incomplete },
    });
  };

  const fail = (failure: FailureFacts): void => {
    if (head === undefined) return sink('error', errorEvent(failure, sequence++));
    const { code, message } = errorDetails(failure);
    end('response.failed', {
      status: 'failed',
      completed_at: null,
      error: errorMember(code, message),
      incomplete_details: null,
    });
  };

  const take = (event: BlockEvent): void => {
    if (open !== undefined && event.index !== open.index) {
      const events = waiting.get(event.index);
      if (events === undefined) waiting.set(event.index, [event]);
      else events.push(event);
      return;
    }
    begin(undefined);
    switch (event.type) {
      case 'text-start':
        open = { index: event.index, block: openText(output, event) };
        return;
      case 'reasoning-start':
        open = { index: event.index, block: openReasoning(output, event) };
        return;
      case 'tool-call-start':
        open = { index: event.index, block: openCall(output, event) };
        return;
      case 'part':
        return writePart(output, event.part);
      case 'text-end':
      case 'reasoning-end':
      case 'tool-call-end':
        open?.block.take(event);
        open = undefined;
        return release();
      default:
        open?.block.take(event);
    }
  };

  /** Lets waiting blocks through in the order of their indexes, until one of them stays open. */
  const release = (): void => {
    while (open === undefined && waiting.size > 0) {
      const index = Math.min(...waiting.keys());
      const events = waiting.get(index) ?? [];
      waiting.delete(index);
      for (const event of events) take(event);
    }
  };

  return {
    write(event, out) {
      sink = out;
      switch (event.type) {
        case 'response-start':
          begin(event.id);
          return;
        case 'usage':
          usage = mergeUsage(usage, event.usage);
          return;
        case 'response-end':
          return complete(event.finish);
        case 'error':
          return fail(event.error);
        case 'image-draft':
          return; // only finished pictures are shown
        default:
          take(event);
      }
    },
  };
}

/** An answer without content still has a message: clients look for one. */
function writeEmpty(output: Output): void {
  const block = openText(output, { type: 'text-start', index: 0 });
  block.take({ type: 'text-end', index: 0 });
}
