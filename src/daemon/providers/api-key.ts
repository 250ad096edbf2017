import { z } from 'zod';
import { USER_AGENT } from '../../shared/version.js';
import type { ClientHeaders } from './provider.js';

/** What every API-key entry of the config has. */
export const apiKeySecret = z.object({
  apiKey: z.string().optional(),
  baseUrl: z.string(),
  /** Extra upstream headers; a value `$Name` copies that header of the client's request. */
  headers: z.record(z.string(), z.string()).default({}),
});

/** Headers that authenticate a client to us, or belong to one hop: never sent on, whoever asks. */
const NEVER_COPIED: ReadonlySet<string> = new Set([
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'cookie',
  'proxy-authorization',
  'x-management-key',
]);

export interface HeaderSource {
  /** The headers of one request: the provider's own, then the configured ones, which win. */
  build(own: Readonly<Record<string, string>>, client: ClientHeaders, stream: boolean): Record<string, string>;
}

/** Prepares the configured headers once per credential. */
export function openHeaders(configured: Readonly<Record<string, string>>): HeaderSource {
  const fixed: Record<string, string> = {};
  const copied: (readonly [string, string])[] = [];
  for (const [name, value] of Object.entries(configured)) {
    const target = name.toLowerCase();
    if (value.startsWith('$')) {
      const source = value.slice(1).trim().toLowerCase();
      if (source !== '' && !NEVER_COPIED.has(source)) copied.push([target, source]);
    } else if (value !== '') {
      fixed[target] = value;
    }
  }
  const base = { 'content-type': 'application/json', 'accept-encoding': 'identity', 'user-agent': USER_AGENT };
  return {
    build(own, client, stream) {
      const headers: Record<string, string> = { ...base, ...own, ...fixed };
      for (const [target, source] of copied) {
        const value = firstValue(client[source])?.trim();
        if (value !== undefined && value !== '' && !/[\r\n]/.test(value)) headers[target] = value;
      }
      headers['accept'] = stream ? 'text/event-stream' : (fixed['accept'] ?? 'application/json');
      return headers;
    },
  };
}

export const firstValue = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : value?.[0];

/** Every value of a header that may come on several lines, as one comma-separated list. */
export const listValue = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' || value === undefined ? value : value.join(',');

export const withoutTrailingSlash = (url: string): string => url.replace(/\/+$/, '');
