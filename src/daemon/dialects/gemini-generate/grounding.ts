import { isObject, type JsonObject, type JsonValue } from '../../ir/json.js';
import type { Citation, SearchPart } from '../../ir/request.js';
import { byteLength, byteOfUnit, findSegment, type TextSpan } from './text-offsets.js';

type Result = SearchPart['results'][number];

export interface Grounding {
  readonly search?: SearchPart;
  /** By the index of the text block that each belongs to. */
  readonly citations: readonly { readonly index: number; readonly citation: Citation }[];
}

/** Reads `groundingMetadata` into a search and the citations of the answer's text blocks. */
export function readGrounding(metadata: JsonObject, spans: readonly TextSpan[], newId: () => string): Grounding {
  const chunks = listOf(metadata['groundingChunks']).map(readChunk);
  const queries = listOf(metadata['webSearchQueries']).filter((query) => typeof query === 'string');
  const results = chunks.filter((chunk) => chunk !== undefined);
  const whole = spans.map(({ text }) => text).join('');
  const citations = listOf(metadata['groundingSupports']).flatMap((support) => {
    if (!isObject(support) || !isObject(support['segment'])) return [];
    const place = placeOf(support['segment'], whole, spans);
    if (place === undefined) return [];
    return listOf(support['groundingChunkIndices']).flatMap((at) => {
      const source = typeof at === 'number' ? chunks[at] : undefined;
      if (source === undefined) return [];
      return [{ index: place.index, citation: { ...source, start: place.start, end: place.end } }];
    });
  });
  const hasSearched = queries.length > 0 || results.length > 0;
  return { ...(hasSearched ? { search: { type: 'search', id: newId(), queries, results } } : {}), citations };
}

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : []);

/** The source of a chunk: a page, a place on the map, or a document of the user's own. */
function readChunk(chunk: JsonValue): Result | undefined {
  if (!isObject(chunk)) return undefined;
  const source = chunk['web'] ?? chunk['retrievedContext'] ?? chunk['maps'];
  if (!isObject(source) || typeof source['uri'] !== 'string') return undefined;
  const { uri: url, title } = source;
  return typeof title === 'string' ? { url, title } : { url };
}

function placeOf(segment: JsonObject, whole: string, spans: readonly TextSpan[]) {
  const number = (name: string): number => {
    const value = segment[name];
    return typeof value === 'number' ? value : 0;
  };
  const text = typeof segment['text'] === 'string' ? segment['text'] : undefined;
  const range = findSegment(whole, { start: number('startIndex'), end: number('endIndex'), text });
  if (range === undefined) return undefined;
  const span = spans.findLast(({ start }) => start <= range.start);
  if (span === undefined) return undefined;
  const start = range.start - span.start;
  return { index: span.index, start, end: Math.min(range.end - span.start, span.text.length) };
}

/** A text block with its citations, for printing. */
export interface CitedText {
  readonly text: string;
  readonly citations: readonly Citation[];
  /** Part number, where the answer's parts are apart; a stream counts through its whole text. */
  readonly partIndex?: number;
}

/** Prints `groundingMetadata`; `undefined` when nothing was searched or cited. */
export function printGrounding(searches: readonly SearchPart[], texts: readonly CitedText[]): JsonObject | undefined {
  const sources = new Map<string, string | undefined>();
  const cited = texts.flatMap(({ citations }) => citations);
  for (const { url, title } of [...searches.flatMap(({ results }) => results), ...cited]) {
    if (!sources.has(url)) sources.set(url, title);
  }
  if (searches.length === 0 && cited.length === 0) return undefined;
  const urls = [...sources.keys()];
  const queries = searches.flatMap((search) => search.queries);
  return {
    ...(queries.length === 0 ? {} : { webSearchQueries: queries }),
    groundingChunks: [...sources].map(([uri, title]) => ({ web: title === undefined ? { uri } : { uri, title } })),
    ...(cited.length === 0 ? {} : { groundingSupports: printSupports(texts, urls) }),
  };
}

function printSupports(texts: readonly CitedText[], urls: readonly string[]): readonly JsonObject[] {
  let base = 0;
  return texts.flatMap(({ text, citations, partIndex }) => {
    const offset = partIndex === undefined ? base : 0;
    base += byteLength(text);
    return citations.map(({ url, start = 0, end = text.length }) => ({
      segment: {
        ...(partIndex === undefined || partIndex === 0 ? {} : { partIndex }),
        startIndex: offset + byteOfUnit(text, start),
        endIndex: offset + byteOfUnit(text, end),
        text: text.slice(start, end),
      },
      groundingChunkIndices: [urls.indexOf(url)],
    }));
  });
}
