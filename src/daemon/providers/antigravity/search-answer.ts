import { isObject, type JsonObject } from '../../ir/json.js';
import { objectsIn } from './wire-names.js';

/** The chunks of a search's answer with its sources, which the service tells last, in front: so do Anthropic's searches. */
export function searchFirst(chunks: readonly JsonObject[]): readonly JsonObject[] {
  const [first] = chunks;
  const found = chunks
    .flatMap(({ candidates }) => objectsIn(candidates))
    .map(({ groundingMetadata }) => groundingMetadata)
    .filter(isObject);
  if (first === undefined || found.length === 0) return chunks;
  const { candidates: _candidates, ...shared } = first;
  const groundingMetadata = Object.assign({}, ...found);
  return [{ ...shared, candidates: [{ index: 0, groundingMetadata }] }, ...chunks];
}
