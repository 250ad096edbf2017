import type { EventSink, Finish } from '../../ir/event.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import type { SearchPart } from '../../ir/request.js';
import type { Usage } from '../../ir/usage.js';
import type { Restore, StreamDecoder } from '../dialect.js';
import { decodeError } from './errors.js';
import { blockedFinish, readFinish } from './finish.js';
import { readGrounding } from './grounding.js';
import { mintId } from './ids.js';
import { openPartReader } from './read-part.js';
import { readUsage } from './usage.js';
import { ID } from './wire.js';

/** Reads a stream of `GenerateContentResponse` chunks. */
export function openDecoder(restore: Restore): StreamDecoder {
  const reader = openAnswerReader(restore);
  return {
    push(_event, data, emit) {
      if (reader.isOver()) return;
      const chunk = parseJson(data);
      if (!isObject(chunk)) return reader.fail('the upstream sent a frame that is not a JSON object', emit);
      reader.take(chunk, emit);
    },
    end(emit) {
      if (reader.isOver()) return;
      if (!reader.hasFinish()) return reader.fail('the upstream stream ended without a finish reason', emit);
      reader.close(emit);
    },
  };
}

export interface AnswerReader {
  /** One chunk, or a whole answer. */
  take(chunk: JsonObject, emit: EventSink): void;
  hasFinish(): boolean;
  isOver(): boolean;
  fail(message: string, emit: EventSink): void;
  /** Emits what was held back until the upstream had said all: citations, search, usage and the end. */
  close(emit: EventSink): void;
}

export function openAnswerReader(restore: Restore): AnswerReader {
  const parts = openPartReader(restore);
  let isStarted = false;
  let isOver = false;
  let word: string | undefined;
  let blockReason: string | undefined;
  let usage: Usage | undefined;
  let grounding: JsonObject | undefined;
  let search: SearchPart | undefined;
  let rest: JsonObject = {};

  const start = (chunk: JsonObject, emit: EventSink): void => {
    isStarted = true;
    const { responseId, modelVersion } = chunk;
    emit({
      type: 'response-start',
      ...(typeof responseId === 'string' && responseId !== '' ? { id: responseId } : {}),
      ...(typeof modelVersion === 'string' && modelVersion !== '' ? { model: modelVersion } : {}),
    });
    // The prompt's size is known from the first chunk on, and some clients want it early.
    if (usage !== undefined) emit({ type: 'usage', usage });
  };

  const tellSearch = (found: SearchPart | undefined, emit: EventSink): void => {
    if (search !== undefined || found === undefined) return;
    search = found;
    emit({ type: 'part', index: parts.nextIndex(), part: found });
  };
  const newSearchId = (): string => mintId('search_');

  const takeCandidate = (candidate: JsonObject, emit: EventSink): void => {
    const { content, finishReason, index: _index, groundingMetadata, ...others } = candidate;
    const list = isObject(content) ? content['parts'] : undefined;
    if (Array.isArray(list)) for (const part of list) if (isObject(part)) parts.read(part, emit);
    if (isObject(groundingMetadata) && Object.keys(groundingMetadata).length > 0) {
      grounding = { ...grounding, ...groundingMetadata };
      // Where nothing has been said yet, the sources come first, as in the answers of others.
      if (parts.isEmpty()) tellSearch(readGrounding(grounding, [], newSearchId).search, emit);
    }
    if (typeof finishReason === 'string') word = finishReason;
    if (Object.keys(others).length > 0) rest = { ...rest, ...others };
  };

  const finish = (): Finish => {
    if (word !== undefined) return readFinish(word, parts.hasCall());
    if (blockReason !== undefined) return blockedFinish(blockReason);
    return { reason: parts.hasCall() ? 'tool-calls' : 'other' };
  };

  return {
    isOver: () => isOver,
    hasFinish: () => word !== undefined || blockReason !== undefined,
    take(chunk, emit) {
      if (chunk['error'] !== undefined && chunk['error'] !== null) {
        isOver = true;
        emit({ type: 'error', error: decodeError(200, JSON.stringify(chunk)) });
        return;
      }
      const { usageMetadata, promptFeedback } = chunk;
      if (isObject(usageMetadata)) usage = readUsage(usageMetadata);
      if (!isStarted) start(chunk, emit);
      const candidate = firstCandidate(chunk['candidates']);
      if (candidate !== undefined) takeCandidate(candidate, emit);
      if (!isObject(promptFeedback)) return;
      rest = { ...rest, promptFeedback };
      if (typeof promptFeedback['blockReason'] === 'string') blockReason = promptFeedback['blockReason'];
    },
    fail(message, emit) {
      isOver = true;
      if (isStarted && usage !== undefined) emit({ type: 'usage', usage });
      emit({ type: 'error', error: { reason: 'protocol', status: 502, code: 'invalid_upstream_answer', message } });
    },
    close(emit) {
      isOver = true;
      if (!isStarted) start({}, emit);
      const found = grounding && readGrounding(grounding, parts.spans(), newSearchId);
      parts.close(emit, found?.citations ?? []);
      tellSearch(found?.search, emit);
      const searches = search === undefined ? {} : { webSearches: 1 };
      if (usage !== undefined || search !== undefined) emit({ type: 'usage', usage: { ...usage, ...searches } });
      const extra = grounding === undefined ? rest : { ...rest, groundingMetadata: grounding };
      emit({
        type: 'response-end',
        finish: finish(),
        ...(Object.keys(extra).length === 0 ? {} : { ext: { [ID]: extra } }),
      });
    },
  };
}

/** Of several candidates the first; a stream mixes their chunks. */
function firstCandidate(candidates: JsonValue | undefined): JsonObject | undefined {
  if (!Array.isArray(candidates)) return undefined;
  return candidates.filter(isObject).find((candidate) => (candidate['index'] ?? 0) === 0);
}
