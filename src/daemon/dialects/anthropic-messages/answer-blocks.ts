import type { EventSink } from '../../ir/event.js';
import { isObject, type JsonObject, parseJson } from '../../ir/json.js';
import type { Restore } from '../dialect.js';
import { readCitation } from './citations.js';
import { searchPart } from './decode-blocks.js';
import { readRedacted, readSignature } from './opaque.js';
import { unwrapInput } from './tool-input.js';
import { asArray, asObject, asString, extOf, ID } from './wire.js';

/** One content block of an answer while it arrives. */
export interface AnswerBlock {
  delta(delta: JsonObject, emit: EventSink): void;
  end(emit: EventSink): void;
}

export interface BlockContext {
  readonly restore: Restore;
  readonly emit: EventSink;
  readonly nextIndex: () => number;
  /** Search calls that wait for their results, by id. */
  readonly searches: Map<string, JsonObject>;
}

/** Begins a block. In a whole answer the opening block holds everything; in a stream, deltas follow. */
export function openAnswerBlock(block: JsonObject, context: BlockContext): AnswerBlock {
  switch (block['type']) {
    case 'text':
      return openText(block, context);
    case 'thinking':
      return openThinking(block, context);
    case 'redacted_thinking':
      return openRedacted(block, context);
    case 'tool_use':
      return openToolUse(block, context);
    case 'web_search_tool_result':
      return openSearchResult(block, context);
    default:
      return openNative(block, context);
  }
}

const ignore = (): void => undefined;

function openText(block: JsonObject, { emit, nextIndex }: BlockContext): AnswerBlock {
  const index = nextIndex();
  const others: JsonObject[] = [];
  const cite = (value: JsonObject, sink: EventSink): void => {
    const citation = readCitation(value);
    if (citation === undefined) others.push(value);
    else sink({ type: 'citation', index, citation });
  };
  emit({ type: 'text-start', index });
  const text = asString(block['text']) ?? '';
  if (text !== '') emit({ type: 'text-delta', index, text });
  for (const citation of asArray(block['citations'])) if (isObject(citation)) cite(citation, emit);
  return {
    delta(delta, sink) {
      const { text: more, citation } = delta;
      if (typeof more === 'string') {
        if (more !== '') sink({ type: 'text-delta', index, text: more });
      } else if (isObject(citation)) cite(citation, sink);
    },
    end(sink) {
      sink({ type: 'text-end', index, ...(others.length === 0 ? {} : extOf({ $otherCitations: others })) });
    },
  };
}

function openThinking(block: JsonObject, { emit, nextIndex }: BlockContext): AnswerBlock {
  const index = nextIndex();
  let signature = asString(block['signature']) ?? '';
  emit({ type: 'reasoning-start', index });
  const text = asString(block['thinking']) ?? '';
  if (text !== '') emit({ type: 'reasoning-delta', index, text });
  return {
    delta(delta, sink) {
      const { thinking: more, signature: piece } = delta;
      if (typeof more === 'string') {
        if (more !== '') sink({ type: 'reasoning-delta', index, text: more });
      } else if (typeof piece === 'string') signature += piece;
    },
    end(sink) {
      const opaque = readSignature(signature);
      sink({ type: 'reasoning-end', index, ...(opaque === undefined ? {} : { opaque }) });
    },
  };
}

function openRedacted(block: JsonObject, { emit, nextIndex }: BlockContext): AnswerBlock {
  const index = nextIndex();
  const data = asString(block['data']) ?? '';
  emit({ type: 'reasoning-start', index, redacted: true });
  return {
    delta: ignore,
    end(sink) {
      sink({ type: 'reasoning-end', index, ...(data === '' ? {} : { opaque: readRedacted(data) }) });
    },
  };
}

function openToolUse(block: JsonObject, context: BlockContext): AnswerBlock {
  const { restore } = context;
  const wireName = asString(block['name']) ?? '';
  if (wireName === restore.outputTool) return openOutput(block, context);
  const name = restore.toolNames?.get(wireName) ?? wireName;
  const { emit, nextIndex } = context;
  const index = nextIndex();
  const isWrapped = restore.wrappedTools?.has(name) === true;
  const ext = extOf(foreignFields(block));
  emit({
    type: 'tool-call-start',
    index,
    id: asString(block['id']) ?? '',
    name,
    ...(isWrapped ? { custom: true } : {}),
    ...ext,
  });
  const whole = wholeInput(block);
  let wrapped = '';
  let hasDelta = false;
  return {
    delta(delta, sink) {
      const json = delta['partial_json'];
      if (typeof json !== 'string' || json === '') return;
      hasDelta = true;
      if (isWrapped) wrapped += json;
      else sink({ type: 'tool-call-delta', index, json });
    },
    end(sink) {
      const json = isWrapped ? unwrapInput(hasDelta ? wrapped : whole) : hasDelta ? '' : whole;
      if (json !== '') sink({ type: 'tool-call-delta', index, json });
      sink({ type: 'tool-call-end', index });
    },
  };
}

function foreignFields({ type: _type, id: _id, name: _name, input: _input, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** A stream opens a call with an empty input, whatever comes; some compatible upstreams send all of it there. */
function wholeInput({ input }: JsonObject): string {
  return isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : '';
}

/** The forced tool that stands for structured output: its input is the text the client asked for. */
function openOutput(block: JsonObject, { emit, nextIndex }: BlockContext): AnswerBlock {
  const index = nextIndex();
  let hasDelta = false;
  emit({ type: 'text-start', index });
  return {
    delta(delta, sink) {
      const json = delta['partial_json'];
      if (typeof json !== 'string' || json === '') return;
      hasDelta = true;
      sink({ type: 'text-delta', index, text: json });
    },
    end(sink) {
      if (!hasDelta) sink({ type: 'text-delta', index, text: wholeInput(block) || '{}' });
      sink({ type: 'text-end', index });
    },
  };
}

function openSearchResult(block: JsonObject, { emit, nextIndex, searches }: BlockContext): AnswerBlock {
  const id = asString(block['tool_use_id']) ?? '';
  const call = searches.get(id);
  searches.delete(id);
  emit({
    type: 'part',
    index: nextIndex(),
    part: call === undefined ? { type: 'native', dialect: ID, value: block } : searchPart(call, block),
  });
  return { delta: ignore, end: ignore };
}

/** A block only this vendor has; its input, if it has one, arrives in pieces. */
function openNative(block: JsonObject, { nextIndex, searches }: BlockContext): AnswerBlock {
  let json = '';
  return {
    delta(delta) {
      json += asString(delta['partial_json']) ?? '';
    },
    end(sink) {
      const input = asObject(parseJson(json));
      const value = input === undefined ? block : { ...block, input };
      const id = asString(block['id']);
      if (block['type'] === 'server_tool_use' && block['name'] === 'web_search' && id !== undefined) {
        searches.set(id, value);
        return;
      }
      sink({ type: 'part', index: nextIndex(), part: { type: 'native', dialect: ID, value } });
    },
  };
}
