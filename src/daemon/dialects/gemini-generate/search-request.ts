import type { JsonObject } from '../../ir/json.js';
import type { HostedTool, ModelRequest } from '../../ir/request.js';
import type { EncodeRequestContext } from '../dialect.js';

const RESULTS = 5;

/**
 * Anthropic's clients have their searches run by a request of its own, whose only tool is the search. Some models behind
 * Antigravity take such a request, Claude among them, which knows no Google tools otherwise.
 */
export const isSearchOnly = (
  { dialect, tools, toolChoice }: ModelRequest,
  { model }: Pick<EncodeRequestContext, 'model'>,
): boolean =>
  dialect === 'anthropic-messages' &&
  model.traits.has('antigravity') &&
  model.traits.has('web-search') &&
  toolChoice?.mode !== 'none' &&
  tools.length > 0 &&
  tools.every(isSearch);

const isSearch = (tool: ModelRequest['tools'][number]): tool is HostedTool =>
  tool.kind === 'hosted' && tool.capability === 'web-search';

/** What the search is told: how many results, and of which sites. */
export function searchSettings({ tools }: ModelRequest): JsonObject {
  const search = tools.find(isSearch);
  const domains = search?.allowedDomains ?? [];
  return {
    enhancedContent: { imageSearch: { maxResultCount: search?.maxUses ?? RESULTS } },
    ...(domains.length === 0 ? {} : { includedDomains: domains }),
  };
}
