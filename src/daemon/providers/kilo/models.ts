import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo, ModelPricing, ThinkingCapability } from '../../ir/model.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError, type VendorReply } from '../../login/vendor-call.js';
import { inferenceBase } from './addresses.js';
import { kiloOrganization, kiloToken } from './fields.js';
import { accountHeaders, isAutoModel } from './headers.js';
import { wantedModels } from './wanted-models.js';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** The list as this account and the organisation that pays may use it. @throws AppError `models_unavailable` */
export async function listKiloModels(fields: JsonObject, context: AccountContext): Promise<readonly ModelInfo[]> {
  const token = kiloToken(fields);
  const organization = kiloOrganization(fields);
  const url = `${inferenceBase(fields, context)}/models`;
  const ask = (headers: Readonly<Record<string, string>>): Promise<VendorReply> =>
    callVendor(context, { method: 'GET', url, headers, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, listAs: 'data' });
  let reply = await ask(accountHeaders(token, organization));
  // The list is public: it still shows when only the token is bad, and the first request says so.
  if (reply.status === 401 && organization === undefined) reply = await ask({});
  if (reply.status !== 200) {
    throw new AppError(
      'models_unavailable',
      `Kilo does not list its models: ${readVendorError(reply, token === undefined ? [] : [token]).message}`,
    );
  }
  return wantedModels(fields, readModels(reply.body));
}

/** In Kilo's recommended order. @throws AppError `models_unavailable` when there is none. */
export function readModels(body: JsonObject): readonly ModelInfo[] {
  const { data } = body;
  const items: readonly JsonValue[] = Array.isArray(data) ? data : [];
  const read = items.flatMap((item) => {
    // One bad item must not lose the list.
    const model = isObject(item) ? readModel(item) : undefined;
    const place = isObject(item) ? numberOf(item['preferredIndex']) : undefined;
    return model === undefined ? [] : [{ model, place: place ?? Number.POSITIVE_INFINITY }];
  });
  const byId = new Map<string, ModelInfo>();
  for (const { model } of read.toSorted((a, b) => (a.place === b.place ? 0 : a.place - b.place))) {
    if (!byId.has(model.id)) byId.set(model.id, model);
  }
  if (byId.size > 0) return [...byId.values()];
  throw new AppError('models_unavailable', 'Kilo lists no model for this account');
}

function readModel(item: JsonObject): ModelInfo | undefined {
  const { id, name, isFree: isMarkedFree, mayTrainOnYourPrompts: mayTrain } = item;
  if (typeof id !== 'string' || id === '' || /[\s\p{Cc}]/u.test(id)) return undefined;
  const architecture = objectOf(item['architecture']);
  const inputs = textsOf(architecture['input_modalities']);
  const outputs = textsOf(architecture['output_modalities']);
  const parameters = textsOf(item['supported_parameters']);
  const context = positive(item['context_length']);
  const output =
    positive(objectOf(item['top_provider'])['max_completion_tokens']) ??
    positive(item['max_completion_tokens']) ??
    (context === undefined ? undefined : Math.ceil(context / 5));
  const pricing = readPricing(objectOf(item['pricing']));
  const free = isMarkedFree === true || id.endsWith(':free') || (pricing?.input === 0 && pricing.output === 0);
  const displayName = typeof name === 'string' && name !== '' ? name : id;
  const remarks = [
    ...(free && !/\bfree\b/i.test(displayName) ? ['free'] : []),
    ...(mayTrain === true ? ['prompts may be used for training'] : []),
  ];
  const native = NATIVE[String(objectOf(item['opencode'])['ai_sdk_provider'])];
  return {
    id,
    userDefined: false,
    traits: new Set(),
    displayName: remarks.length === 0 ? displayName : `${displayName} (${remarks.join('; ')})`,
    ownedBy: id.includes('/') ? id.slice(0, id.indexOf('/')) : 'kilo',
    ...(context === undefined ? {} : { contextTokens: context }),
    ...(output === undefined ? {} : { maxOutputTokens: output }),
    ...(inputs.length === 0 ? {} : { inputModalities: inputs }),
    ...(outputs.length === 0 ? {} : { outputModalities: outputs }),
    // The automatic models choose their own effort (kilo.md 8.17).
    ...(parameters.includes('reasoning') && !isAutoModel(id) ? { thinking: thinkingOf(id, output) } : {}),
    ...(pricing === undefined ? {} : { pricing }),
    ...(free ? { planMultiplier: 0 } : {}),
    ...(mayTrain === true ? { mayTrain } : {}),
    endpoints: native === undefined ? [CHAT] : [native, CHAT],
  };
}

const CHAT = '/chat/completions';
/** Which of Kilo's interfaces its own client takes for a model, by the SDK that the list names. */
const NATIVE: Readonly<Record<string, string>> = { anthropic: '/messages', openai: '/responses' };

/** What OpenRouter's `reasoning.effort` may be; each model behind it rounds as it can. */
const LEVELS = ['minimal', 'low', 'medium', 'high', 'xhigh'] as const;
/** Anthropic's least and, for a model that says nothing of its answers, largest budget. */
const BUDGET = { min: 1024, max: 63_999 };

/** Claude by its own interface takes budgets and levels: what its clients say of thinking is left as it is. */
function thinkingOf(id: string, largestAnswer: number | undefined): ThinkingCapability {
  const levels = { zeroAllowed: true, dynamicAllowed: true, levels: LEVELS };
  if (!id.startsWith('anthropic/')) return levels;
  return { ...levels, min: BUDGET.min, max: largestAnswer === undefined ? BUDGET.max : largestAnswer - 1 };
}

/** Kilo writes US dollars for one token, as a text; a negative price stands for "it depends". */
function readPricing(prices: JsonObject): ModelPricing | undefined {
  const perMillion = (member: string): number | undefined => {
    const text = prices[member];
    const value = typeof text === 'string' && text.trim() !== '' ? Number(text) : text;
    // Rounded where floating point leaves dust: 0.000003 times a million.
    return typeof value === 'number' && Number.isFinite(value) && value >= 0
      ? Math.round(value * 1e12) / 1e6
      : undefined;
  };
  const [input, output] = [perMillion('prompt'), perMillion('completion')];
  const [cacheRead, cacheWrite] = [perMillion('input_cache_read'), perMillion('input_cache_write')];
  const pricing: ModelPricing = {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(cacheRead === undefined ? {} : { cacheRead }),
    ...(cacheWrite === undefined ? {} : { cacheWrite }),
  };
  return Object.keys(pricing).length === 0 ? undefined : pricing;
}

/** The vendors' own names for their models, which other providers serve too. */
export function kiloAliases({ id }: ModelInfo): readonly string[] {
  const [vendor, name, ...more] = id.split('/');
  if (name === undefined || more.length > 0 || name.includes(':')) return [];
  if (vendor === 'anthropic') return [name.replaceAll('.', '-')];
  return vendor === 'openai' || vendor === 'google' ? [name] : [];
}

const EMPTY: JsonObject = {};
const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : EMPTY);
const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const positive = (value: JsonValue | undefined): number | undefined => {
  const number = numberOf(value);
  return number !== undefined && number > 0 ? number : undefined;
};
const textsOf = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => typeof item === 'string') : [];
