import type { FailureFacts } from './error.js';
import type { EventSink, Finish, ModelEvent, ModelResponse } from './event.js';
import type { Extensions, Part, ReasoningPart, TextPart, ToolCallPart } from './request.js';
import { mergeUsage, type Usage } from './usage.js';

export interface Collector {
  /** Takes every event in order. Needs no `this`. */
  readonly write: EventSink;
  /** The error that ended the answer, if one did. */
  readonly failure: FailureFacts | undefined;
  /**
   * The whole answer, its blocks in the order they started.
   * @throws Error before the answer has ended.
   */
  result(): ModelResponse;
}

type Building<T> = { -readonly [K in keyof T]: T[K] };

/** Folds a streamed answer into a whole one: the reverse of `expandResponse`. */
export function openCollector(): Collector {
  const blocks = new Map<number, Part>();
  let start: Extract<ModelEvent, { type: 'response-start' }> | undefined;
  let end: Extract<ModelEvent, { type: 'response-end' }> | undefined;
  let usage: Usage | undefined;
  let failure: FailureFacts | undefined;

  const write = (event: ModelEvent): void => {
    if (end !== undefined || failure !== undefined) return;
    switch (event.type) {
      case 'response-start':
        start = event;
        return;
      case 'usage':
        usage = mergeUsage(usage, event.usage);
        return;
      case 'response-end':
        end = event;
        return;
      case 'error':
        failure = event.error;
        return;
      default:
        addToBlock(blocks, event);
    }
  };

  return {
    write,
    get failure() {
      return failure;
    },
    result() {
      if (end === undefined) throw new Error('the answer has not ended');
      return assemble({ start, end, usage, content: [...blocks.values()] });
    },
  };
}

function addToBlock(blocks: Map<number, Part>, event: Extract<ModelEvent, { readonly index: number }>): void {
  const { index } = event;
  const block: Building<Part> | undefined = blocks.get(index);
  switch (event.type) {
    case 'text-start': {
      const { refusal, ext } = event;
      blocks.set(index, { type: 'text', text: '', ...given({ refusal, ext }) } satisfies TextPart);
      return;
    }
    case 'reasoning-start': {
      const { redacted, ext } = event;
      blocks.set(index, { type: 'reasoning', text: '', ...given({ redacted, ext }) } satisfies ReasoningPart);
      return;
    }
    case 'tool-call-start': {
      const { id, name, custom, opaque, ext } = event;
      const call: ToolCallPart = { type: 'tool-call', id, name, input: '', ...given({ custom, opaque, ext }) };
      blocks.set(index, call);
      return;
    }
    case 'part':
      blocks.set(index, event.part);
      return;
    case 'text-delta':
      if (block?.type === 'text') block.text += event.text;
      return;
    case 'reasoning-delta':
      if (block?.type === 'reasoning') block.text += event.text;
      return;
    case 'tool-call-delta':
      if (block?.type === 'tool-call') block.input += event.json;
      return;
    case 'citation':
      if (block?.type === 'text') block.citations = [...(block.citations ?? []), event.citation];
      return;
    case 'text-end':
    case 'reasoning-end': {
      if (block?.type !== 'text' && block?.type !== 'reasoning') return;
      const ext = mergeExtensions(block.ext, event.ext);
      Object.assign(block, given({ opaque: event.opaque, ext }));
      return;
    }
    case 'tool-call-end':
      return;
  }
}

function assemble(parts: {
  readonly start: Extract<ModelEvent, { type: 'response-start' }> | undefined;
  readonly end: {
    readonly finish: Finish;
    readonly ext?: Extensions;
    readonly alternatives?: ModelResponse['alternatives'];
  };
  readonly usage: Usage | undefined;
  readonly content: readonly Part[];
}): ModelResponse {
  const { start, end, usage, content } = parts;
  const ext = mergeExtensions(start?.ext, end.ext);
  const { alternatives } = end;
  return {
    ...given({ id: start?.id, model: start?.model }),
    content,
    finish: end.finish,
    ...given({ usage, ext, alternatives }),
  };
}

function mergeExtensions(first: Extensions | undefined, second: Extensions | undefined): Extensions | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const merged: Record<string, Extensions[string]> = { ...first };
  for (const [dialect, fields] of Object.entries(second)) merged[dialect] = { ...merged[dialect], ...fields };
  return merged;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The members that have a value: absent is absent here, never `undefined`. */
function given<T extends object>(members: T): Given<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Given<T>;
}
