import type { LoginContext, RedirectWanted } from './method.js';
import { createPkce, createState } from './pkce.js';

export interface ConsentQuestion {
  readonly authorizeUrl: string;
  readonly clientId: string;
  readonly scope: string;
  readonly redirect: Pick<RedirectWanted, 'ports' | 'path' | 'host'>;
  /** What the vendor wants beside the standard members. */
  readonly more?: Readonly<Record<string, string>>;
  /** For a second try of the same login; absent: a fresh one. */
  readonly state?: string;
  /** As `RedirectWanted.issuer`. */
  readonly issuer?: string;
}

/** What is traded for tokens. */
export interface Consent {
  readonly code: string;
  readonly redirectUri: string;
  readonly verifier: string;
  readonly state: string;
}

const REDIRECT_WITHIN_MS = 5 * 60_000;

/**
 * Asks for consent in the browser: an authorization request with PKCE (RFC 6749, 4.1; RFC 7636), up to its code.
 * @throws AppError as `LoginContext.awaitRedirect`
 */
export async function askBrowserConsent(context: LoginContext, question: ConsentQuestion): Promise<Consent> {
  const { authorizeUrl, clientId, scope, redirect, more = {}, issuer } = question;
  const { verifier, challenge } = await createPkce(context.randomBytes);
  const { state = createState(context.randomBytes) } = question;
  const { code, redirectUri } = await context.awaitRedirect({
    ...redirect,
    state,
    ...(issuer === undefined ? {} : { issuer }),
    timeoutMs: REDIRECT_WITHIN_MS,
    url(redirectTo) {
      const url = new URL(authorizeUrl);
      const query = {
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectTo,
        scope,
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
        ...more,
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return url.href;
    },
  });
  return { code, redirectUri, verifier, state };
}
