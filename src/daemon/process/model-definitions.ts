import type { ModelDefinition } from '../../shared/contract/management/models.js';
import type { ModelInfo } from '../ir/model.js';
import type { Catalog, CatalogId } from '../models/catalog.js';

/** Which list a channel of web UIs has; `undefined`: there is none of that vendor. */
const CHANNELS: Readonly<Record<string, CatalogId | undefined>> = {
  claude: 'claude',
  codex: 'codex',
  gemini: 'gemini',
  'gemini-interactions': 'gemini',
  aistudio: 'gemini',
  vertex: 'vertex',
  'github-copilot': 'copilot',
  kilo: 'kilo',
  kiro: 'kiro',
  kimi: undefined,
  antigravity: 'antigravity',
  xai: undefined,
};

/** Model lists by channel; read with the first question, since most daemons' primaries are never asked. */
export function openModelDefinitions(): (channel: string) => Promise<readonly ModelDefinition[] | undefined> {
  let catalog: Promise<Catalog> | undefined;
  return async (channel) => {
    if (!Object.hasOwn(CHANNELS, channel)) return undefined;
    catalog ??= import('../models/catalog.js').then(({ openCatalog }) => openCatalog());
    const id = CHANNELS[channel];
    return id === undefined ? [] : (await catalog).list(id).map((model) => define(model, channel));
  };
}

function define(model: ModelInfo, channel: string): ModelDefinition {
  const { id, displayName = id, ownedBy, contextTokens, maxOutputTokens, thinking } = model;
  return {
    id,
    object: 'model',
    type: channel,
    display_name: displayName,
    ...(ownedBy === undefined ? {} : { owned_by: ownedBy }),
    ...(contextTokens === undefined ? {} : { context_length: contextTokens }),
    ...(maxOutputTokens === undefined ? {} : { max_completion_tokens: maxOutputTokens }),
    ...(thinking === undefined
      ? {}
      : {
          thinking: {
            ...(thinking.min === undefined ? {} : { min: thinking.min }),
            ...(thinking.max === undefined ? {} : { max: thinking.max }),
            zero_allowed: thinking.zeroAllowed,
            dynamic_allowed: thinking.dynamicAllowed,
            levels: [...thinking.levels],
          },
        }),
  };
}
