import type { Restore, StreamDecoder } from '../../dialects/dialect.js';
import { BROKEN_FRAME, ERROR_FRAME, EXCEPTION_FRAME } from '../../framing/aws-event-stream.js';
import type { FailureFacts } from '../../ir/error.js';
import type { EventSink } from '../../ir/event.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import { type AnswerBlocks, openAnswerBlocks } from './answer-blocks.js';
import { isErrorPayload, readException } from './decode-error.js';
import { readFinish } from './finish.js';
import { readSearchEvent, SEARCH_EVENT } from './search-event.js';
import { openUsageReader } from './usage.js';

/** Reads the events of `generateAssistantResponse`. Nothing marks their end but the end of the body. */
export function openDecoder(restore: Restore): StreamDecoder {
  const usage = openUsageReader(restore.contextTokens);
  let sink: EventSink = () => undefined;
  let isStarted = false;
  let isOver = false;
  let id: string | undefined;
  let word: string | undefined;

  const begin = (): void => {
    if (isStarted) return;
    isStarted = true;
    sink({ type: 'response-start', ...(id === undefined ? {} : { id }) });
  };
  const blocks = openAnswerBlocks(restore, (event) => {
    begin();
    sink(event);
  });
  const fail = (error: FailureFacts): void => {
    isOver = true;
    const told = usage.read();
    if (isStarted && told !== undefined) sink({ type: 'usage', usage: told });
    sink({ type: 'error', error });
  };
  const hasContent = (): boolean => blocks.seen.text || blocks.seen.thinking || blocks.seen.call;
  const end = (): void => {
    blocks.close();
    const { seen } = blocks;
    if (!hasContent()) return fail(seen.cutCall ? CUT_CALL : EMPTY);
    if (seen.cutCall) {
      blocks.text('\n\n[a tool call was cut off before its end, and left out]');
      blocks.close();
    }
    isOver = true;
    const told = usage.read();
    if (told !== undefined) sink({ type: 'usage', usage: told });
    sink({ type: 'response-end', finish: readFinish({ word, isFull: usage.isFull, seen }) });
  };
  const failOf = (name: string, payload: JsonObject): void => {
    const failure = readException(name, payload);
    // In the middle of an answer it is the answer that grew too long.
    if (failure.code === 'context_length_exceeded' && hasContent()) {
      word = 'max_tokens';
      end();
    } else fail(failure);
  };
  const note = (payload: JsonObject): void => {
    const reason = payload['stopReason'] ?? payload['stop_reason'];
    if (typeof reason === 'string' && reason !== '') word = reason;
    if (isObject(payload['tokenUsage'])) usage.tokens(payload['tokenUsage']);
    if (typeof payload['contextUsagePercentage'] === 'number') usage.share(payload['contextUsagePercentage']);
  };

  return {
    push(event = '', data, emit) {
      if (isOver) return;
      sink = emit;
      const parsed = parseJson(data);
      if (!isObject(parsed)) return fail(protocol('the upstream sent an event that is not a JSON object'));
      if (event === BROKEN_FRAME)
        return fail(protocol(`the upstream’s stream is damaged: ${textOf(parsed['message'])}`));
      if (event.startsWith(EXCEPTION_FRAME)) return failOf(event.slice(EXCEPTION_FRAME.length), parsed);
      if (event.startsWith(ERROR_FRAME)) return failOf(event.slice(ERROR_FRAME.length), parsed);
      const inner = parsed[event];
      const payload = isObject(inner) ? inner : parsed;
      if (isErrorPayload(payload)) return failOf('', payload);
      note(payload);
      switch (event) {
        case 'assistantResponseEvent':
          return takeAnswer(payload, blocks);
        case 'toolUseEvent':
          return takeToolUse(payload, blocks);
        case 'reasoningContentEvent':
          return takeReasoning(payload, blocks);
        case SEARCH_EVENT:
          usage.searched();
          return blocks.search(readSearchEvent(payload));
        case 'meteringEvent':
          return usage.credits(payload);
        case 'messageMetadataEvent':
          id ??= textOf(payload['utteranceId']) || undefined;
          return;
        default:
          // Citations, follow-ups, code references and what is still to come: no part of an answer.
          return;
      }
    },
    end(emit) {
      if (isOver) return;
      sink = emit;
      end();
    },
  };
}

const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');

function takeAnswer({ content, toolUses }: JsonObject, blocks: AnswerBlocks): void {
  blocks.text(textOf(content));
  // The older way to call: whole.
  for (const use of Array.isArray(toolUses) ? toolUses.filter(isObject) : [])
    takeToolUse({ ...use, stop: true }, blocks);
}

function takeToolUse({ toolUseId, name, input, stop }: JsonObject, blocks: AnswerBlocks): void {
  if (typeof toolUseId !== 'string' || toolUseId === '') return;
  const piece = isObject(input) ? JSON.stringify(input) : textOf(input);
  blocks.tool({ id: toolUseId, name: textOf(name), input: piece, isLast: stop === true });
}

function takeReasoning({ text, signature, redactedContent }: JsonObject, blocks: AnswerBlocks): void {
  if (typeof text === 'string') blocks.thinking(text);
  blocks.signature(textOf(signature));
  if (typeof redactedContent === 'string') blocks.redacted(redactedContent);
}

const protocol = (message: string): FailureFacts => ({
  reason: 'protocol',
  status: 502,
  code: 'invalid_upstream_answer',
  message,
});

const EMPTY: FailureFacts = {
  reason: 'protocol',
  status: 502,
  code: 'empty_answer',
  message: 'the upstream ended its answer without saying anything',
};
const CUT_CALL: FailureFacts = {
  reason: 'protocol',
  status: 502,
  code: 'truncated_tool_call',
  message: 'the upstream cut off a tool call, and said nothing else',
};
