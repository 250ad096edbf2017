import { createHash } from 'node:crypto';

export interface Pkce {
  readonly verifier: string;
  /** Base64url of the verifier's SHA-256. */
  readonly challenge: string;
}

/** RFC 7636, S256; 32 bytes make the 43 characters that every vendor takes. */
export function createPkce(randomBytes: (length: number) => Buffer): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** What ties a redirect to the login that asked for it. */
export const createState = (randomBytes: (length: number) => Buffer): string => randomBytes(32).toString('base64url');
