import { AppError } from '../../../shared/errors.js';
import { VENDOR_URLS } from '../../../shared/vendor-urls.js';
import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { ModelInfo } from '../../ir/model.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, readVendorError, textOf } from '../../login/vendor-call.js';
import { fieldText } from '../account-fields.js';
import { openAccountTokens } from './account-tokens.js';
import { geminiRoot } from './requests.js';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;
const PAGE_SIZE = 1000;
/** Far more than Google has: a list that never ends must not keep us. */
const MAX_PAGES = 10;

/** What Google lists for this login's project. @throws AppError `models_unavailable` */
export async function listGeminiModels(fields: JsonObject, context: AccountContext): Promise<readonly ModelInfo[]> {
  const tokens = openAccountTokens(fields, context);
  const unready = await tokens.own?.ready();
  if (unready !== undefined) throw unavailable(unready.message);
  const project = fieldText(fields, 'project_id');
  const headers = {
    authorization: `Bearer ${tokens.token()}`,
    ...(project === undefined ? {} : { 'x-goog-user-project': project }),
  };
  const root = geminiRoot(context.settings.upstreamUrl ?? VENDOR_URLS.gemini);
  const byId = new Map<string, ModelInfo>();
  let pageToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const query = new URLSearchParams({
      pageSize: String(PAGE_SIZE),
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    const { status, body, ...reply } = await callVendor(context, {
      method: 'GET',
      url: `${root}/v1beta/models?${query}`,
      headers,
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    if (status !== 200) throw unavailable(readVendorError({ status, body, ...reply }, [tokens.token()]).message);
    for (const model of readModels(body)) if (!byId.has(model.id)) byId.set(model.id, model);
    pageToken = textOf(body['nextPageToken']);
    if (pageToken === undefined || pageToken === '') break;
  }
  if (byId.size > 0) return [...byId.values()];
  throw unavailable('the list is empty');
}

const unavailable = (why: string): AppError =>
  new AppError('models_unavailable', `Google does not list its models: ${why}`);

function readModels({ models }: JsonObject): readonly ModelInfo[] {
  const list: readonly JsonValue[] = Array.isArray(models) ? models : [];
  // One bad item must not lose the list.
  return list.flatMap((item) => (isObject(item) ? (readModel(item) ?? []) : []));
}

/** Google tells names and limits; the rest is the catalogue's. */
function readModel(item: JsonObject): ModelInfo | undefined {
  const id = textOf(item['name'])?.replace(/^models\//, '');
  const methods = item['supportedGenerationMethods'];
  const can = (method: string): boolean => Array.isArray(methods) && methods.includes(method);
  const isEmbedding = can('embedContent');
  if (id === undefined || !/^[\w.-]+$/.test(id) || !(isEmbedding || can('generateContent'))) return undefined;
  const displayName = textOf(item['displayName']);
  const [context, output] = [positive(item['inputTokenLimit']), positive(item['outputTokenLimit'])];
  return {
    id,
    ownedBy: 'google',
    userDefined: true,
    traits: new Set(),
    ...(displayName === undefined ? {} : { displayName }),
    ...(context === undefined ? {} : { contextTokens: context }),
    ...(output === undefined || isEmbedding ? {} : { maxOutputTokens: output }),
    ...(isEmbedding ? { outputModalities: ['embedding'] } : {}),
  };
}

const positive = (value: JsonValue | undefined): number | undefined =>
  typeof value === 'number' && value > 0 ? value : undefined;
