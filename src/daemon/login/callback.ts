import { createHash, timingSafeEqual } from 'node:crypto';
import { printable } from './printable.js';
import { loadOAuth, type OAuthLibrary } from './standard-oauth.js';

/** What a redirect, or what was pasted in its place, says to the login that waits for it. */
export type CallbackAnswer =
  | { readonly kind: 'code'; readonly code: string }
  /** The vendor says that the person, or the vendor, refused. */
  | { readonly kind: 'denied'; readonly reason: string }
  /** It belongs to another login, or is no answer by the standard. */
  | { readonly kind: 'foreign' }
  /** It holds neither a code nor an error. */
  | { readonly kind: 'empty' };

/** Reads what comes for one login. */
export interface CallbackReader {
  /** The query of a redirect. Some vendors put the state into the code once more, as `code#state`. */
  read(query: URLSearchParams): CallbackAnswer;
  /** What a person pasted: the address the browser ended at, its query, `code#state`, or the code alone. */
  readPasted(pasted: string): CallbackAnswer;
}

export interface CallbackExpected {
  readonly state: string;
  /** RFC 9207: who has to have answered, where an answer says who did. Absent: anyone. */
  readonly issuer?: string | undefined;
}

export async function openCallbackReader(expected: CallbackExpected): Promise<CallbackReader> {
  const oauth = await loadOAuth();
  const read = (query: URLSearchParams): CallbackAnswer => {
    // In the same time wherever they differ, as the library does not.
    if (!isSameText(query.get('state') ?? '', expected.state)) return { kind: 'foreign' };
    // The library looks at the code when it redeems it, which is done here without it for most vendors.
    if (query.getAll('code').length > 1) return { kind: 'foreign' };
    const refusal = refusalIn(oauth, query, expected);
    return refusal ?? readCode(query.get('code') ?? '', expected.state);
  };
  return {
    read,
    readPasted(pasted) {
      const text = pasted.trim();
      const query = queryOf(text);
      if (query !== undefined) return read(query);
      return /\s/.test(text) ? { kind: 'empty' } : readCode(text, expected.state);
    },
  };
}

function refusalIn(
  {
    validateAuthResponse,
    AuthorizationResponseError,
    OperationProcessingError,
    UnsupportedOperationError,
  }: OAuthLibrary,
  query: URLSearchParams,
  { state, issuer }: CallbackExpected,
): CallbackAnswer | undefined {
  try {
    validateAuthResponse(
      { issuer: issuer ?? (query.get('iss') || 'https://issuer.invalid') },
      ANY_CLIENT,
      query,
      state,
    );
    return undefined;
  } catch (error) {
    if (error instanceof AuthorizationResponseError) {
      return { kind: 'denied', reason: printable(error.error_description || error.error) };
    }
    if (error instanceof OperationProcessingError || error instanceof UnsupportedOperationError) {
      return { kind: 'foreign' };
    }
    throw error;
  }
}

/** Whom the answer is for does not stand in it. */
const ANY_CLIENT = { client_id: 'any' };

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

function isSameText(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
