import { decodeBase64Text, encodeBase64Text } from '../../ir/base64.js';
import { RequestFault } from '../../ir/error.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { Reasoning } from '../../ir/request.js';
import { EFFORTS, effortOfBudget, isEffort } from '../../ir/thinking.js';
import type { WireBody } from '../dialect.js';
import { listOf, objectOf, textOf, wrongType } from './wire.js';

/**
 * Reads the thinking settings: `reasoning_effort`, or OpenRouter's `reasoning` object where that is absent.
 * @throws RequestFault naming the field that holds something unknown.
 */
export function decodeReasoning(effort: JsonValue | undefined, object: JsonValue | undefined): Reasoning | undefined {
  if (effort !== undefined && effort !== null) return readEffort(effort, 'reasoning_effort');
  if (object === undefined || object === null) return undefined;
  if (!isObject(object)) throw wrongType('reasoning', 'an object');
  const summary = object['exclude'] === true ? ({ summary: 'none' } as const) : {};
  const nested = object['effort'];
  if (nested !== undefined && nested !== null) return { ...readEffort(nested, 'reasoning.effort'), ...summary };
  const budgetTokens = object['max_tokens'];
  if (typeof budgetTokens === 'number') return { mode: 'budget', budgetTokens, summary: 'auto', ...summary };
  if (object['enabled'] === false) return { mode: 'off' };
  if (object['enabled'] === true) return { mode: 'auto', summary: 'auto', ...summary };
  return object['exclude'] === true ? { summary: 'none' } : undefined;
}

function readEffort(value: JsonValue, path: string): Reasoning {
  if (value === 'none') return { mode: 'off' };
  if (value === 'auto') return { mode: 'auto', summary: 'auto' };
  if (!isEffort(value)) {
    const known = ['none', ...EFFORTS].join(', ');
    throw new RequestFault(`${path} must be one of ${known}`, path, { code: 'invalid_value' });
  }
  return { mode: 'effort', effort: value, summary: 'auto' };
}

/** The value of `reasoning_effort`; `undefined` leaves the field out, so that the model decides. */
export function encodeReasoning(reasoning: Reasoning | undefined, model: ModelInfo): string | undefined {
  switch (reasoning?.mode) {
    case undefined:
      return undefined;
    case 'effort':
      return reasoning.effort;
    case 'budget':
      return budgetWord(reasoning.budgetTokens ?? 0);
    case 'auto':
      return model.userDefined ? 'auto' : undefined;
    case 'off':
      return model.userDefined || model.thinking?.zeroAllowed !== false ? 'none' : model.thinking.levels[0];
  }
}

function budgetWord(budgetTokens: number): string {
  if (budgetTokens <= 0) return budgetTokens === 0 ? 'none' : 'auto';
  return effortOfBudget(budgetTokens);
}

export const readReasoning = (body: WireBody): Reasoning | undefined =>
  decodeReasoning(body.get('reasoning_effort'), body.get('reasoning'));

/** Writes thinking settings where the body already speaks of them; else as `reasoning_effort`. */
export function editReasoning(body: WireBody, reasoning: Reasoning | undefined, model: ModelInfo): void {
  const effort = encodeReasoning(reasoning, model);
  const object = body.get('reasoning');
  if (!isObject(object) || typeof body.get('reasoning_effort') === 'string') {
    body.set('reasoning', undefined);
    body.set('reasoning_effort', effort);
    return;
  }
  const { effort: _effort, max_tokens: _budget, enabled: _enabled, ...kept } = object;
  const edited = effort === undefined ? kept : { ...kept, effort };
  body.set('reasoning', reasoning === undefined || Object.keys(edited).length === 0 ? undefined : edited);
}

/**
 * The thinking text of a message or delta. Servers disagree on the name; the first one that says something counts,
 * since some send the same text under two.
 */
export function reasoningText(message: JsonObject): string | undefined {
  return (
    textOf(message['reasoning_content']) ??
    textOf(message['reasoning_text']) ??
    textOf(message['reasoning']) ??
    joined(listOf(message['content']).flatMap(reasoningOfPart)) ??
    joined(listOf(message['reasoning_details']).flatMap(reasoningOfDetail))
  );
}

export const isReasoningPart = (part: JsonValue): part is JsonObject =>
  isObject(part) && (part['type'] === 'reasoning' || part['type'] === 'thinking');

/** Mistral nests: `{type: 'thinking', thinking: [{type: 'text', text}]}`. */
export function reasoningOfPart(part: JsonValue): string[] {
  if (!isReasoningPart(part)) return [];
  const text = textOf(part['text']) ?? textOf(part['reasoning']) ?? textOf(part['thinking']);
  if (text !== undefined) return [text];
  return listOf(part['thinking']).flatMap((inner) => textOf(objectOf(inner)?.['text']) ?? []);
}

const reasoningOfDetail = (detail: JsonValue): string[] => {
  const text = textOf(objectOf(detail)?.['text']) ?? textOf(objectOf(detail)?.['summary']);
  return text === undefined ? [] : [text];
};

const joined = (texts: readonly string[]): string | undefined => textOf(texts.join(''));

/**
 * Vendor state beside the thinking text, that the server wants back on the assistant message: Copilot's
 * `reasoning_opaque` and OpenRouter's `reasoning_details`.
 */
export interface ReasoningState {
  readonly reasoning_opaque?: string;
  readonly reasoning_details?: readonly JsonObject[];
}

/** As text for an `Opaque`; base64url, because it may travel in slots that expect a signature. */
export const packState = (state: ReasoningState): string =>
  encodeBase64Text(JSON.stringify(state)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

export function unpackState(value: string): ReasoningState | undefined {
  const state = parseJson(decodeBase64Text(value));
  if (!isObject(state)) return undefined;
  const opaque = textOf(state['reasoning_opaque']);
  const details = listOf(state['reasoning_details']).filter(isObject);
  if (opaque === undefined && details.length === 0) return undefined;
  return {
    ...(opaque === undefined ? {} : { reasoning_opaque: opaque }),
    ...(details.length === 0 ? {} : { reasoning_details: details }),
  };
}

/** Gathers that state over the deltas of an answer. */
export function openStateKeeper(): { add(message: JsonObject): void; packed(): string | undefined } {
  let opaque: string | undefined;
  let details: JsonObject[] = [];
  return {
    add(message) {
      opaque = textOf(message['reasoning_opaque']) ?? opaque;
      for (const detail of listOf(message['reasoning_details']))
        if (isObject(detail)) details = append(details, detail);
    },
    packed() {
      // Without a signature or encrypted data the details only repeat the text.
      const isState = details.some((detail) => textOf(detail['signature']) ?? textOf(detail['data']));
      if (opaque === undefined && !isState) return undefined;
      const value = packState({
        ...(opaque === undefined ? {} : { reasoning_opaque: opaque }),
        ...(isState ? { reasoning_details: details } : {}),
      });
      opaque = undefined;
      details = [];
      return value;
    },
  };
}

/** A stream cuts one detail into many of the same type and index. */
function append(details: readonly JsonObject[], next: JsonObject): JsonObject[] {
  const last = details.at(-1);
  if (last === undefined || last['type'] !== next['type'] || last['index'] !== next['index']) return [...details, next];
  const merged: Record<string, JsonValue | undefined> = { ...last };
  for (const [key, value] of Object.entries(next)) {
    const before = merged[key];
    const grows = (key === 'text' || key === 'summary' || key === 'data') && typeof before === 'string';
    if (value !== null) merged[key] = grows && typeof value === 'string' ? before + value : value;
  }
  return [...details.slice(0, -1), merged];
}
