import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo, ThinkingCapability } from '../../ir/model.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError, textOf } from '../../login/vendor-call.js';
import type { ProviderAlias } from '../account.js';
import { accessTokenOf } from '../account-fields.js';
import { apiRootOf } from './addresses.js';
import { apiHeaders } from './api-headers.js';
import { originOf, sentProfileOf } from './fields.js';

/** A list that goes on and on is no list. */
const MAX_PAGES = 20;

/** The models of this account. @throws AppError `models_unavailable` */
export async function listKiroModels(fields: JsonObject, context: AccountContext): Promise<readonly ModelInfo[]> {
  const byId = new Map<string, ModelInfo>();
  let nextToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const body = await askPage(fields, context, nextToken);
    const items: readonly JsonValue[] = Array.isArray(body['models']) ? body['models'] : [];
    for (const item of items) {
      const model = isObject(item) ? readModel(item) : undefined;
      if (model !== undefined && !byId.has(model.id)) byId.set(model.id, model);
    }
    nextToken = textOf(body['nextToken']);
    if (nextToken === undefined) break;
  }
  if (byId.size > 0) return [...byId.values()];
  throw new AppError('models_unavailable', 'Kiro lists no model for this account');
}

async function askPage(
  fields: JsonObject,
  context: AccountContext,
  nextToken: string | undefined,
): Promise<JsonObject> {
  const url = new URL(`${apiRootOf(fields, context)}/ListAvailableModels`);
  const query = { origin: originOf(fields), profileArn: sentProfileOf(fields), nextToken };
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  const reply = await callVendor(context, {
    method: 'GET',
    url: url.href,
    headers: apiHeaders(fields),
    timeoutMs: 10_000,
    maxBytes: 2 * 1024 * 1024,
  });
  if (reply.status === 200) return reply.body;
  const { message } = readVendorError(reply, [accessTokenOf(fields)]);
  throw new AppError('models_unavailable', `Kiro does not list its models: ${message}`);
}

function readModel(item: JsonObject): ModelInfo | undefined {
  const id = textOf(item['modelId']);
  if (id === undefined) return undefined;
  const limits = isObject(item['tokenLimits']) ? item['tokenLimits'] : {};
  const context = numberOf(limits['maxInputTokens']);
  const output = numberOf(limits['maxOutputTokens']);
  const name = textOf(item['modelName']);
  const rate = numberOf(item['rateMultiplier']);
  const types: readonly JsonValue[] = Array.isArray(item['supportedInputTypes']) ? item['supportedInputTypes'] : [];
  const inputs = types.flatMap((type) => (typeof type === 'string' ? type.toLowerCase() : []));
  const thinking = thinkingOf(id);
  return {
    id,
    userDefined: false,
    ownedBy: 'kiro',
    traits: new Set(),
    inputModalities: inputs.length === 0 ? ['text'] : inputs,
    outputModalities: ['text'],
    ...(name === undefined ? {} : { displayName: name }),
    ...(context === undefined ? {} : { contextTokens: context }),
    ...(output === undefined ? {} : { maxOutputTokens: output }),
    ...(rate === undefined ? {} : { planMultiplier: rate }),
    ...(thinking === undefined ? {} : { thinking }),
  };
}

/** The list does not say: Claude thinks, but for Haiku, from 4.6 on by levels too. */
function thinkingOf(id: string): ThinkingCapability | undefined {
  const [, family, version = '0'] = /^claude-(opus|sonnet)-(\d+(?:\.\d+)?)$/.exec(id) ?? [];
  if (id !== 'auto' && family === undefined) return undefined;
  const isAdaptive = id === 'auto' || Number(version) >= 4.6;
  return {
    min: 1024,
    max: 64_000,
    zeroAllowed: true,
    dynamicAllowed: isAdaptive,
    levels: isAdaptive ? ['low', 'medium', 'high', 'xhigh', 'max'] : [],
  };
}

/** Dated names by which Claude's clients know what Kiro calls by version. */
const DATED: Readonly<Record<string, string>> = {
  'claude-opus-4.5': 'claude-opus-4-5-20251101',
  'claude-sonnet-4.5': 'claude-sonnet-4-5-20250929',
  'claude-sonnet-4': 'claude-sonnet-4-20250514',
  'claude-haiku-4.5': 'claude-haiku-4-5-20251001',
};

/**
 * `kiro-` and `amazonq-` as other gateways have it, and Anthropic's spelling of Claude; `-agentic` asks to write large files
 * in pieces, `-chat` is without tools.
 */
export function kiroAliases({ id }: ModelInfo): readonly (string | ProviderAlias)[] {
  const dashed = id.replaceAll('.', '-');
  const dated = Object.hasOwn(DATED, id) ? DATED[id] : undefined;
  return [
    `kiro-${dashed}`,
    `amazonq-${dashed}`,
    ...(id === 'auto' ? [] : [{ name: `kiro-${dashed}-agentic`, trait: 'writes-in-pieces' } as const]),
    { name: `kiro-${dashed}-chat`, trait: 'no-tools' },
    ...(id.startsWith('claude') && dashed !== id ? [dashed] : []),
    ...(dated === undefined ? [] : [dated]),
  ];
}

const numberOf = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
