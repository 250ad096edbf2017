import type { JsonObject } from '../ir/json.js';
import type { ModelPricing } from '../ir/model.js';
import type { ListedModel } from '../runtime/snapshot.js';

/** The three shapes of a model list; clients tell themselves apart by their headers. */
export type ListShape = 'openai' | 'anthropic' | 'google';

export function listShape(header: (name: string) => string | undefined): ListShape {
  if (header('anthropic-version') !== undefined || header('user-agent')?.startsWith('claude-cli')) return 'anthropic';
  if (header('x-goog-api-key') !== undefined || header('user-agent')?.includes('google-genai-sdk')) return 'google';
  return 'openai';
}

/** `created` in seconds: we know no vendor's date, and a list that changes at each call would defeat caches. */
export function modelList(models: readonly ListedModel[], shape: ListShape, startedAt: number): JsonObject {
  switch (shape) {
    case 'openai':
      return { object: 'list', data: models.map((model) => openaiModel(model, startedAt)) };
    case 'anthropic':
      return {
        data: models.map((model) => anthropicModel(model, startedAt)),
        has_more: false,
        first_id: models[0]?.id ?? null,
        last_id: models.at(-1)?.id ?? null,
      };
    case 'google':
      return { models: models.map(googleModel) };
  }
}

export function oneModel(model: ListedModel, shape: ListShape, startedAt: number): JsonObject {
  switch (shape) {
    case 'openai':
      return openaiModel(model, startedAt);
    case 'anthropic':
      return anthropicModel(model, startedAt);
    case 'google':
      return googleModel(model);
  }
}

function openaiModel({ id, info, providers }: ListedModel, startedAt: number): JsonObject {
  return {
    id,
    object: 'model',
    created: Math.floor(startedAt / 1000),
    owned_by: info.ownedBy ?? providers[0] ?? 'cliproxyctl',
    ...limits(info),
  };
}

/** Context and output limits under the names that clients look for; absent where nobody told us. */
function limits(info: ListedModel['info']): JsonObject {
  return {
    ...(info.displayName === undefined ? {} : { display_name: info.displayName }),
    ...(info.contextTokens === undefined
      ? {}
      : { context_length: info.contextTokens, context_window: info.contextTokens }),
    ...(info.maxOutputTokens === undefined ? {} : { max_output_tokens: info.maxOutputTokens }),
    ...(info.inputModalities === undefined ? {} : { input_modalities: info.inputModalities }),
    ...(info.outputModalities === undefined ? {} : { output_modalities: info.outputModalities }),
    ...(info.thinking === undefined ? {} : { thinking_levels: info.thinking.levels }),
    ...(info.pricing === undefined ? {} : { pricing_usd_per_million: pricesOf(info.pricing) }),
    ...(info.planMultiplier === 0 ? { is_free: true } : {}),
    ...(info.mayTrain === undefined ? {} : { may_train_on_your_prompts: info.mayTrain }),
  };
}

const pricesOf = ({ input, output, cacheRead, cacheWrite }: ModelPricing): JsonObject => ({
  ...(input === undefined ? {} : { input }),
  ...(output === undefined ? {} : { output }),
  ...(cacheRead === undefined ? {} : { cache_read: cacheRead }),
  ...(cacheWrite === undefined ? {} : { cache_write: cacheWrite }),
});

function anthropicModel({ id, info }: ListedModel, startedAt: number): JsonObject {
  return {
    id,
    type: 'model',
    display_name: info.displayName ?? id,
    created_at: new Date(startedAt).toISOString(),
    ...(info.contextTokens === undefined ? {} : { max_input_tokens: info.contextTokens }),
    ...(info.maxOutputTokens === undefined ? {} : { max_tokens: info.maxOutputTokens }),
  };
}

const isEmbedding = ({ outputModalities }: ListedModel['info']): boolean =>
  outputModalities?.length === 1 && outputModalities[0] === 'embedding';

function googleModel({ id, info }: ListedModel): JsonObject {
  return {
    name: `models/${id}`,
    version: '001',
    displayName: info.displayName ?? id,
    description: info.displayName ?? id,
    ...(info.contextTokens === undefined ? {} : { inputTokenLimit: info.contextTokens }),
    ...(info.maxOutputTokens === undefined ? {} : { outputTokenLimit: info.maxOutputTokens }),
    supportedGenerationMethods: isEmbedding(info)
      ? ['embedContent', 'batchEmbedContents']
      : ['generateContent', 'countTokens'],
    ...(info.thinking === undefined ? {} : { thinking: true }),
  };
}
