import type { JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { OutputFormat } from '../../ir/request.js';
import { outputSchema } from './output-schema.js';
import { toolSchema } from './tool-schema.js';

export type OutputPlan =
  | { readonly kind: 'none' }
  /** The model enforces the schema itself. */
  | { readonly kind: 'format'; readonly format: JsonObject }
  /** A forced tool whose input is the answer. */
  | { readonly kind: 'tool'; readonly tool: JsonObject; readonly name: string }
  /** Nothing can enforce it, so the prompt asks for it. */
  | { readonly kind: 'note'; readonly text: string };

export interface OutputContext {
  readonly model: ModelInfo;
  readonly hasTools: boolean;
  readonly isThinking: boolean;
}

const JSON_NOTE = 'Respond with one JSON object only: no other text, no code fence.';

/** How to get structured output from this model. */
export function planOutput(
  output: OutputFormat | undefined,
  { model, hasTools, isThinking }: OutputContext,
): OutputPlan {
  if (output === undefined || output.type === 'text') return { kind: 'none' };
  if (output.type === 'json') return { kind: 'note', text: JSON_NOTE };
  const { schema } = output;
  if (model.traits.has('structured-output')) {
    return { kind: 'format', format: { type: 'json_schema', schema: outputSchema(schema) } };
  }
  // A forced tool refuses other tools' calls, and the vendor refuses it beside thinking. Its input is always an object.
  if (hasTools || isThinking || schema['type'] !== 'object') {
    return { kind: 'note', text: `${JSON_NOTE} It must match this JSON Schema:\n${JSON.stringify(schema)}` };
  }
  const name = (output.name ?? '').replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || 'json';
  const description = output.description ?? 'Gives the answer. Call it exactly once.';
  return { kind: 'tool', name, tool: { name, description, input_schema: toolSchema(schema) } };
}
