import type { StreamDecoder, StreamEncoder } from '../dialects/dialect.js';
import type { Deframer, FrameSink } from '../framing/deframer.js';
import type { FailureFacts } from '../ir/error.js';
import type { EventSink, ModelEvent } from '../ir/event.js';
import { mergeUsage } from '../ir/usage.js';
import type { FramePrinter } from './client-framing.js';
import { type Converter, newStreamFacts } from './converter.js';

export interface Translation {
  readonly decoder: StreamDecoder;
  readonly encoder: StreamEncoder;
  readonly printer: FramePrinter;
  readonly openDeframer: (sink: FrameSink) => Deframer;
  /** Which events, beside the last one, are something to show; absent: all but greetings. */
  readonly isShown?: (event: ModelEvent) => boolean;
  /** Sees every event of the answer. */
  readonly observe?: EventSink;
}

/** A converter that writes text only, and asks nothing of its chunks that Node alone has. */
export interface Translator extends Converter {
  push(chunk: Uint8Array): string;
  end(): string;
}

/** Another dialect: deframe, decode, encode and frame in one synchronous pass per chunk. */
export function openTranslation({
  decoder,
  encoder,
  printer,
  openDeframer,
  isShown,
  observe,
}: Translation): Translator {
  const facts = newStreamFacts();
  let out = '';
  const write = (event: string | undefined, data: string): void => {
    out += printer.frame(event, data);
  };
  const emit = (event: ModelEvent): void => {
    if (facts.ended || facts.failure !== undefined) return;
    switch (event.type) {
      case 'response-start':
        break;
      case 'usage':
        facts.usage = mergeUsage(facts.usage, event.usage);
        break;
      case 'response-end':
        facts.started = true;
        facts.ended = true;
        facts.finish = event.finish;
        break;
      case 'error':
        facts.failure = event.error;
        break;
      default:
        facts.started ||= isShown?.(event) ?? true;
    }
    observe?.(event);
    encoder.write(event, write);
  };
  const deframer = openDeframer((event, data) => decoder.push(event, data, emit));
  const take = (): string => {
    const text = out;
    out = '';
    return text;
  };
  return {
    facts,
    push(chunk) {
      deframer.push(chunk);
      return take();
    },
    end() {
      deframer.end();
      if (!facts.ended && facts.failure === undefined) decoder.end(emit);
      return take() + printer.close();
    },
    fail(failure: FailureFacts) {
      emit({ type: 'error', error: failure });
      return take() + printer.close();
    },
  };
}
