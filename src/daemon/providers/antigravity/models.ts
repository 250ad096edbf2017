import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo, ModelTrait, ThinkingCapability } from '../../ir/model.js';
import type { AccountContext } from '../../login/account-context.js';
import { readVendorError, textOf } from '../../login/vendor-call.js';
import { antigravityToken } from './api-headers.js';
import { fetchAvailableModels } from './available-models.js';
import { numberOf } from './fields.js';

/** What this account may ask for. @throws AppError `models_unavailable`, `vendor_unreachable` */
export async function listAntigravityModels(
  fields: JsonObject,
  context: AccountContext,
): Promise<readonly ModelInfo[]> {
  const reply = await fetchAvailableModels(fields, context);
  if (reply.status !== 200) {
    const { message } = readVendorError(reply, [antigravityToken(fields)]);
    throw new AppError('models_unavailable', `Antigravity does not list its models: ${message}`);
  }
  const { models, webSearchModelIds } = reply.body;
  const searching: readonly JsonValue[] = Array.isArray(webSearchModelIds) ? webSearchModelIds : [];
  const listed = Object.entries(isObject(models) ? models : {}).flatMap(([id, facts]) =>
    isOffered(id) && isObject(facts) ? [readModel(id, facts, searching.includes(id))] : [],
  );
  if (listed.length > 0) return listed;
  throw new AppError('models_unavailable', 'Antigravity lists no model for this account');
}

/** The editor's own helpers, for completion and chat, are in the list too. */
const isOffered = (id: string): boolean => /^[\w.-]+$/.test(id) && !/^(chat|tab)_/.test(id);

function readModel(id: string, facts: JsonObject, hasWebSearch: boolean): ModelInfo {
  const displayName = textOf(facts['displayName']);
  const context = positive(facts['maxTokens']);
  const output = positive(facts['maxOutputTokens']);
  const thinking = thinkingOf(id);
  const traits: readonly ModelTrait[] = [
    ...(isGemini3(id) ? (['gemini-3'] as const) : []),
    ...(hasWebSearch ? (['web-search'] as const) : []),
  ];
  return {
    id,
    userDefined: false,
    ownedBy: 'antigravity',
    traits: new Set(traits),
    inputModalities: [
      'text',
      ...(facts['supportsImages'] === false ? [] : ['image']),
      ...(facts['supportsVideo'] === true ? ['video'] : []),
    ],
    outputModalities: id.includes('image') ? ['text', 'image'] : ['text'],
    ...(displayName === undefined ? {} : { displayName }),
    ...(context === undefined ? {} : { contextTokens: context }),
    ...(output === undefined ? {} : { maxOutputTokens: output }),
    ...(thinking === undefined ? {} : { thinking }),
  };
}

/** `gemini-pro-agent` is Gemini 3.1 Pro under another name. */
const isGemini3 = (id: string): boolean => /^gemini-(3|pro-agent)/.test(id);

/** The list does not say how models think; this is as `data/antigravity.json` has it. */
function thinkingOf(id: string): ThinkingCapability | undefined {
  if (id.startsWith('claude')) {
    return { min: 1024, max: 64_000, zeroAllowed: true, dynamicAllowed: true, levels: [] };
  }
  if (isGemini3(id)) {
    const budgets = { min: 128, max: 32_768, zeroAllowed: id === 'gemini-3.1-flash-lite', dynamicAllowed: true };
    if (id.includes('image')) return { ...budgets, levels: ['minimal', 'high'] };
    const hasMinimal = !/pro|3\.[78]/.test(id);
    return { ...budgets, levels: [...(hasMinimal ? (['minimal'] as const) : []), 'low', 'medium', 'high'] };
  }
  if (!id.startsWith('gemini-2.5') || id.includes('image')) return undefined;
  const isPro = id.includes('pro');
  return { min: 128, max: isPro ? 32_768 : 24_576, zeroAllowed: !isPro, dynamicAllowed: true, levels: [] };
}

/** The vendors' own names: Claude's without the word that says that it thinks, and Gemini's, as other logins have them. */
export const antigravityAliases = ({ id }: ModelInfo): readonly string[] => [id.replace(/-thinking$/, '')];

const positive = (value: JsonValue | undefined): number | undefined => {
  const number = numberOf(value) ?? 0;
  return number > 0 ? number : undefined;
};
