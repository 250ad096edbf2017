import type { JsonObject } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import { chosenModels, isFreeOnly } from './fields.js';

/** Costs nothing, as far as Kilo's list says or the name promises. */
export const isFree = ({ id, planMultiplier }: ModelInfo): boolean =>
  planMultiplier === 0 || id.endsWith(':free') || id === 'kilo-auto/free' || id === 'openrouter/free';

/** What of a list its owner wants to be offered; models that are named count, whether the list knows them or not. */
export function wantedModels(fields: JsonObject, listed: readonly ModelInfo[]): readonly ModelInfo[] {
  const models = isFreeOnly(fields) ? listed.filter(isFree) : listed;
  const byId = new Map(models.map((model) => [model.id, model]));
  return (
    chosenModels(fields)?.map((id) => byId.get(id) ?? { id, userDefined: true, traits: new Set<never>() }) ?? models
  );
}
