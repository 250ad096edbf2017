import type { ModelEvent, ModelResponse } from '../../ir/event.js';
import type { JsonObject } from '../../ir/json.js';
import type { Part } from '../../ir/request.js';
import { mergeUsage, type Usage } from '../../ir/usage.js';
import type { EncodeContext, FrameSink, StreamEncoder } from '../dialect.js';
import { wantsUsage } from './decode-request.js';
import { speaksFunctions } from './decode-tools.js';
import { annotationOf, audioOf, encodeAnswer, encodeImage, signatureOf } from './encode-response.js';
import { encodeStreamError } from './errors.js';
import { encodeFinish } from './finish.js';
import { encodeUsage } from './usage.js';
import { OPENAI_CHAT } from './wire.js';

interface Call {
  /** Position among the calls: Chat's index, not the block's. */
  readonly position: number;
  readonly isCustom: boolean;
  hasInput: boolean;
}

/** Writes `chat.completion.chunk`s. Chat has no block borders, so interleaved blocks pass as they come. */
export function openEncoder(context: EncodeContext): StreamEncoder {
  const isLegacy = speaksFunctions(context.request.tools);
  const calls = new Map<number, Call>();
  const refusals = new Set<number>();
  let head = '';
  let open = '';
  let usage: Usage | undefined;
  /** Characters of text so far, and where the block being written began: offsets of citations. */
  let textLength = 0;
  const textStarts = new Map<number, number>();
  let images = 0;

  const begin = (event: Extract<ModelEvent, { type: 'response-start' }>): void => {
    const { created, logprobs: _logprobs, ...extra } = event.ext?.[OPENAI_CHAT] ?? {};
    const fields = {
      id: event.id ?? context.newId('chatcmpl-'),
      object: 'chat.completion.chunk',
      created: typeof created === 'number' ? created : Math.floor(context.now() / 1000),
      model: context.model,
      ...extra,
    };
    head = `${JSON.stringify(fields).slice(0, -1)},"choices":[`;
    open = `${head}{"index":0,"delta":`;
  };
  const delta = (text: string): string => `${open}${text},"logprobs":null,"finish_reason":null}]}`;
  const objectDelta = (value: JsonObject): string => delta(JSON.stringify(value));

  const startCall = (event: Extract<ModelEvent, { type: 'tool-call-start' }>, out: FrameSink): void => {
    const { id, name, index } = event;
    const call = { position: calls.size, isCustom: event.custom === true, hasInput: false };
    calls.set(index, call);
    if (isLegacy) {
      if (call.position === 0) out(undefined, objectDelta({ function_call: { name, arguments: '' } }));
      return;
    }
    const typed = call.isCustom
      ? { type: 'custom', custom: { name, input: '' } }
      : { type: 'function', function: { name, arguments: '' } };
    out(undefined, objectDelta({ tool_calls: [{ index: call.position, id, ...typed, ...signatureOf(event) }] }));
  };

  const addInput = (call: Call | undefined, json: string, out: FrameSink): void => {
    if (call === undefined || json === '') return;
    call.hasInput = true;
    const text = JSON.stringify(json);
    if (isLegacy) {
      if (call.position === 0) out(undefined, delta(`{"function_call":{"arguments":${text}}}`));
      return;
    }
    const inner = call.isCustom ? `"custom":{"input":${text}}` : `"function":{"arguments":${text}}`;
    out(undefined, delta(`{"tool_calls":[{"index":${call.position},${inner}}]}`));
  };

  const writePart = (part: Part, out: FrameSink): void => {
    const image = part.type === 'media' ? encodeImage(part) : undefined;
    if (image !== undefined) return out(undefined, objectDelta({ images: [{ ...image, index: images++ }] }));
    const [audio] = audioOf(part);
    if (audio !== undefined) out(undefined, objectDelta({ audio }));
  };

  const finish = (event: Extract<ModelEvent, { type: 'response-end' }>, out: FrameSink): void => {
    const word = encodeFinish(event.finish.reason, calls.size > 0);
    const logprobs = event.ext?.[OPENAI_CHAT]?.['logprobs'] ?? null;
    const spoken = isLegacy && word === 'tool_calls' ? 'function_call' : word;
    const tail = `"logprobs":${JSON.stringify(logprobs)},"finish_reason":${JSON.stringify(spoken)}}]}`;
    out(undefined, `${open}{},${tail}`);
    (event.alternatives ?? []).forEach((answer, at) => {
      out(undefined, `${head}${alternative(answer, at + 1, isLegacy)}]}`);
    });
    if (wantsUsage(context.request)) out(undefined, `${head}],"usage":${JSON.stringify(encodeUsage(usage))}}`);
    out(undefined, '[DONE]');
  };

  return {
    write(event, out) {
      switch (event.type) {
        case 'text-delta':
          if (refusals.size > 0 && refusals.has(event.index)) {
            return out(undefined, delta(`{"refusal":${JSON.stringify(event.text)}}`));
          }
          textLength += event.text.length;
          return out(undefined, delta(`{"content":${JSON.stringify(event.text)}}`));
        case 'reasoning-delta':
          return out(undefined, delta(`{"reasoning_content":${JSON.stringify(event.text)}}`));
        case 'tool-call-delta':
          return addInput(calls.get(event.index), event.json, out);
        case 'response-start':
          begin(event);
          return out(undefined, delta('{"role":"assistant","content":""}'));
        case 'text-start':
          if (event.refusal === true) refusals.add(event.index);
          textStarts.set(event.index, textLength);
          return;
        case 'citation': {
          const start = textStarts.get(event.index) ?? 0;
          const annotation = annotationOf(event.citation, start, textLength - start);
          return out(undefined, objectDelta({ annotations: [annotation] }));
        }
        case 'tool-call-start':
          return startCall(event, out);
        case 'tool-call-end': {
          const call = calls.get(event.index);
          // A function without arguments still has an object of them.
          if (call !== undefined && !call.hasInput && !call.isCustom) addInput(call, '{}', out);
          return;
        }
        case 'part':
          return writePart(event.part, out);
        case 'usage':
          usage = mergeUsage(usage, event.usage);
          return;
        case 'response-end':
          return finish(event, out);
        case 'error':
          return encodeStreamError(event.error, out);
        case 'text-end':
        case 'reasoning-start':
        case 'reasoning-end':
          return;
      }
    },
  };
}

/** A further answer as one chunk: it came whole. */
function alternative(
  { content, finish }: NonNullable<ModelResponse['alternatives']>[number],
  index: number,
  isLegacy: boolean,
): string {
  const { tool_calls: calls, ...message } = encodeAnswer(content, isLegacy);
  const indexed = Array.isArray(calls) ? { tool_calls: calls.map((call, at) => ({ index: at, ...call })) } : {};
  const word = encodeFinish(
    finish.reason,
    content.some((part) => part.type === 'tool-call'),
  );
  return JSON.stringify({ index, delta: { ...message, ...indexed }, logprobs: null, finish_reason: word });
}
