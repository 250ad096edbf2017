import { isObject, type JsonObject, type JsonValue, parseJson } from '../../ir/json.js';
import { sniffMediaType } from '../../ir/media.js';
import type { ClientDialect } from '../dialect.js';

/** OpenAI's newer models give data only: a client that asked for links gets links of ours in its place. */
export const editRelayed: NonNullable<ClientDialect['editRelayed']> = ({ request, keepImage }) => {
  if (request.image?.delivery !== 'url' || keepImage === undefined) return undefined;
  const linked = (item: JsonValue, format: JsonValue | undefined): JsonValue => {
    if (!isObject(item) || typeof item['b64_json'] !== 'string') return item;
    const { b64_json: data, ...rest } = item;
    const mediaType = sniffMediaType(data) ?? `image/${typeof format === 'string' ? format : 'png'}`;
    const url = keepImage({ mediaType, data });
    return url === undefined ? item : { ...rest, url };
  };
  return (json) => {
    const answer = parseJson(json);
    if (!isObject(answer)) return json;
    const { data, output_format: format } = answer;
    const edited: JsonValue = Array.isArray(data)
      ? ({ ...answer, data: (data as readonly JsonValue[]).map((item) => linked(item, format)) } satisfies JsonObject)
      : linked(answer, format);
    return JSON.stringify(edited);
  };
};
