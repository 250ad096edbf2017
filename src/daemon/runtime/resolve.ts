import { parseModelName } from '../models/reasoning.js';
import type { Plan } from '../pool/plan.js';
import type { FindRoute } from './routes.js';

export interface ResolverParts {
  readonly findRoute: FindRoute;
  readonly fallbacksOf: Plan['fallbacksOf'];
  /** The name that `auto` stands for. */
  readonly autoModel: string | undefined;
}

/**
 * From a client's name to its route: the thinking suffix off, `auto` decided, the short name completed. A name that
 * itself ends in brackets is found too; one that nobody serves goes to the first of its fallbacks.
 */
export function openResolver({ findRoute, fallbacksOf, autoModel }: ResolverParts): Plan['resolve'] {
  return (model) => {
    const { base, suffix } = parseModelName(model);
    const modelName = base === 'auto' ? (autoModel ?? base) : base;
    return { modelName, suffix, route: findRoute(modelName) ?? findRoute(model) ?? fallbacksOf(modelName)[0] };
  };
}
