import type { ModelEvent } from '../../ir/event.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { Opaque } from '../../ir/opaque.js';
import type { Citation, SearchPart, ToolCallPart } from '../../ir/request.js';
import { mergeUsage, type Usage } from '../../ir/usage.js';
import type { EncodeContext, FrameSink, StreamEncoder } from '../dialect.js';
import { encodeStreamError } from './errors.js';
import { printFinish } from './finish.js';
import { printGrounding } from './grounding.js';
import { printCall, printWhole, signatureMember } from './print-part.js';
import { printUsage } from './usage.js';
import { ID } from './wire.js';

const HEAD = '{"candidates":[{"content":{"parts":[';
const AFTER_PARTS = '],"role":"model"}';

interface PendingCall extends Omit<ToolCallPart, 'type' | 'input'> {
  input: string;
}

interface TextBlock {
  text: string;
  readonly citations: Citation[];
}

/** Writes a whole `GenerateContentResponse` per chunk. Calls have no partial form here: each is written once complete. */
export function openEncoder({ model, request, newId }: EncodeContext): StreamEncoder {
  const showsThoughts = request.reasoning?.summary !== 'none';
  const calls = new Map<number, PendingCall>();
  const texts = new Map<number, TextBlock>();
  const searches: SearchPart[] = [];
  let usage: Usage | undefined;
  let foot = '';
  let tail = '';

  const prepare = (id: string): void => {
    foot = `,"modelVersion":${JSON.stringify(model)},"responseId":${JSON.stringify(id)}}`;
    tail = `${AFTER_PARTS},"index":0}]${foot}`;
  };
  const writePart = (part: JsonObject, out: FrameSink): void => out(undefined, HEAD + JSON.stringify(part) + tail);
  const writeSignature = (opaque: Opaque | undefined, isThought: boolean, out: FrameSink): void => {
    if (opaque === undefined) return;
    writePart({ text: '', ...(isThought ? { thought: true } : {}), ...signatureMember(opaque) }, out);
  };
  const finish = (event: Extract<ModelEvent, { type: 'response-end' }>, out: FrameSink): void => {
    const { groundingMetadata, promptFeedback, ...rest } = event.ext?.[ID] ?? {};
    const grounding = isObject(groundingMetadata) ? groundingMetadata : printGrounding(searches, [...texts.values()]);
    const candidate = JSON.stringify({
      content: { parts: [{ text: '' }], role: 'model' },
      finishReason: printFinish(event.finish),
      index: 0,
      ...rest,
      ...(grounding === undefined ? {} : { groundingMetadata: grounding }),
    });
    const feedback = promptFeedback === undefined ? '' : `,"promptFeedback":${JSON.stringify(promptFeedback)}`;
    out(
      undefined,
      `{"candidates":[${candidate}]${feedback},"usageMetadata":${JSON.stringify(printUsage(usage))}${foot}`,
    );
  };

  return {
    write(event, out) {
      switch (event.type) {
        case 'response-start':
          return prepare(event.id ?? newId(''));
        case 'text-delta': {
          const block = texts.get(event.index);
          // Kept for the offsets of citations, which count bytes from the beginning.
          if (block !== undefined) block.text += event.text;
          return out(undefined, `${HEAD}{"text":${JSON.stringify(event.text)}}${tail}`);
        }
        case 'reasoning-delta':
          if (showsThoughts) out(undefined, `${HEAD}{"text":${JSON.stringify(event.text)},"thought":true}${tail}`);
          return;
        case 'text-start':
          texts.set(event.index, { text: '', citations: [] });
          return;
        case 'citation':
          texts.get(event.index)?.citations.push(event.citation);
          return;
        case 'text-end':
          return writeSignature(event.opaque, false, out);
        case 'reasoning-start':
          return;
        case 'reasoning-end':
          return writeSignature(event.opaque, true, out);
        case 'tool-call-start': {
          const { id, name, custom, opaque } = event;
          const extra = { ...(custom === undefined ? {} : { custom }), ...(opaque === undefined ? {} : { opaque }) };
          calls.set(event.index, { id, name, input: '', ...extra });
          return;
        }
        case 'tool-call-delta': {
          const call = calls.get(event.index);
          if (call !== undefined) call.input += event.json;
          return;
        }
        case 'tool-call-end': {
          const call = calls.get(event.index);
          if (call !== undefined) writePart(printCall(call), out);
          calls.delete(event.index);
          return;
        }
        case 'part': {
          if (event.part.type === 'search') searches.push(event.part);
          const part = printWhole(event.part);
          if (part !== undefined) writePart(part, out);
          return;
        }
        case 'usage':
          usage = mergeUsage(usage, event.usage);
          return;
        case 'response-end':
          return finish(event, out);
        case 'error':
          return encodeStreamError(event.error, out);
      }
    },
  };
}
