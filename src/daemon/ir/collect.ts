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
      case 'image-draft':
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
      blocks.set(index, {
        type: 'text',
        text: '',
        ...(refusal === undefined ? {} : { refusal }),
        ...(ext === undefined ? {} : { ext }),
      } satisfies TextPart);
      return;
    }
    case 'reasoning-start': {
      const { redacted, ext } = event;
      blocks.set(index, {
        type: 'reasoning',
        text: '',
        ...(redacted === undefined ? {} : { redacted }),
        ...(ext === undefined ? {} : { ext }),
      } satisfies ReasoningPart);
      return;
    }
    case 'tool-call-start': {
      const { id, name, custom, opaque, ext } = event;
      const extra = {
        ...(custom === undefined ? {} : { custom }),
        ...(opaque === undefined ? {} : { opaque }),
        ...(ext === undefined ? {} : { ext }),
      };
      blocks.set(index, { type: 'tool-call', id, name, input: '', ...extra } satisfies ToolCallPart);
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
      if (event.opaque !== undefined) block.opaque = event.opaque;
      if (ext !== undefined) block.ext = ext;
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
    ...(start?.id === undefined ? {} : { id: start.id }),
    ...(start?.model === undefined ? {} : { model: start.model }),
    content,
    finish: end.finish,
    ...(usage === undefined ? {} : { usage }),
    ...(ext === undefined ? {} : { ext }),
    ...(alternatives === undefined ? {} : { alternatives }),
  };
}

function mergeExtensions(first: Extensions | undefined, second: Extensions | undefined): Extensions | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const merged: Record<string, Extensions[string]> = { ...first };
  for (const [dialect, fields] of Object.entries(second)) merged[dialect] = { ...merged[dialect], ...fields };
  return merged;
}
