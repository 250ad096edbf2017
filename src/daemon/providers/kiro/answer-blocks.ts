import type { Restore } from '../../dialects/dialect.js';
import type { EventSink } from '../../ir/event.js';
import type { SearchPart } from '../../ir/request.js';
import { openTagReader } from './thinking-tags.js';
import { readToolInput, unwrapInput } from './tool-input.js';
import { ID } from './wire.js';

export interface ToolFragment {
  readonly id: string;
  readonly name: string;
  /** A piece of JSON text. */
  readonly input: string;
  readonly isLast: boolean;
}

/** The blocks of an answer, one open at a time; each begins with a fresh index. */
export interface AnswerBlocks {
  text(piece: string): void;
  thinking(piece: string): void;
  signature(value: string): void;
  redacted(data: string): void;
  tool(fragment: ToolFragment): void;
  /** A search that was run for the model. */
  search(part: SearchPart): void;
  /** Ends what is open; a call that has not come to its end is dropped. */
  close(): void;
  readonly seen: {
    readonly text: boolean;
    readonly thinking: boolean;
    readonly call: boolean;
    /** A call was cut off, and dropped: half a file must not be written. */
    readonly cutCall: boolean;
  };
}

type Open = { readonly kind: 'text' | 'reasoning'; readonly index: number };

interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly pieces: string[];
}

export function openAnswerBlocks(restore: Restore, emit: EventSink): AnswerBlocks {
  const seen = { text: false, thinking: false, call: false, cutCall: false };
  const finished = new Set<string>();
  let nextIndex = 0;
  let open: Open | undefined;
  let signature = '';
  let call: OpenCall | undefined;

  const closeBlock = (): void => {
    if (open === undefined) return;
    const { kind, index } = open;
    open = undefined;
    if (kind === 'text') return emit({ type: 'text-end', index });
    const opaque = signature === '' ? {} : { opaque: { origin: ID, value: signature } };
    signature = '';
    emit({ type: 'reasoning-end', index, ...opaque });
  };
  const indexOf = (kind: Open['kind']): number => {
    if (open?.kind === kind) return open.index;
    closeBlock();
    const index = nextIndex++;
    open = { kind, index };
    emit(kind === 'text' ? { type: 'text-start', index } : { type: 'reasoning-start', index });
    return index;
  };
  const tellText = (text: string): void => {
    seen.text ||= text.trim() !== '';
    emit({ type: 'text-delta', index: indexOf('text'), text });
  };
  const tellThinking = (text: string): void => {
    seen.thinking = true;
    emit({ type: 'reasoning-delta', index: indexOf('reasoning'), text });
  };
  const newReader = () => openTagReader({ text: tellText, thinking: tellThinking });
  let tags = restore.taggedThinking === true ? newReader() : undefined;

  const flushTags = (): void => tags?.flush();

  const emitCall = ({ id, name, pieces }: OpenCall): void => {
    finished.add(id);
    const input = readToolInput(pieces.join(''));
    if (input === undefined) {
      seen.cutCall = true;
      return;
    }
    seen.call = true;
    const client = restore.toolNames?.get(name) ?? name;
    const isCustom = restore.wrappedTools?.has(client) === true;
    const index = nextIndex++;
    emit({ type: 'tool-call-start', index, id, name: client, ...(isCustom ? { custom: true as const } : {}) });
    emit({ type: 'tool-call-delta', index, json: isCustom ? unwrapInput(input) : input.json });
    emit({ type: 'tool-call-end', index });
  };
  const endCall = (): void => {
    if (call === undefined) return;
    const ended = call;
    call = undefined;
    emitCall(ended);
  };

  return {
    seen,
    text(piece) {
      if (piece === '') return;
      if (tags === undefined) tellText(piece);
      else tags.push(piece);
    },
    thinking(piece) {
      // Who thinks in events of its own writes no tags.
      flushTags();
      tags = undefined;
      if (piece !== '') tellThinking(piece);
    },
    signature(value) {
      if (value === '') return;
      indexOf('reasoning');
      signature += value;
    },
    redacted(data) {
      flushTags();
      tags = undefined;
      closeBlock();
      const index = nextIndex++;
      seen.thinking = true;
      emit({ type: 'reasoning-start', index, redacted: true });
      emit({ type: 'reasoning-end', index, opaque: { origin: ID, value: data } });
    },
    tool({ id, name, input, isLast }) {
      if (finished.has(id)) return;
      if (call?.id !== id) {
        endCall();
        flushTags();
        closeBlock();
        call = { id, name, pieces: [] };
      }
      call.pieces.push(input);
      if (isLast) endCall();
    },
    search(part) {
      flushTags();
      closeBlock();
      emit({ type: 'part', index: nextIndex++, part });
    },
    close() {
      flushTags();
      if (call !== undefined) {
        seen.cutCall = true;
        call = undefined;
      }
      closeBlock();
    },
  };
}
