import type { EventSink, ModelResponse } from './event.js';
import type { Part, ReasoningPart, TextPart, ToolCallPart } from './request.js';

/** Plays a whole answer as a streamed one, block after block: the reverse of `openCollector`. */
export function expandResponse(response: ModelResponse, emit: EventSink): void {
  const { id, model, content, finish, usage, ext, alternatives } = response;
  // Encoders read the head's fields at the start and the tail's at the end; both get all, and a collector merges them.
  const extra = ext === undefined ? {} : { ext };
  emit({
    type: 'response-start',
    ...(id === undefined ? {} : { id }),
    ...(model === undefined ? {} : { model }),
    ...extra,
  });
  content.forEach((part, index) => {
    expandPart(part, index, emit);
  });
  if (usage !== undefined) emit({ type: 'usage', usage });
  emit({ type: 'response-end', finish, ...extra, ...(alternatives === undefined ? {} : { alternatives }) });
}

function expandPart(part: Part, index: number, emit: EventSink): void {
  switch (part.type) {
    case 'text':
      return expandText(part, index, emit);
    case 'reasoning':
      return expandReasoning(part, index, emit);
    case 'tool-call':
      return expandToolCall(part, index, emit);
    default:
      emit({ type: 'part', index, part });
  }
}

function expandText({ text, refusal, citations = [], opaque, ext }: TextPart, index: number, emit: EventSink): void {
  emit({
    type: 'text-start',
    index,
    ...(refusal === undefined ? {} : { refusal }),
    ...(ext === undefined ? {} : { ext }),
  });
  if (text !== '') emit({ type: 'text-delta', index, text });
  for (const citation of citations) emit({ type: 'citation', index, citation });
  emit({ type: 'text-end', index, ...(opaque === undefined ? {} : { opaque }) });
}

function expandReasoning({ text, redacted, opaque, ext }: ReasoningPart, index: number, emit: EventSink): void {
  emit({
    type: 'reasoning-start',
    index,
    ...(redacted === undefined ? {} : { redacted }),
    ...(ext === undefined ? {} : { ext }),
  });
  if (text !== '') emit({ type: 'reasoning-delta', index, text });
  emit({ type: 'reasoning-end', index, ...(opaque === undefined ? {} : { opaque }) });
}

function expandToolCall({ id, name, input, custom, opaque, ext }: ToolCallPart, index: number, emit: EventSink): void {
  emit({
    type: 'tool-call-start',
    index,
    id,
    name,
    ...(custom === undefined ? {} : { custom }),
    ...(opaque === undefined ? {} : { opaque }),
    ...(ext === undefined ? {} : { ext }),
  });
  if (input !== '') emit({ type: 'tool-call-delta', index, json: input });
  emit({ type: 'tool-call-end', index });
}
