import type { UpstreamDialect } from '../dialects/dialect.js';
import { RequestFault } from '../ir/error.js';
import { sniffMediaType } from '../ir/media.js';
import type { ModelInfo } from '../ir/model.js';
import type { MediaPart, Message, ModelRequest, Part } from '../ir/request.js';
import { type PublicFetch, PublicFetchError } from '../transport/public-fetch.js';

/** More than this in one request is refused: each may hold 20 MB. */
const MAX_LINKS = 16;

interface FetchedMedia {
  readonly mediaType: string;
  /** Base64. */
  readonly data: string;
}

/** The linked media of one request: fetched when an upstream first needs it, then kept for its other attempts. */
export interface MediaLinks {
  /**
   * Fetches what this upstream cannot open itself; `undefined` when there is nothing to wait for.
   * @throws RequestFault (from the promise) naming a link's host and what is wrong with it.
   */
  fetchFor(upstream: UpstreamDialect, model: ModelInfo, request: ModelRequest): Promise<void> | undefined;
  /** The request with the data in place of the links that were fetched for this upstream. */
  inlineFor(upstream: UpstreamDialect, model: ModelInfo, request: ModelRequest): ModelRequest;
}

export function openMediaLinks(fetchPublic: PublicFetch, signal: AbortSignal): MediaLinks {
  // Most requests have no links, and a map costs as much as they all.
  let fetched: Map<string, FetchedMedia> | undefined;
  return {
    fetchFor(upstream, model, request) {
      const links = [...linksToFetch(upstream, model, request)].filter((url) => fetched?.has(url) !== true);
      if (links.length === 0) return undefined;
      if (links.length > MAX_LINKS) {
        throw new RequestFault(`more than ${MAX_LINKS} links to media, which this model cannot open by itself`);
      }
      const kept = new Map(fetched);
      fetched = kept;
      return Promise.all(
        links.map(async (url) => {
          kept.set(url, await fetchMedia(url, fetchPublic, signal));
        }),
      ).then(() => undefined);
    },
    inlineFor(upstream, model, request) {
      const media = fetched;
      if (media === undefined) return request;
      const inline = (part: Part): Part => {
        if (part.type === 'tool-result') return { ...part, content: part.content.map(inline) };
        if (!isLink(part) || upstream.opensLink?.(part.source.url, model) !== false) return part;
        const found = media.get(part.source.url);
        if (found === undefined) return part;
        return { ...part, mediaType: found.mediaType, source: { kind: 'base64', data: found.data } };
      };
      const messages = request.messages.map(
        (message): Message => ({ ...message, content: message.content.map(inline) }),
      );
      return { ...request, messages };
    },
  };
}

type LinkPart = MediaPart & { readonly source: { readonly kind: 'url'; readonly url: string } };

const isLink = (part: Part): part is LinkPart => part.type === 'media' && part.source.kind === 'url';

function linksToFetch(upstream: UpstreamDialect, model: ModelInfo, { messages }: ModelRequest): ReadonlySet<string> {
  const links = new Set<string>();
  const note = (part: Part): void => {
    if (part.type === 'tool-result') part.content.forEach(note);
    else if (isLink(part) && upstream.opensLink?.(part.source.url, model) === false) links.add(part.source.url);
  };
  if (upstream.opensLink !== undefined) for (const { content } of messages) content.forEach(note);
  return links;
}

async function fetchMedia(url: string, fetchPublic: PublicFetch, signal: AbortSignal): Promise<FetchedMedia> {
  const refuse = (why: string): RequestFault => {
    // A link may hold a secret in its path or query.
    const host = URL.canParse(url) ? new URL(url).hostname.slice(0, 253) : 'an address that cannot be read';
    return new RequestFault(`the linked media at ${host} cannot be fetched: ${why}`, undefined, {
      code: 'media_link_failed',
    });
  };
  try {
    const { bytes, contentType } = await fetchPublic(url, signal);
    const data = bytes.toString('base64');
    const mediaType = isMedia(contentType) ? contentType : sniffMediaType(data);
    if (!isMedia(mediaType)) throw refuse('it is neither an image, audio nor a PDF');
    return { mediaType, data };
  } catch (error) {
    throw error instanceof PublicFetchError ? refuse(error.message) : error;
  }
}

const isMedia = (type: string | undefined): type is string =>
  type !== undefined && /^(image\/|audio\/|application\/pdf$)/.test(type);
