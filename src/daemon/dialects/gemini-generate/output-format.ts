import type { JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { ModelRequest } from '../../ir/request.js';

export interface OutputPlan {
  /** Members of `generationConfig` that enforce the format. */
  readonly config: JsonObject;
  /** Where nothing can enforce it: what the system prompt asks for. */
  readonly note?: string;
}

const JSON_MIME = 'application/json';
const JSON_NOTE = 'When you give your final answer, respond with one JSON object only: no other text, no code fence.';

/** How to get structured output. Before Gemini 3, models answer 400 to a JSON format beside functions. */
export function planOutput({ output, tools }: ModelRequest, { traits }: ModelInfo): OutputPlan {
  if (output === undefined || output.type === 'text') return { config: {} };
  const hasFunctions = tools.some(({ kind }) => kind !== 'hosted');
  if (output.type === 'json') {
    return hasFunctions && !traits.has('gemini-3')
      ? { config: {}, note: JSON_NOTE }
      : { config: { responseMimeType: JSON_MIME } };
  }
  const { schema } = output;
  return hasFunctions && !traits.has('gemini-3')
    ? { config: {}, note: `${JSON_NOTE} It must match this JSON Schema:\n${JSON.stringify(schema)}` }
    : { config: { responseMimeType: JSON_MIME, responseJsonSchema: schema } };
}
