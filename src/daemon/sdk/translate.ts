import type { EncodeContext, Restore, Warning } from '../dialects/dialect.js';
import { openFramePrinter } from '../engine/client-framing.js';
import { openTranslation } from '../engine/translate.js';
import { openDeframer, type Utf8Decoder } from '../framing/deframer.js';
import type { JsonObject } from '../ir/json.js';
import { clientPath } from '../ir/lost.js';
import type { ModelInfo } from '../ir/model.js';
import { fitReasoning } from '../models/reasoning.js';
import { CODECS, type Dialect } from './dialects.js';

export type { Dialect, JsonObject, Restore, Warning };

/** Between whom: the same two values for a request and for its answer. */
export interface Between {
  /** The dialect the client speaks. */
  readonly from: Dialect;
  /** The dialect the upstream speaks. */
  readonly to: Dialect;
}

export interface RequestOptions extends Between {
  /** The client's body, parsed. */
  readonly body: JsonObject;
  /** The upstream's name of the model; default: the body's own. A Gemini body has none, so there it is needed. */
  readonly model?: string;
  /** Whether the answer streams; default: as the body says. A Gemini body cannot say it. */
  readonly stream?: boolean;
}

export interface TranslatedRequest {
  /** For the upstream. A Gemini body has no `model` and no `stream`: those belong into the URL. */
  readonly body: JsonObject;
  /** What the upstream's dialect cannot express and was left out, each with the path in the client's body. */
  readonly warnings: readonly Warning[];
  /** What was renamed or reshaped; hand it on to the translation of the answer. It holds maps, so it is not JSON. */
  readonly restore: Restore;
}

/**
 * Translates the body of a request.
 * @throws RequestFault (`name`, `message`, and `path` of the member) for a malformed body, and for what must be refused
 * rather than dropped, such as the id of a file at another vendor.
 */
export function translateRequest({ from, to, body, model, stream }: RequestOptions): TranslatedRequest {
  const client = CODECS[from];
  const asked = {
    ...body,
    ...(model === undefined ? {} : { model }),
    ...(stream === undefined ? {} : { stream }),
  };
  const { reasoning, ...request } = client.decodeRequest(asked);
  const upstreamModel: ModelInfo = { id: request.model, userDefined: true, traits: new Set() };
  const fitted = fitReasoning(reasoning, upstreamModel, { strict: false });
  const warnings: Warning[] = [];
  const encoded = CODECS[to].encodeRequest(
    { ...request, ...(fitted === undefined ? {} : { reasoning: fitted }) },
    {
      model: upstreamModel,
      newId,
      warn: ({ path, reason }) => warnings.push({ path: clientPath(path, client.kept), reason }),
      kept: client.kept,
    },
  );
  return { body: encoded.body, warnings, restore: encoded.restore };
}

export interface AnswerOptions extends Between {
  /** The client's request body, as it was given to `translateRequest`. */
  readonly request: JsonObject;
  /** From `translateRequest`; without it, names that were changed stay changed. */
  readonly restore?: Restore;
  /** What the answer calls the model. */
  readonly model: string;
}

export interface ResponseOptions extends AnswerOptions {
  /** The upstream's whole answer, parsed. */
  readonly body: JsonObject;
}

/** Translates a whole answer of the upstream into one of the client's dialect. */
export function translateResponse({ body, ...options }: ResponseOptions): JsonObject {
  const { from, to, restore = {} } = options;
  return CODECS[from].encodeResponse(CODECS[to].decodeResponse(body, restore), encodeContext(options));
}

export interface Translator {
  /** Takes a piece of the upstream's event stream, cut anywhere; gives what the client gets for it, maybe nothing. */
  push(chunk: string | Uint8Array): string;
  /** The upstream ended: gives the rest, which is an error of the client's dialect when the stream was cut off. */
  end(): string;
}

/** Translates one answer that streams as server-sent events. */
export function openTranslator(options: AnswerOptions): Translator {
  const { from, to, restore = {} } = options;
  const printer = openFramePrinter('sse');
  const converter = openTranslation({
    decoder: CODECS[to].openDecoder(restore),
    encoder: CODECS[from].openEncoder(encodeContext(options)),
    printer,
    openDeframer: (sink) => openDeframer(sink, openUtf8()),
  });
  const utf8 = new TextEncoder();
  return {
    push: (chunk) => converter.push(typeof chunk === 'string' ? utf8.encode(chunk) : chunk),
    end: () => converter.end(),
  };
}

function encodeContext({ from, request, model }: AnswerOptions): EncodeContext {
  return { model, request: CODECS[from].decodeRequest({ ...request, model }), now: Date.now, newId };
}

const newId = (prefix: string): string => prefix + crypto.randomUUID().replaceAll('-', '').slice(0, 24);

function openUtf8(): Utf8Decoder {
  const decoder = new TextDecoder();
  return { write: (chunk) => decoder.decode(chunk, { stream: true }), end: () => decoder.decode() };
}
