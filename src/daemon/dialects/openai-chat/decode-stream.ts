import type { FailureFacts } from '../../ir/error.js';
import type { EventSink, Finish, ModelResponse } from '../../ir/event.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import type { Extensions } from '../../ir/request.js';
import type { Restore, StreamDecoder } from '../dialect.js';
import { audioPart, citationsOf, imagesOf, visibleText } from './answer-parts.js';
import { decodeAlternative, headExtension } from './decode-response.js';
import { inBandFailure } from './errors.js';
import { decodeFinish } from './finish.js';
import { openStateKeeper, reasoningText } from './reasoning.js';
import { legacyDelta, openStreamCalls } from './stream-calls.js';
import { decodeUsage } from './usage.js';
import { openWholeChoices } from './whole-choices.js';
import { isArray, listOf, OPENAI_CHAT, textOf } from './wire.js';

type OpenBlock = { readonly kind: 'text' | 'refusal' | 'reasoning'; readonly index: number };

/** Reads a stream of `chat.completion.chunk`. The end is held back until `[DONE]` or EOF: usage follows the finish. */
export function openDecoder(restore: Restore): StreamDecoder {
  let blocks = 0;
  const nextBlock = (): number => blocks++;
  const calls = openStreamCalls(restore, nextBlock);
  const state = openStateKeeper();
  const others = openWholeChoices();
  const logprobs: Record<'content' | 'refusal', JsonValue[]> = { content: [], refusal: [] };
  let audio: JsonObject | undefined;
  let open: OpenBlock | undefined;
  let isStarted = false;
  let isOver = false;
  let finish: string | undefined;

  const closeBlock = (emit: EventSink): void => {
    if (open === undefined) return;
    const { kind, index } = open;
    open = undefined;
    if (kind !== 'reasoning') return emit({ type: 'text-end', index });
    const value = state.packed();
    emit({ type: 'reasoning-end', index, ...(value === undefined ? {} : { opaque: { origin: OPENAI_CHAT, value } }) });
  };

  const openBlock = (kind: OpenBlock['kind'], emit: EventSink): number => {
    if (open?.kind === kind) return open.index;
    closeBlock(emit);
    const index = nextBlock();
    open = { kind, index };
    if (kind === 'reasoning') emit({ type: 'reasoning-start', index });
    else emit({ type: 'text-start', index, ...(kind === 'refusal' ? { refusal: true } : {}) });
    return index;
  };

  const takeDelta = (delta: JsonObject, emit: EventSink): void => {
    const { content } = delta;
    if (typeof content === 'string' && isPlain(delta)) {
      if (content !== '') emit({ type: 'text-delta', index: openBlock('text', emit), text: content });
      return;
    }
    const thinking = reasoningText(delta);
    state.add(delta);
    if (thinking !== undefined) {
      emit({ type: 'reasoning-delta', index: openBlock('reasoning', emit), text: thinking });
    }
    const text = visibleText(content);
    if (text !== '') emit({ type: 'text-delta', index: openBlock('text', emit), text });
    const refusal = textOf(delta['refusal']);
    if (refusal !== undefined) emit({ type: 'text-delta', index: openBlock('refusal', emit), text: refusal });
    takeRare(delta, emit);
  };

  const takeRare = (delta: JsonObject, emit: EventSink): void => {
    for (const citation of citationsOf(delta)) emit({ type: 'citation', index: openBlock('text', emit), citation });
    for (const part of imagesOf(delta)) {
      closeBlock(emit);
      emit({ type: 'part', index: nextBlock(), part });
    }
    if (isObject(delta['audio'])) audio = joinAudio(audio, delta['audio']);
    const legacy = legacyDelta(delta['function_call']);
    for (const call of legacy === undefined ? listOf(delta['tool_calls']) : [legacy]) {
      if (!isObject(call)) continue;
      closeBlock(emit);
      calls.add(call, emit);
    }
  };

  const takeChoice = (choice: JsonObject, emit: EventSink): void => {
    const { index } = choice;
    if (typeof index === 'number' && index > 0 && (restore.candidates ?? 1) > 1) return others.add(index, choice);
    const delta = choice['delta'] ?? choice['message'];
    if (isObject(delta)) takeDelta(delta, emit);
    finish = textOf(choice['finish_reason']) ?? finish;
    const tokens = choice['logprobs'];
    if (!isObject(tokens)) return;
    logprobs.content.push(...listOf(tokens['content']));
    logprobs.refusal.push(...listOf(tokens['refusal']));
  };

  const fail = (error: FailureFacts, emit: EventSink): void => {
    isOver = true;
    emit({ type: 'error', error });
  };

  const complete = (result: Finish, emit: EventSink): void => {
    closeBlock(emit);
    // State that came after its thinking block was closed gets a block of its own.
    const late = state.packed();
    if (late !== undefined) {
      const index = nextBlock();
      emit({ type: 'reasoning-start', index });
      emit({ type: 'reasoning-end', index, opaque: { origin: OPENAI_CHAT, value: late } });
    }
    calls.close(emit);
    if (audio !== undefined) emit({ type: 'part', index: nextBlock(), part: audioPart(audio) });
    isOver = true;
    const alternatives: NonNullable<ModelResponse['alternatives']> = others
      .choices()
      .map((choice) => decodeAlternative(choice, restore));
    emit({
      type: 'response-end',
      finish: result,
      ...tailExtension(logprobs),
      ...(alternatives.length === 0 ? {} : { alternatives }),
    });
  };

  const finishNow = (emit: EventSink): void => {
    if (!isStarted) return fail(cutShort('the upstream sent an empty stream'), emit);
    if (finish === 'error') return fail(cutShort('the upstream gave up its answer'), emit);
    complete(
      finish === undefined
        ? { reason: calls.count > 0 ? 'tool-calls' : 'stop' }
        : decodeFinish(finish, calls.count > 0),
      emit,
    );
  };

  return {
    push(event, data, emit) {
      if (isOver) return;
      if (data === '[DONE]') return finishNow(emit);
      const chunk = parseJson(data);
      const error = inBandFailure(event, chunk);
      if (error !== undefined) return fail(error, emit);
      if (!isObject(chunk)) return;
      if (!isStarted) {
        isStarted = true;
        const id = textOf(chunk['id']);
        const model = textOf(chunk['model']);
        emit({
          type: 'response-start',
          ...(id === undefined ? {} : { id }),
          ...(model === undefined ? {} : { model }),
          ...headExtension(chunk),
        });
      }
      if (isArray(chunk['choices']))
        for (const choice of chunk['choices']) if (isObject(choice)) takeChoice(choice, emit);
      if (isObject(chunk['usage'])) emit({ type: 'usage', usage: decodeUsage(chunk['usage']) });
    },
    end(emit) {
      if (isOver) return;
      if (restore.strictEnd === true) return fail(cutShort('upstream stream closed before [DONE]'), emit);
      if (finish === undefined) {
        const message = isStarted ? 'upstream stream closed before its end' : 'the upstream sent an empty stream';
        return fail(cutShort(message), emit);
      }
      finishNow(emit);
    },
  };
}

/** The common delta by far: text and nothing else. */
function isPlain(delta: JsonObject): boolean {
  for (const key in delta) {
    if (key !== 'content' && key !== 'role' && delta[key] !== null) return false;
  }
  return true;
}

export const cutShort = (message: string): FailureFacts => ({
  reason: 'protocol',
  status: 502,
  code: 'upstream_stream_cut',
  message,
});

function tailExtension({ content, refusal }: Record<'content' | 'refusal', JsonValue[]>): {
  readonly ext?: Extensions;
} {
  if (content.length === 0 && refusal.length === 0) return {};
  const members = { content: content.length === 0 ? null : content, refusal: refusal.length === 0 ? null : refusal };
  return { ext: { [OPENAI_CHAT]: { logprobs: members } } };
}

/** Data and transcript come in pieces, the id and the expiry once. */
function joinAudio(before: JsonObject | undefined, next: JsonObject): JsonObject {
  const grown = (key: string): string => `${textOf(before?.[key]) ?? ''}${textOf(next[key]) ?? ''}`;
  return { ...before, ...next, data: grown('data'), transcript: grown('transcript') };
}
