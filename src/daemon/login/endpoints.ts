import { AppError } from '../../shared/errors.js';
import type { AccountSettings } from './account-context.js';

/**
 * The configured address of that kind, or the vendor's own.
 * @throws AppError `endpoint_insecure`: a secret would travel in clear text to another machine.
 */
export function endpointOf({ endpoints }: AccountSettings, kind: string, own: string): string {
  const url = endpoints[kind] ?? own;
  if (!isSecure(url)) {
    throw new AppError('endpoint_insecure', `the address of \`${kind}\` is neither https nor http on loopback`, {
      hint: 'correct it under `oauth-endpoints` in the config',
    });
  }
  return url;
}

function isSecure(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

/** `enterprise.example.com` from what a person gives for it: without scheme, path and trailing slash. */
export function readDomain(text: string): string | undefined {
  const url = `https://${text.trim().replace(/^[a-z]+:\/\//i, '')}`;
  if (!URL.canParse(url)) return undefined;
  const { host, hostname, username, password } = new URL(url);
  return username === '' && password === '' && /^[a-z0-9.-]+\.[a-z0-9-]+$/.test(hostname) ? host : undefined;
}
