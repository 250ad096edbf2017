import { RequestFault } from '../../src/daemon/ir/error.js';
import type { JsonObject, JsonValue } from '../../src/daemon/ir/json.js';
import type { ModelInfo } from '../../src/daemon/ir/model.js';
import { parseModelName } from '../../src/daemon/models/reasoning.js';
import { knownModel, type Side, sideOf, type Translated, translate } from './sides.js';

export const C = sideOf('openai-chat');
export const R = sideOf('openai-responses');
export const A = sideOf('anthropic-messages');
export const G = sideOf('gemini-generate');
export const G2 = knownModel('gemini-2.5-flash');
export const G3 = knownModel('gemini-3-flash-preview');
export const A6 = knownModel('claude-opus-4-6');
export const VERTEX: ModelInfo = { ...G3, traits: new Set([...G3.traits, 'vertex']) };

export const hi: readonly JsonValue[] = [{ role: 'user', content: 'hi' }];
const DEFAULTS: Readonly<Record<string, JsonObject>> = {
  [C.id]: { model: 'm', messages: hi },
  [R.id]: { model: 'm', input: hi },
  [A.id]: { model: 'm', max_tokens: 100, messages: hi },
  [G.id]: { model: 'm', contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
};

export const sent = (from: Side, to: Side, body: JsonObject, model?: ModelInfo): Translated =>
  translate({ ...DEFAULTS[from.id], ...body }, from, to, model === undefined ? {} : { model });
export const up = (from: Side, to: Side, body: JsonObject, model?: ModelInfo): JsonObject =>
  sent(from, to, body, model).body;
/** With the suffix of a model name, as the engine reads it. */
export const suffixed = (name: string, from: Side, to: Side, body: JsonObject, model?: ModelInfo): JsonObject => {
  const { base, suffix } = parseModelName(name);
  const target = model ?? knownModel(base);
  const options = suffix === undefined ? { model: target } : { model: target, suffix };
  return translate({ ...DEFAULTS[from.id], ...body, model: base }, from, to, options).body;
};
export const refusal = (step: () => unknown): RequestFault => {
  try {
    step();
  } catch (error) {
    if (error instanceof RequestFault) return error;
    throw error;
  }
  throw new Error('it was not refused');
};

export const says = (...content: readonly JsonValue[]): JsonObject => ({
  messages: [{ role: 'user', content: [...content] }],
});
export const text = (value: string): JsonObject => ({ type: 'text', text: value });
export const fn = (name: string, parameters: JsonObject = { type: 'object', properties: {} }): JsonObject => ({
  type: 'function',
  function: { name, parameters },
});
export const tool = (name: string): JsonObject => ({ name, input_schema: { type: 'object', properties: {} } });
export const call = (id: string, name = 'f', args = '{}'): JsonObject => ({
  id,
  type: 'function',
  function: { name, arguments: args },
});
export const called = (...calls: readonly JsonObject[]): JsonObject => ({
  role: 'assistant',
  content: null,
  tool_calls: [...calls],
});
export const result = (id: string, content: JsonValue): JsonObject => ({ role: 'tool', tool_call_id: id, content });
export const userA = (...content: readonly JsonValue[]): JsonObject => ({ role: 'user', content: [...content] });
export const used = (id: string, name = 'f', input: JsonObject = {}): JsonObject => ({
  type: 'tool_use',
  id,
  name,
  input,
});
export const assistantA = (...content: readonly JsonValue[]): JsonObject => ({
  role: 'assistant',
  content: [...content],
});
export const PNG_BLOCK = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } };
export const PNG_DATA = { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } };

export interface Case {
  readonly name: string;
  readonly from: Side;
  readonly to: Side;
  readonly body: JsonObject;
  readonly model?: ModelInfo;
  /** Members of the upstream body; `undefined` for one that must not be there. */
  readonly expected: Readonly<Record<string, unknown>>;
}
