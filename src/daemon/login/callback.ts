import { createHash, timingSafeEqual } from 'node:crypto';

/** What a redirect, or what was pasted in its place, says to the login that waits for `state`. */
export type CallbackAnswer =
  | { readonly kind: 'code'; readonly code: string }
  /** The vendor says that the person, or the vendor, refused. */
  | { readonly kind: 'denied'; readonly reason: string }
  /** It belongs to another login. */
  | { readonly kind: 'foreign' }
  /** It holds neither a code nor an error. */
  | { readonly kind: 'empty' };

/** Longest text of a vendor that is shown. */
const MAX_REASON = 300;

/** The query of a redirect. Some vendors put the state into the code once more, as `code#state`. */
export function readCallback(query: URLSearchParams, state: string): CallbackAnswer {
  if (!isSameText(query.get('state') ?? '', state)) return { kind: 'foreign' };
  const error = query.get('error');
  if (error !== null && error !== '') {
    return { kind: 'denied', reason: printable(query.get('error_description') || error) };
  }
  return readCode(query.get('code') ?? '', state);
}

/** What a person pasted: the address the browser ended at, its query, `code#state`, or the code alone. */
export function readPasted(pasted: string, state: string): CallbackAnswer {
  const text = pasted.trim();
  const query = queryOf(text);
  if (query !== undefined) return readCallback(query, state);
  return /\s/.test(text) ? { kind: 'empty' } : readCode(text, state);
}

function queryOf(text: string): URLSearchParams | undefined {
  if (/^https?:\/\//i.test(text)) return URL.canParse(text) ? new URL(text).searchParams : new URLSearchParams();
  const query = new URLSearchParams(text.replace(/^\?/, ''));
  return query.has('state') && (query.has('code') || query.has('error')) ? query : undefined;
}

function readCode(text: string, state: string): CallbackAnswer {
  const [code = '', second = ''] = text.split('#', 2);
  if (second !== '' && !isSameText(second, state)) return { kind: 'foreign' };
  return code === '' ? { kind: 'empty' } : { kind: 'code', code };
}

/** In the same time wherever they differ. */
function isSameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Foreign text on one line and of bounded length. */
export const printable = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, MAX_REASON);
