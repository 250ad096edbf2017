import { AppError } from '../../../shared/errors.js';
import { VERSION } from '../../../shared/version.js';
import { isObject, type JsonObject, type JsonValue, ownValue } from '../../ir/json.js';
import type { ModelInfo, ThinkingCapability } from '../../ir/model.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError } from '../../login/vendor-call.js';
import { accessTokenOf } from '../account-fields.js';
import { accountHeaders } from './account-headers.js';
import { readCodexClaims } from './claims.js';
import plans from './plans.json' with { type: 'json' };

/** The catalogue's models as the plan in the id token has them; a plan we do not know counts as Plus. */
export function planModels(fields: JsonObject, catalogue: readonly ModelInfo[]): readonly ModelInfo[] {
  const { plan = 'plus' } = readCodexClaims(fields);
  const name = ownValue<string>(plans.alike, plan) ?? plan;
  const offered = ownValue<Readonly<Record<string, number>>>(plans.contextTokens, name) ?? plans.contextTokens.plus;
  return catalogue.flatMap((model) => {
    const contextTokens = ownValue(offered, model.id);
    return contextTokens === undefined ? [] : [{ ...model, contextTokens }];
  });
}

/** The backend's own list. It goes by the version of the client that asks: we tell ours. @throws AppError */
export async function listCodexModels(
  base: string,
  fields: JsonObject,
  context: AccountContext,
): Promise<readonly ModelInfo[]> {
  const reply = await callVendor(context, {
    method: 'GET',
    url: `${base}/models?client_version=${encodeURIComponent(VERSION)}`,
    headers: accountHeaders(accessTokenOf(fields), readCodexClaims(fields)),
    timeoutMs: 5_000,
    maxBytes: 2 * 1024 * 1024,
  });
  const listed: JsonValue | undefined = reply.body['models'];
  const models = Array.isArray(listed) ? (listed as readonly JsonValue[]).flatMap(readModel) : [];
  if (reply.status === 200 && models.length > 0) return models;
  const why = reply.status === 200 ? 'the list is empty' : readVendorError(reply).message;
  throw new AppError('models_unavailable', `OpenAI does not list the models of this account: ${why}`);
}

const LEVELS = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** One bad item must not lose the list. */
function readModel(item: JsonValue): readonly ModelInfo[] {
  if (!isObject(item)) return [];
  const { slug, display_name: name, visibility, supported_in_api: inApi } = item;
  if (typeof slug !== 'string' || slug === '' || visibility === 'hide' || visibility === 'hidden' || inApi === false) {
    return [];
  }
  const context = item['context_window'];
  const modalities = item['input_modalities'];
  const thinking = readLevels(item['supported_reasoning_levels']);
  return [
    {
      id: slug,
      ownedBy: 'openai',
      userDefined: false,
      traits: new Set(),
      maxOutputTokens: 128_000,
      ...(typeof name === 'string' ? { displayName: name } : {}),
      ...(typeof context === 'number' ? { contextTokens: context } : {}),
      ...(thinking === undefined ? {} : { thinking }),
      ...(Array.isArray(modalities)
        ? { inputModalities: modalities.filter((kind): kind is string => typeof kind === 'string') }
        : {}),
    },
  ];
}

function readLevels(value: JsonValue | undefined): ThinkingCapability | undefined {
  if (!Array.isArray(value)) return undefined;
  const names = (value as readonly JsonValue[]).map((level) => (isObject(level) ? level['effort'] : level));
  const levels = LEVELS.filter((level) => names.includes(level));
  if (levels.length === 0) return undefined;
  return { zeroAllowed: names.includes('none'), dynamicAllowed: false, levels };
}
