import { AppError } from '../../../shared/errors.js';
import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import type { AccountContext } from '../../login/account-context.js';
import { callVendor, textOf, type VendorReply } from '../../login/vendor-call.js';
import { apiRootOf } from './addresses.js';
import { apiHeaders } from './api-headers.js';
import { sentProfileOf } from './fields.js';
import type { SearchResult } from './search-event.js';

const TIMEOUT_MS = 30_000;
const DESCRIBE_TIMEOUT_MS = 3_000;
/** Before what may pass by itself is asked again. */
const WAITS_MS = [2_000, 4_000] as const;

/** Kiro's own search, over MCP. */
export interface SearchService {
  /** How the service describes it; asked once. `undefined`: it does not say. */
  describe(): Promise<string | undefined>;
  /** `undefined`: it failed. */
  search(query: string): Promise<readonly SearchResult[] | undefined>;
}

export function openSearchService(fields: JsonObject, context: AccountContext): SearchService {
  let known: string | undefined;

  const call = async (request: JsonObject): Promise<JsonObject | undefined> => {
    for (let tries = 0; ; tries += 1) {
      const reply = await ask(request, TIMEOUT_MS);
      if (reply?.status === 200) return resultIn(reply);
      const wait = WAITS_MS[tries];
      const mayPass = reply === undefined || (reply.status >= 502 && reply.status <= 504);
      if (!mayPass || wait === undefined) return undefined;
      await context.clock.sleep(wait);
    }
  };
  const ask = (request: JsonObject, timeoutMs: number): Promise<VendorReply | undefined> => {
    const profile = sentProfileOf(fields);
    return callVendor(context, {
      url: `${apiRootOf(fields, context)}/mcp`,
      headers: { ...apiHeaders(fields), ...(profile === undefined ? {} : { 'x-amzn-kiro-profile-arn': profile }) },
      json: { jsonrpc: '2.0', ...request },
      timeoutMs,
    }).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'vendor_unreachable') return undefined;
      throw error;
    });
  };

  return {
    async describe() {
      // Words of our own stand in: not worth a long wait, or a second try.
      known ??= descriptionIn(await ask({ id: 'tools_list', method: 'tools/list' }, DESCRIBE_TIMEOUT_MS));
      return known;
    },
    async search(query) {
      const params = { name: 'web_search', arguments: { query } };
      return resultsIn(await call({ id: 'web_search', method: 'tools/call', params }));
    },
  };
}

function descriptionIn(reply: VendorReply | undefined): string | undefined {
  const result = reply === undefined ? undefined : resultIn(reply);
  const tools: readonly JsonValue[] = Array.isArray(result?.['tools']) ? result['tools'] : [];
  return textOf(tools.filter(isObject).find(({ name }) => name === 'web_search')?.['description']);
}

const resultIn = ({ status, body }: VendorReply): JsonObject | undefined =>
  status === 200 && isObject(body['result']) ? body['result'] : undefined;

/** The content is a text, and the text is JSON. */
function resultsIn(result: JsonObject | undefined): readonly SearchResult[] | undefined {
  const content: readonly JsonValue[] = Array.isArray(result?.['content']) ? result['content'] : [];
  const text = content.filter(isObject).map((item) => textOf(item['text']))[0];
  const found = text === undefined ? undefined : parseJson(text);
  if (result?.['isError'] === true || !isObject(found) || textOf(found['error']) !== undefined) return undefined;
  const items: readonly JsonValue[] = Array.isArray(found['results']) ? found['results'] : [];
  return items.flatMap((item) => {
    const url = isObject(item) ? textOf(item['url']) : undefined;
    if (!isObject(item) || url === undefined) return [];
    const title = textOf(item['title']);
    const snippet = textOf(item['snippet']);
    return [{ url, ...(title === undefined ? {} : { title }), ...(snippet === undefined ? {} : { snippet }) }];
  });
}
