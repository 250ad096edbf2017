import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Citation } from '../../ir/request.js';
import { asString, ID, ownExt } from './wire.js';

/** A citation that names a page; `undefined` for those that point into a document of the request. */
export function readCitation(value: JsonValue): Citation | undefined {
  if (!isObject(value)) return undefined;
  const url = asString(value['url']) ?? asString(value['source']);
  if (url === undefined) return undefined;
  const title = asString(value['title']);
  const quote = asString(value['cited_text']);
  return {
    url,
    ...(title === undefined ? {} : { title }),
    ...(quote === undefined ? {} : { quote }),
    ext: { [ID]: value },
  };
}

/** The vendor's own form where it came from there, else a web citation without the vendor's index. */
export function printCitation(citation: Citation): JsonObject {
  const own = ownExt(citation);
  if (Object.keys(own).length > 0) return own;
  return {
    type: 'web_search_result_location',
    url: citation.url,
    title: citation.title ?? null,
    cited_text: citation.quote ?? '',
    encrypted_index: '',
  };
}
