import type { ModelResponse } from '../../ir/event.js';
import type { JsonObject } from '../../ir/json.js';
import { printDataUrl } from '../../ir/media.js';
import { sealOpaque } from '../../ir/opaque.js';
import type { Citation, MediaPart, Part, ToolCallPart } from '../../ir/request.js';
import type { EncodeContext } from '../dialect.js';
import { speaksFunctions } from './decode-tools.js';
import { encodeFinish } from './finish.js';
import { encodeUsage } from './usage.js';
import { OPENAI_CHAT, objectOf } from './wire.js';

/** Prints a whole answer; the first choice is the answer, further ones its alternatives. */
export function encodeResponse(response: ModelResponse, context: EncodeContext): JsonObject {
  const { created, logprobs, ...extra } = response.ext?.[OPENAI_CHAT] ?? {};
  const isLegacy = speaksFunctions(context.request.tools);
  const first = encodeChoice({ ...response, logprobs: objectOf(logprobs), index: 0 }, isLegacy);
  const others = (response.alternatives ?? []).map((answer, at) =>
    encodeChoice(
      { ...answer, logprobs: objectOf(objectOf(answer.ext?.[OPENAI_CHAT])?.['logprobs']), index: at + 1 },
      isLegacy,
    ),
  );
  return {
    id: response.id ?? context.newId('chatcmpl-'),
    object: 'chat.completion',
    created: typeof created === 'number' ? created : Math.floor(context.now() / 1000),
    model: context.model,
    choices: [first, ...others],
    usage: encodeUsage(response.usage),
    ...extra,
  };
}

interface Choice extends Pick<ModelResponse, 'content' | 'finish'> {
  readonly index: number;
  readonly logprobs: JsonObject | undefined;
}

function encodeChoice({ index, content, finish, logprobs }: Choice, isLegacy: boolean): JsonObject {
  const hasCalls = content.some((part) => part.type === 'tool-call');
  const word = encodeFinish(finish.reason, hasCalls);
  return {
    index,
    message: encodeAnswer(content, isLegacy),
    logprobs: logprobs ?? null,
    finish_reason: isLegacy && word === 'tool_calls' ? 'function_call' : word,
  };
}

/** The message of an answer. Blocks that Chat has no place for (a search, a foreign block) are left out. */
export function encodeAnswer(content: readonly Part[], isLegacy: boolean): JsonObject {
  const texts = content.flatMap((part) => (part.type === 'text' && part.refusal !== true ? [part] : []));
  const refusals = content.flatMap((part) => (part.type === 'text' && part.refusal === true ? [part.text] : []));
  const thinking = content.flatMap((part) => (part.type === 'reasoning' ? [part.text] : [])).join('');
  const calls = content.flatMap((part) => (part.type === 'tool-call' ? [part] : []));
  const images = content
    .flatMap((part) => (part.type === 'media' ? [encodeImage(part)] : []))
    .filter((image) => image !== undefined);
  const audio = content.flatMap(audioOf)[0];
  const annotations = citationsIn(texts);
  const text = texts.map((part) => part.text).join('');
  const [firstCall] = calls;
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusals.length > 0) ? null : text,
    refusal: refusals.length === 0 ? null : refusals.join(''),
    ...(thinking === '' ? {} : { reasoning_content: thinking }),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(images.length === 0 ? {} : { images: images.map((image, index) => ({ ...image, index })) }),
    ...(audio === undefined ? {} : { audio }),
    ...(firstCall === undefined
      ? {}
      : isLegacy
        ? { function_call: { name: firstCall.name, arguments: argumentsText(firstCall.input) } }
        : { tool_calls: calls.map(encodeAnswerCall) }),
  };
}

/** A call without input is a call with no arguments. */
const argumentsText = (input: string): string => (input.trim() === '' ? '{}' : input);

function encodeAnswerCall(call: ToolCallPart): JsonObject {
  const { id, name, input, custom } = call;
  const extra = signatureOf(call);
  return custom === true
    ? { id, type: 'custom', custom: { name, input }, ...extra }
    : { id, type: 'function', function: { name, arguments: argumentsText(input) }, ...extra };
}

/** Where Google's clients keep a thought signature; other issuers' state is tagged in the same place. */
export const signatureOf = ({ opaque }: Pick<ToolCallPart, 'opaque'>): JsonObject =>
  opaque === undefined
    ? {}
    : { extra_content: { google: { thought_signature: sealOpaque(opaque, 'gemini-generate') } } };

/** Offsets count from the start of the joined text, each block's own from its start. */
function citationsIn(
  texts: readonly { readonly text: string; readonly citations?: readonly Citation[] }[],
): JsonObject[] {
  let offset = 0;
  return texts.flatMap(({ text, citations = [] }) => {
    const annotations = citations.map((citation) => annotationOf(citation, offset, text.length));
    offset += text.length;
    return annotations;
  });
}

/** @param length Length of the block: without offsets a citation is about all of it. */
export function annotationOf({ url, title, start, end }: Citation, offset: number, length: number): JsonObject {
  return {
    type: 'url_citation',
    url_citation: { url, title: title ?? '', start_index: offset + (start ?? 0), end_index: offset + (end ?? length) },
  };
}

export function encodeImage({ mediaType, source }: MediaPart): JsonObject | undefined {
  if (mediaType !== undefined && !mediaType.startsWith('image/')) return undefined;
  if (source.kind === 'file') return undefined;
  const url = source.kind === 'url' ? source.url : printDataUrl(mediaType ?? 'image/png', source.data);
  return { type: 'image_url', image_url: { url } };
}

export function audioOf(part: Part): JsonObject[] {
  if (part.type === 'native' && part.dialect === OPENAI_CHAT) {
    const audio = objectOf(part.value['audio']);
    return audio === undefined ? [] : [audio];
  }
  if (part.type !== 'media' || part.mediaType?.startsWith('audio/') !== true || part.source.kind !== 'base64')
    return [];
  return [{ data: part.source.data, transcript: '' }];
}
