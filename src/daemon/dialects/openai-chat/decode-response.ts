import type { Finish, ModelResponse } from '../../ir/event.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Extensions, Part, ToolCallPart } from '../../ir/request.js';
import type { Restore } from '../dialect.js';
import {
  argumentsOf,
  audioPart,
  citationsOf,
  imagesOf,
  restoredTool,
  unwrapInput,
  visibleText,
} from './answer-parts.js';
import { thoughtSignature } from './decode-messages.js';
import { decodeFinish } from './finish.js';
import { openStateKeeper, reasoningText } from './reasoning.js';
import { decodeUsage } from './usage.js';
import { listOf, OPENAI_CHAT, objectOf, textOf } from './wire.js';

/**
 * Reads a whole answer. Choices beyond the first are further answers when several were asked for; else they belong
 * together: Copilot puts text and calls of one answer into two.
 */
export function decodeResponse(body: JsonObject, restore: Restore): ModelResponse {
  const choices = listOf(body['choices']).filter(isObject);
  const wantsSeveral = (restore.candidates ?? 1) > 1;
  const own = wantsSeveral ? choices.slice(0, 1) : choices;
  const content = own.flatMap((choice) => readMessage(objectOf(choice['message']) ?? {}, restore));
  const id = textOf(body['id']);
  const model = textOf(body['model']);
  const usage = objectOf(body['usage']);
  const alternatives = wantsSeveral ? choices.slice(1).map((choice) => decodeAlternative(choice, restore)) : [];
  return {
    ...(id === undefined ? {} : { id }),
    ...(model === undefined ? {} : { model }),
    content: sortParts(content),
    finish: finishOf(own, content),
    ...(usage === undefined ? {} : { usage: decodeUsage(usage) }),
    ...headExtension(body, objectOf(own[0]?.['logprobs'])),
    ...(alternatives.length === 0 ? {} : { alternatives }),
  };
}

/** One further answer. */
export function decodeAlternative(
  choice: JsonObject,
  restore: Restore,
): NonNullable<ModelResponse['alternatives']>[number] {
  const content = readMessage(objectOf(choice['message']) ?? {}, restore);
  const logprobs = objectOf(choice['logprobs']);
  return {
    content,
    finish: finishOf([choice], content),
    ...(logprobs === undefined ? {} : { ext: { [OPENAI_CHAT]: { logprobs } } }),
  };
}

function finishOf(choices: readonly JsonObject[], content: readonly Part[]): Finish {
  const words = choices.flatMap((choice) => textOf(choice['finish_reason']) ?? []);
  const hasCalls = content.some((part) => part.type === 'tool-call');
  const word = words.find((candidate) => candidate !== 'stop') ?? words[0];
  return word === undefined ? { reason: hasCalls ? 'tool-calls' : 'stop' } : decodeFinish(word, hasCalls);
}

/** Fields of the answer itself that only this dialect has. */
export function headExtension(body: JsonObject, logprobs?: JsonObject): { readonly ext?: Extensions } {
  const { created, system_fingerprint: fingerprint, service_tier: tier } = body;
  const members: JsonObject = {
    ...(typeof created === 'number' ? { created } : {}),
    ...(typeof fingerprint === 'string' ? { system_fingerprint: fingerprint } : {}),
    ...(typeof tier === 'string' ? { service_tier: tier } : {}),
    ...(logprobs === undefined ? {} : { logprobs }),
  };
  return Object.keys(members).length === 0 ? {} : { ext: { [OPENAI_CHAT]: members } };
}

const RANK: Readonly<Record<Part['type'], number>> = {
  reasoning: 0,
  text: 1,
  search: 1,
  media: 2,
  native: 2,
  'tool-result': 3,
  'tool-call': 3,
};
/** Thinking, text, calls: the order in which they were said, however the choices were cut. */
const sortParts = (parts: readonly Part[]): Part[] => parts.toSorted((a, b) => RANK[a.type] - RANK[b.type]);

function readMessage(message: JsonObject, restore: Restore): Part[] {
  const parts: Part[] = [];
  const thinking = reasoningText(message) ?? '';
  const keeper = openStateKeeper();
  keeper.add(message);
  const state = keeper.packed();
  if (thinking !== '' || state !== undefined) {
    const opaque = state === undefined ? {} : { opaque: { origin: OPENAI_CHAT, value: state } };
    parts.push({ type: 'reasoning', text: thinking, ...opaque });
  }
  const text = visibleText(message['content']);
  const citations = citationsOf(message);
  if (text !== '' || citations.length > 0) {
    parts.push({ type: 'text', text, ...(citations.length === 0 ? {} : { citations }) });
  }
  const refusal = textOf(message['refusal']);
  if (refusal !== undefined) parts.push({ type: 'text', text: refusal, refusal: true });
  parts.push(...imagesOf(message));
  if (isObject(message['audio'])) parts.push(audioPart(message['audio']));
  const legacy = objectOf(message['function_call']);
  const calls = legacy === undefined ? listOf(message['tool_calls']) : [{ function: legacy }];
  parts.push(...calls.flatMap((call, index) => readCall(call, index, restore)));
  return parts;
}

function readCall(value: JsonValue, index: number, restore: Restore): ToolCallPart[] {
  if (!isObject(value)) return [];
  const custom = objectOf(value['custom']);
  const inner = custom ?? objectOf(value['function']) ?? {};
  const { name, isWrapped } = restoredTool(textOf(inner['name']) ?? `tool_${index}`, restore);
  const input = argumentsOf(inner[custom === undefined ? 'arguments' : 'input']);
  const signature = thoughtSignature(value, inner);
  return [
    {
      type: 'tool-call',
      id: textOf(value['id']) ?? `call_${crypto.randomUUID().replaceAll('-', '')}`,
      name,
      input: isWrapped && custom === undefined ? unwrapInput(input) : input,
      ...(custom !== undefined || isWrapped ? { custom: true } : {}),
      ...(signature === undefined ? {} : { opaque: { origin: OPENAI_CHAT, value: signature } }),
    },
  ];
}
