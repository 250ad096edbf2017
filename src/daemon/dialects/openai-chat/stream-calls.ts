import type { EventSink } from '../../ir/event.js';
import { type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import type { Restore } from '../dialect.js';
import { argumentsOf, restoredTool, unwrapInput } from './answer-parts.js';
import { thoughtSignature } from './decode-messages.js';
import { OPENAI_CHAT, objectOf, textOf } from './wire.js';

interface Call {
  id: string | undefined;
  name: string | undefined;
  isCustom: boolean;
  signature: string | undefined;
  /** Input that came before the call could be announced, or that must be unwrapped as a whole. */
  held: string;
  /** All of the input so far: tells a new call from a fragment where a server gives both one index. */
  input: string;
  /** Block index, once announced. */
  block: number | undefined;
  isWrapped: boolean;
}

export interface StreamCalls {
  readonly count: number;
  /** One entry of `delta.tool_calls`. */
  add(delta: JsonObject, emit: EventSink): void;
  /** The answer is over: announces what never got a name or id, and ends all blocks. */
  close(emit: EventSink): void;
}

/**
 * Puts tool calls together. Id and name may come in different deltas, repeat or be empty: the first that says something
 * counts, and the call is announced when both are known.
 */
export function openStreamCalls(restore: Restore, nextBlock: () => number): StreamCalls {
  const calls: Call[] = [];
  const byIndex = new Map<number, Call>();

  const create = (index: number): Call => {
    const call: Call = {
      id: undefined,
      name: undefined,
      isCustom: false,
      signature: undefined,
      held: '',
      input: '',
      block: undefined,
      isWrapped: false,
    };
    calls.push(call);
    byIndex.set(index, call);
    return call;
  };

  const find = (delta: JsonObject, id: string | undefined, name: string | undefined): Call => {
    const { index } = delta;
    if (typeof index !== 'number') {
      const last = calls.at(-1);
      const isNew = last === undefined || (id !== undefined && last.id !== undefined && last.id !== id);
      return isNew ? create(calls.length) : last;
    }
    const known = byIndex.get(index);
    if (known === undefined) return create(index);
    // Gemini's compatible endpoint has sent every whole call under index 0.
    const isAnother = id !== undefined && known.id !== undefined && id !== known.id && name !== undefined;
    return isAnother && parseJson(known.input) !== undefined ? create(index) : known;
  };

  const announce = (call: Call, id: string, name: string, emit: EventSink): void => {
    const tool = restoredTool(name, restore);
    call.isWrapped = tool.isWrapped && !call.isCustom;
    call.block = nextBlock();
    emit({
      type: 'tool-call-start',
      index: call.block,
      id,
      name: tool.name,
      ...(call.isCustom || call.isWrapped ? { custom: true } : {}),
      ...(call.signature === undefined ? {} : { opaque: { origin: OPENAI_CHAT, value: call.signature } }),
    });
    if (call.held !== '' && !call.isWrapped) {
      emit({ type: 'tool-call-delta', index: call.block, json: call.held });
      call.held = '';
    }
  };

  return {
    get count() {
      return calls.length;
    },
    add(delta, emit) {
      const custom = objectOf(delta['custom']);
      const inner = custom ?? objectOf(delta['function']) ?? {};
      const id = textOf(delta['id']);
      const name = textOf(inner['name']);
      const call = find(delta, id, name);
      call.id ??= id;
      call.name ??= name;
      call.isCustom ||= custom !== undefined || delta['type'] === 'custom';
      call.signature ??= thoughtSignature(delta, inner);
      const fragment = argumentsOf(inner[custom === undefined ? 'arguments' : 'input']);
      call.input += fragment;
      if (call.block === undefined || call.isWrapped) call.held += fragment;
      else if (fragment !== '') emit({ type: 'tool-call-delta', index: call.block, json: fragment });
      if (call.block === undefined && call.id !== undefined && call.name !== undefined) {
        announce(call, call.id, call.name, emit);
      }
    },
    close(emit) {
      calls.forEach((call, position) => {
        if (call.block === undefined) {
          announce(
            call,
            call.id ?? `call_${crypto.randomUUID().replaceAll('-', '')}`,
            call.name ?? `tool_${position}`,
            emit,
          );
        }
        const index = call.block ?? 0;
        if (call.isWrapped && call.held !== '') emit({ type: 'tool-call-delta', index, json: unwrapInput(call.held) });
        emit({ type: 'tool-call-end', index });
      });
    },
  };
}

/** The legacy `function_call` as a call of its own. */
export const legacyDelta = (value: JsonValue | undefined): JsonObject | undefined => {
  const call = objectOf(value);
  return call === undefined ? undefined : { index: 0, function: call };
};
