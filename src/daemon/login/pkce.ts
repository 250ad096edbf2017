import { loadOAuth } from './standard-oauth.js';

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

/** RFC 7636, S256; 32 bytes make the 43 characters that every vendor takes. */
export async function createPkce(randomBytes: (length: number) => Buffer): Promise<Pkce> {
  const verifier = randomBytes(32).toString('base64url');
  const { calculatePKCECodeChallenge } = await loadOAuth();
  return { verifier, challenge: await calculatePKCECodeChallenge(verifier) };
}

/** What ties a redirect to the login that asked for it. */
export const createState = (randomBytes: (length: number) => Buffer): string => randomBytes(32).toString('base64url');
