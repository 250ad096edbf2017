import type { ModelEvent } from '../../ir/event.js';
import type { JsonObject } from '../../ir/json.js';
import type { EncodeContext, FrameSink } from '../dialect.js';
import { printCitation } from './citations.js';
import { callHead, carrierOf, printWholePart } from './encode-blocks.js';
import { printSecret } from './opaque.js';
import { wrapInput } from './tool-input.js';
import { asArray, ownExt } from './wire.js';

type BlockEvent = Extract<ModelEvent, { readonly index: number }>;

export interface BlockPrinter {
  /** The event index of the block that is being written. */
  readonly openIndex: number | undefined;
  /** What the answer has held so far. */
  readonly seen: { readonly call: boolean; readonly refusal: boolean };
  /** Takes an event of the open block, or the first of a new one when none is open. */
  write(event: BlockEvent, out: FrameSink): void;
  /** Closes what is open; an answer without any block gets an empty text. */
  finish(out: FrameSink): void;
}

const DELTA = 'content_block_delta';

/** Prints blocks one after the other, numbered from 0. */
export function openBlockPrinter(context: EncodeContext): BlockPrinter {
  const seen = { call: false, refusal: false };
  let openIndex: number | undefined;
  let at = 0;
  /** Everything of a delta frame before its text, built once per block. */
  let deltaHead = '';
  /** Input of a custom tool: it is wrapped when all of it is there. */
  let customInput: string | undefined;
  /** Hidden thinking is one frame, written when its secret is known. */
  let isHidden = false;

  const open = (index: number, block: JsonObject, deltaStart: string, out: FrameSink): void => {
    openIndex = index;
    deltaHead = `{"type":"content_block_delta","index":${at},"delta":{${deltaStart}`;
    out('content_block_start', `{"type":"content_block_start","index":${at},"content_block":${JSON.stringify(block)}}`);
  };
  const delta = (value: string, out: FrameSink): void => out(DELTA, `${deltaHead}${JSON.stringify(value)}}}`);
  const otherDelta = (value: JsonObject, out: FrameSink): void =>
    out(DELTA, `{"type":"content_block_delta","index":${at},"delta":${JSON.stringify(value)}}`);
  const close = (out: FrameSink): void => {
    out('content_block_stop', `{"type":"content_block_stop","index":${at}}`);
    openIndex = undefined;
    at += 1;
  };
  const whole = (block: JsonObject, out: FrameSink): void => {
    const { type, text, input } = block;
    if (type === 'text' && typeof text === 'string') {
      open(-1, { type, text: '' }, '"type":"text_delta","text":', out);
      if (text !== '') delta(text, out);
    } else if (type === 'server_tool_use' && input !== undefined) {
      open(-1, { ...block, input: {} }, '"type":"input_json_delta","partial_json":', out);
      delta(JSON.stringify(input), out);
    } else {
      open(-1, block, '', out);
    }
    close(out);
  };

  return {
    seen,
    get openIndex() {
      return openIndex;
    },
    write(event, out) {
      switch (event.type) {
        case 'text-delta':
          return delta(event.text, out);
        case 'tool-call-delta':
          if (customInput === undefined) delta(event.json, out);
          else customInput += event.json;
          return;
        case 'reasoning-delta':
          if (!isHidden) delta(event.text, out);
          return;
        case 'text-start':
          if (event.refusal === true) seen.refusal = true;
          return open(event.index, { type: 'text', text: '' }, '"type":"text_delta","text":', out);
        case 'citation':
          return otherDelta({ type: 'citations_delta', citation: printCitation(event.citation) }, out);
        case 'text-end':
          for (const citation of asArray(ownExt(event)['$otherCitations'])) {
            otherDelta({ type: 'citations_delta', citation }, out);
          }
          return close(out);
        case 'reasoning-start':
          isHidden = event.redacted === true;
          openIndex = event.index;
          if (isHidden) return;
          return open(
            event.index,
            { type: 'thinking', thinking: '', signature: '' },
            '"type":"thinking_delta","thinking":',
            out,
          );
        case 'reasoning-end': {
          const secret = event.opaque === undefined ? undefined : printSecret(event.opaque, isHidden);
          if (!isHidden) {
            if (secret !== undefined) otherDelta({ type: 'signature_delta', signature: secret.value }, out);
            return close(out);
          }
          isHidden = false;
          openIndex = undefined;
          if (secret !== undefined) whole({ type: 'redacted_thinking', data: secret.value }, out);
          return;
        }
        case 'tool-call-start':
          seen.call = true;
          for (const { signature, ...block } of carrierOf(event)) {
            open(-1, { ...block, signature: '' }, '"type":"signature_delta","signature":', out);
            delta(signature, out);
            close(out);
          }
          customInput = event.custom === true ? '' : undefined;
          return open(
            event.index,
            { ...ownExt(event), type: 'tool_use', ...callHead(event, context), input: {} },
            '"type":"input_json_delta","partial_json":',
            out,
          );
        case 'tool-call-end':
          if (customInput !== undefined) delta(JSON.stringify(wrapInput(customInput)), out);
          customInput = undefined;
          return close(out);
        case 'part':
          for (const block of printWholePart(event.part, context)) whole(block, out);
          return;
      }
    },
    finish(out) {
      if (openIndex !== undefined) {
        if (isHidden) openIndex = undefined;
        else close(out);
      }
      if (at === 0) whole({ type: 'text', text: '' }, out);
    },
  };
}
