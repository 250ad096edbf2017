import { hash } from 'node:crypto';
import { secretId } from '../../shared/client-keys.js';
import type { Config } from '../../shared/config/schema.js';
import type { AccessPolicy } from './snapshot.js';

/** Keys that stand in the documentation of this and related gateways: everybody knows them. */
const SAMPLE_KEYS: ReadonlySet<string> = new Set(['your-api-key-1', 'your-api-key-2', 'your-api-key-3']);
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

export function compileAccess(config: Config): AccessPolicy {
  const keys = config['api-keys'].map((key) => key.trim()).filter((key) => key !== '');
  const host = config.host.toLowerCase();
  const isLoopback = LOOPBACK_NAMES.includes(host) || host === '::1' || host.startsWith('127.');
  const origins = config['allowed-origins'].map((origin) => origin.toLowerCase().replace(/\/$/, ''));
  const scheme = config.tls.enable ? 'https' : 'http';
  return {
    keys: new Map(keys.map((key) => [hash('sha256', key, 'hex'), secretId(key)])),
    isOpen: keys.length === 0 && isLoopback,
    hasSampleKey: keys.some((key) => SAMPLE_KEYS.has(key)),
    hostNames: new Set([...LOOPBACK_NAMES, host, ...config['allowed-hosts'].map((name) => name.toLowerCase())]),
    // Rebinding needs a name: a literal address cannot be rebound, and a gateway on the network is called by address.
    allowsAddresses: !isLoopback,
    allowedOrigins: new Set([...LOOPBACK_NAMES.map((name) => `${scheme}://${name}:${config.port}`), ...origins]),
    listedOrigins: new Set(origins),
  };
}
