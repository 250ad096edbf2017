import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { Reasoning } from '../../ir/request.js';
import { effortOfBudget, isEffort } from '../../ir/thinking.js';
import type { WireBody } from '../dialect.js';

const SUMMARIES = ['none', 'auto', 'concise', 'detailed'] as const;

/**
 * Reads `reasoning`. An effort we have no word for (`ultra`, which some models advertise) says nothing here and is left
 * to the model that knows it.
 */
export function decodeReasoning(value: JsonValue | undefined): Reasoning | undefined {
  if (!isObject(value)) return undefined;
  const { effort, summary, generate_summary: older } = value;
  const shown = SUMMARIES.find((word) => word === (summary ?? older));
  const amount = decodeEffort(effort);
  if (amount === undefined && shown === undefined) return undefined;
  return { ...amount, ...(shown === undefined ? {} : { summary: shown }) };
}

function decodeEffort(value: JsonValue | undefined): Reasoning | undefined {
  if (value === 'none') return { mode: 'off' };
  if (value === 'auto') return { mode: 'auto' };
  return isEffort(value) ? { mode: 'effort', effort: value } : undefined;
}

/** The effort on the wire; `undefined` leaves the choice to the model. */
function printEffort({ mode, effort, budgetTokens = 0 }: Reasoning, model: ModelInfo): string | undefined {
  switch (mode) {
    case 'off':
      return model.userDefined || model.thinking?.zeroAllowed !== false ? 'none' : model.thinking.levels[0];
    case 'auto':
      return model.userDefined ? 'auto' : undefined;
    case 'effort':
      return effort;
    case 'budget':
      return effortOfBudget(budgetTokens);
    default:
      return undefined;
  }
}

/** The `reasoning` member for settings of any dialect; `undefined` when there is nothing to say. */
export function printReasoning(reasoning: Reasoning | undefined, model: ModelInfo): JsonObject | undefined {
  if (reasoning === undefined) return undefined;
  const effort = printEffort(reasoning, model);
  const isShown = reasoning.mode !== 'off' && reasoning.summary !== undefined && reasoning.summary !== 'none';
  if (effort === undefined && !isShown) return undefined;
  return { ...(effort === undefined ? {} : { effort }), ...(isShown ? { summary: reasoning.summary } : {}) };
}

export const readReasoning = (body: WireBody): Reasoning | undefined => decodeReasoning(body.get('reasoning'));

/** Writes effort and summary into `reasoning` and leaves its other members alone. */
export function editReasoning(body: WireBody, reasoning: Reasoning | undefined, model: ModelInfo): void {
  const before = body.get('reasoning');
  const { effort: _effort, summary: _summary, generate_summary: _older, ...others } = isObject(before) ? before : {};
  const edited = { ...others, ...printReasoning(reasoning, model) };
  body.set('reasoning', reasoning === undefined || Object.keys(edited).length === 0 ? undefined : edited);
}
