import { isIP } from 'node:net';
import type { AccessPolicy } from './snapshot.js';

export interface RequestAddress {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
}

export interface AddressRefusal {
  readonly code: 'host_not_allowed' | 'origin_not_allowed';
  readonly message: string;
}

/** Refuses names that DNS may have been rebound to, and web pages of other sites. */
export function refuseAddress(address: RequestAddress, access: AccessPolicy): AddressRefusal | undefined {
  return refuseHost(address, access) ?? refuseOrigin(address, access);
}

export function refuseHost({ host }: Pick<RequestAddress, 'host'>, access: AccessPolicy): AddressRefusal | undefined {
  const name = host?.toLowerCase();
  if (name === undefined || isAllowedHost(name, access)) return undefined;
  return {
    code: 'host_not_allowed',
    message: `the host "${name.slice(0, 100)}" is not allowed; add it to "allowed-hosts"`,
  };
}

function refuseOrigin({ origin, fetchSite }: RequestAddress, access: AccessPolicy): AddressRefusal | undefined {
  if (origin !== undefined && !access.allowedOrigins.has(origin.toLowerCase())) {
    return {
      code: 'origin_not_allowed',
      message: `the origin "${origin.slice(0, 100)}" is not allowed; add it to "allowed-origins"`,
    };
  }
  if (origin === undefined && fetchSite === 'cross-site') {
    return { code: 'origin_not_allowed', message: 'requests from other sites are not allowed' };
  }
  return undefined;
}

function isAllowedHost(host: string, { hostNames, allowsAddresses }: AccessPolicy): boolean {
  const name = host.replace(/:\d+$/, '');
  if (hostNames.has(name) || hostNames.has(host) || hostNames.has('*')) return true;
  return allowsAddresses && isIP(name.replace(/^\[|\]$/g, '')) !== 0;
}
