import { createHash, randomBytes } from 'node:crypto';

interface Consent {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly challenge: string;
  readonly state: string;
}

export interface Redemption {
  readonly code: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly verifier: string;
}

/** Codes and refresh tokens as strict vendors keep them: each works once, and a second use ends the whole chain. */
export function openGrants(prefix: string) {
  const codes = new Map<string, Consent>();
  const chains = new Map<string, { current: string; revoked: boolean }>();
  const chainOf = new Map<string, string>();
  const issue = (chain: string): string => {
    const token = `${prefix}-${randomBytes(8).toString('hex')}`;
    chains.set(chain, { current: token, revoked: false });
    chainOf.set(token, chain);
    return token;
  };
  return {
    issueCode(consent: Consent): string {
      const code = `code-${randomBytes(8).toString('hex')}`;
      codes.set(code, consent);
      return code;
    },
    /** The reason why not, or the consent it was given for; the code is spent either way. */
    redeemCode({ code, clientId, redirectUri, verifier }: Redemption): Consent | string {
      const consent = codes.get(code);
      codes.delete(code);
      if (consent === undefined) return 'the code is unknown or spent';
      if (consent.clientId !== clientId) return 'another client asked for it';
      if (consent.redirectUri !== redirectUri) return 'redirect_uri is not the one of the authorize request';
      const isVerifier = /^[A-Za-z0-9._~-]{43,128}$/.test(verifier);
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      return isVerifier && challenge === consent.challenge ? consent : 'the verifier does not fit the challenge';
    },
    startChain: (): string => issue(`chain-${chains.size}`),
    /** The successor, or why there is none. */
    redeemRefresh(token: string): { readonly next: string } | 'unknown' | 'reused' | 'revoked' {
      const name = chainOf.get(token);
      const chain = name === undefined ? undefined : chains.get(name);
      if (name === undefined || chain === undefined) return 'unknown';
      if (chain.revoked) return 'revoked';
      if (chain.current === token) return { next: issue(name) };
      chain.revoked = true;
      return 'reused';
    },
    revoke(token: string): boolean {
      const chain = chains.get(chainOf.get(token) ?? '');
      if (chain === undefined) return false;
      chain.revoked = true;
      return true;
    },
    isRevoked: (token: string): boolean => chains.get(chainOf.get(token) ?? '')?.revoked === true,
  };
}

/** Query or form members that are missing, unexpected or empty. */
export function wrongMembers(given: URLSearchParams, wanted: readonly string[]): string[] {
  const names = [...given.keys()];
  return [
    ...wanted.filter((name) => (given.get(name) ?? '') === '').map((name) => `${name} is missing`),
    ...names.filter((name) => !wanted.includes(name)).map((name) => `${name} is unknown`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name} comes twice`),
  ];
}

/** A token that says something, unsigned: readers decode it and decide nothing by it. */
export function unsignedJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.c2ln`;
}
