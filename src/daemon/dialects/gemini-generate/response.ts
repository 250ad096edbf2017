import { openCollector } from '../../ir/collect.js';
import type { Finish, ModelResponse } from '../../ir/event.js';
import { isObject, type JsonObject } from '../../ir/json.js';
import type { Part, ReasoningPart } from '../../ir/request.js';
import type { EncodeContext, ResponseFacts, Restore } from '../dialect.js';
import { openAnswerReader } from './decode-stream.js';
import { printFinish } from './finish.js';
import { type CitedText, printGrounding } from './grounding.js';
import { printCall, printWhole, signatureMember } from './print-part.js';
import { readTapFacts } from './tap-facts.js';
import { printUsage } from './usage.js';
import { ID } from './wire.js';

/** Reads a whole answer as a stream of one chunk; each further candidate likewise. */
export function decodeResponse(body: JsonObject, restore: Restore): ModelResponse {
  const { candidates, ...shared } = body;
  const [first, ...others] = Array.isArray(candidates) ? candidates.filter(isObject) : [];
  const response = readAnswer(first === undefined ? shared : { ...shared, candidates: [atIndexZero(first)] }, restore);
  if (others.length === 0) return response;
  const alternatives = others.map((candidate) => {
    const { content, finish } = readAnswer({ candidates: [atIndexZero(candidate)] }, restore);
    return { content, finish };
  });
  return { ...response, alternatives };
}

const atIndexZero = (candidate: JsonObject): JsonObject => ({ ...candidate, index: 0 });

function readAnswer(body: JsonObject, restore: Restore): ModelResponse {
  const collector = openCollector();
  const reader = openAnswerReader(restore);
  reader.take(body, collector.write);
  reader.close(collector.write);
  return collector.result();
}

/** Prints a whole answer; every answer has a text, if only an empty one. */
export function encodeResponse(response: ModelResponse, { model, request, newId }: EncodeContext): JsonObject {
  const showsThoughts = request.reasoning?.summary !== 'none';
  const { groundingMetadata, promptFeedback, ...rest } = response.ext?.[ID] ?? {};
  const first = printCandidate(response, { index: 0, showsThoughts });
  const others = (response.alternatives ?? []).map((answer, at) =>
    printCandidate(answer, { index: at + 1, showsThoughts }),
  );
  return {
    candidates: [{ ...first, ...rest, ...(isObject(groundingMetadata) ? { groundingMetadata } : {}) }, ...others],
    ...(promptFeedback === undefined ? {} : { promptFeedback }),
    usageMetadata: printUsage(response.usage),
    modelVersion: model,
    responseId: response.id ?? newId(''),
  };
}

interface CandidateOptions {
  readonly index: number;
  readonly showsThoughts: boolean;
}

function printCandidate(
  { content, finish }: { readonly content: readonly Part[]; readonly finish: Finish },
  { index, showsThoughts }: CandidateOptions,
): JsonObject {
  const parts: JsonObject[] = [];
  const texts: CitedText[] = [];
  for (const part of content) {
    if (part.type === 'text') texts.push({ text: part.text, citations: part.citations ?? [], partIndex: parts.length });
    const printed = printAnswerPart(part, showsThoughts);
    if (printed !== undefined) parts.push(printed);
  }
  const grounding = printGrounding(
    content.filter((part) => part.type === 'search'),
    texts,
  );
  return {
    content: { parts: parts.length === 0 ? [{ text: '' }] : parts, role: 'model' },
    finishReason: printFinish(finish),
    index,
    ...(grounding === undefined ? {} : { groundingMetadata: grounding }),
  };
}

function printAnswerPart(part: Part, showsThoughts: boolean): JsonObject | undefined {
  switch (part.type) {
    case 'text':
      if (part.text === '' && part.opaque === undefined) return undefined;
      return { text: part.text, ...signatureMember(part.opaque) };
    case 'reasoning':
      return printThought(part, showsThoughts);
    case 'tool-call':
      return printCall(part);
    default:
      return printWhole(part);
  }
}

/** Hidden thoughts still leave their signature, which the next request must bring back. */
function printThought({ text, opaque }: ReasoningPart, showsThoughts: boolean): JsonObject | undefined {
  const shown = showsThoughts ? text : '';
  return shown === '' && opaque === undefined ? undefined : { text: shown, thought: true, ...signatureMember(opaque) };
}

/** Usage and finish of a relayed answer. */
export function tapResponse(body: Uint8Array): ResponseFacts {
  return readTapFacts(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
}
